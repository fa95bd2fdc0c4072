package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trackcoordinator.reload.CoordinatedFolder.DRIVE;
import static org.trackcoordinator.reload.CoordinatedFolder.GMAIL;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.camel.Route;
import org.apache.camel.ServiceStatus;
import org.apache.camel.health.HealthCheck;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Edits of more than one route at a time, and of what routes are made of. */
@Tag("track-coordination")
class EditsTogetherIT {

  private static final String BOOKS =
      """
      - route:
          id: books
          description: The books.
          from:
            uri: direct:books
            steps:
              - setBody:
                  id: books-body
                  expression:
                    constant:
                      expression: '{"was": "booked"}'
      """;

  @RegisterExtension static final CoordinatedFolder FOLDER = CoordinatedFolder.shared();

  @Test
  void twoFilesThatNeedOneAnotherGoTogetherOrNotAtAll() throws Exception {
    Route drive = FOLDER.route("drive");
    FOLDER.edit(DRIVE, "setBody:", "to:\n            uri: direct:books\n        - log:");
    FOLDER.edit(
        DRIVE, "expression:\n              constant:\n                expression:", "message:");
    FOLDER.awaitRefused(DRIVE);
    assertThat(FOLDER.route("drive")).isSameAs(drive);
    FOLDER.write("tracks/books.camel.yaml", BOOKS);
    FOLDER.awaitReplaced(drive);
    FOLDER.awaitNothingRefused();
    assertThat(FOLDER.result()).isEqualTo("booked");
    FOLDER.delete("tracks/books.camel.yaml");
    assertThat(FOLDER.awaitRefused("books.camel.yaml"))
        .contains("no route begins with 'direct:books' any more, but 'drive' in ")
        .contains("drive.camel.yaml:11 sends to it");
    assertThat(FOLDER.result()).isEqualTo("booked");
    Route books = FOLDER.route("books");
    FOLDER.write("tracks/books.camel.yaml", BOOKS.replace("id: books\n", "id: ledger\n"));
    FOLDER.awaitRoute("ledger");
    assertThat(FOLDER.route("books")).isNull();
    assertThat(books.getConsumer()).isNotSameAs(FOLDER.route("ledger").getConsumer());
    assertThat(FOLDER.result()).isEqualTo("booked");
  }

  @Test
  void aFileThatIsRefusedHoldsBackNoOther() throws Exception {
    Map<String, Route> before = FOLDER.routes();
    FOLDER.edit(DRIVE, "setBody", "setBdy");
    FOLDER.edit(GMAIL, "fetched", "got");
    FOLDER.awaitReplaced(before.get("gmail"));
    FOLDER.awaitRefused(DRIVE);
    assertThat(FOLDER.route("drive")).isSameAs(before.get("drive"));
  }

  @Test
  void aRouteThatMayHaveMovedToARefusedFileRunsOn() throws Exception {
    Route drive = FOLDER.route("drive");
    FOLDER.write("tracks/mine.camel.yaml", FOLDER.text(DRIVE).replace("setBody", "setBdy"));
    FOLDER.delete(DRIVE);
    FOLDER.awaitRefused("mine.camel.yaml");
    assertThat(FOLDER.route("drive")).isSameAs(drive);
    FOLDER.edit("tracks/mine.camel.yaml", "setBdy", "setBody");
    FOLDER.awaitNothingRefused();
    assertThat(FOLDER.route("drive")).isSameAs(drive);
  }

  @Test
  void aRouteThatCanNotBeStartedLeavesTheOldOneRunning() throws Exception {
    Route drive = FOLDER.route("drive");
    Set<String> ids = new TreeSet<>(FOLDER.routes().keySet());
    FOLDER.write(
        DRIVE,
        FOLDER.text(DRIVE).replace("stored", "changed")
            + """
            - route:
                id: inbox
                description: A folder that is not there.
                from:
                  uri: file:/no/such/folder
                  parameters:
                    autoCreate: false
                    directoryMustExist: true
                    startingDirectoryMustExist: true
                  steps:
                    - log:
                        id: seen
                        message: seen
            """);
    assertThat(FOLDER.awaitRefused(DRIVE)).contains("/no/such/folder");
    assertThat(FOLDER.health("started-routes").getMessage()).as("it is not missed").isEmpty();
    assertThat(FOLDER.route("drive")).isSameAs(drive);
    assertThat(FOLDER.routes().keySet()).isEqualTo(ids);
    assertThat(FOLDER.result()).isEqualTo("stored");
  }

  @Test
  void aKameletThatIsEditedRenewsTheRoutesThatUseIt() throws Exception {
    Map<String, Route> before = FOLDER.routes();
    FOLDER.edit(
        "kamelets/track-source.kamelet.yaml",
        "      steps:\n        - to:",
        "      steps:\n        - setHeader:\n            name: trackSeen\n            expression:\n              constant:\n                expression: seen\n        - to:");
    FOLDER.awaitReplaced(before.get("drive"));
    FOLDER.awaitReplaced(before.get("gmail"));
    assertThat(FOLDER.result()).isEqualTo("stored");
    FOLDER.awaitWorkers(2);
    FOLDER.edit("kamelets/track-source.kamelet.yaml", "setHeader", "setHaeder");
    assertThat(FOLDER.awaitRefused("track-source.kamelet.yaml")).contains("setHaeder");
    assertThat(FOLDER.result()).isEqualTo("stored");
    FOLDER.delete("kamelets/track-source.kamelet.yaml");
    assertThat(FOLDER.awaitRefused("track-source.kamelet.yaml: can't go")).contains("the route '");
    assertThat(FOLDER.result()).isEqualTo("stored");
    assertThat(FOLDER.workers()).isEqualTo(2);
  }

  @Test
  void aStatementThatIsEditedRenewsTheRoutesThatUseIt() throws Exception {
    Map<String, Route> before = FOLDER.routes();
    FOLDER.write("sql/trigger.sql", FOLDER.text("sql/trigger.sql") + "-- edited\n");
    FOLDER.awaitReplaced(before.get("trigger-ready"));
    assertThat(replaced(before)).containsExactly("trigger-ready");
    assertThat(FOLDER.result()).isEqualTo("stored");
  }

  @Test
  void anErrorHandlerThatIsEditedRenewsTheRoutesThatUseIt() throws Exception {
    Map<String, Route> before = FOLDER.routes();
    FOLDER.edit("errors.camel.yaml", "maximumRedeliveries: 10", "maximumRedeliveries: 11");
    FOLDER.awaitReplaced(before.get("clean-up"));
    assertThat(replaced(before)).allMatch(id -> usesNightlyJob(id)).contains("clean-up");
    FOLDER.edit("errors.camel.yaml", "id: one-attempt", "id: one-try");
    assertThat(FOLDER.awaitRefused("errors.camel.yaml")).contains("one-attempt");
  }

  @Test
  void settingsAreReadWhenTheProgramStarts() throws Exception {
    FOLDER.write("tracks/tracks.properties", "books.name=journal\n");
    assertThat(FOLDER.awaitRefused("tracks.properties")).contains("restart");
    FOLDER.write("tracks/tracks.properties", "books.name=ledger\n");
    FOLDER.awaitNothingRefused();
  }

  @Test
  void theCoordinatorsOwnRoutesCanNotBeTakenAway() throws Exception {
    Route claim = FOLDER.route("claim-work");
    FOLDER.delete("coordinator/claim-work.camel.yaml");
    assertThat(FOLDER.awaitRefused("claim-work.camel.yaml")).contains("direct:claim-work");
    assertThat(FOLDER.route("claim-work")).isSameAs(claim);
  }

  @Test
  void whatAHandSuspendedOrStoppedRestsAsBefore() throws Exception {
    FOLDER.camel().getRouteController().suspendRoute("drive");
    assertThat(FOLDER.health("started-routes").getMessage()).hasValue("suspended: drive");
    Route drive = FOLDER.route("drive");
    FOLDER.edit(DRIVE, "stored", "filed");
    FOLDER.awaitReplaced(drive);
    assertThat(FOLDER.health("started-routes").getMessage()).hasValue("suspended: drive");
    UUID run = FOLDER.database().startRun("pair");
    FOLDER.database().awaitState(run, "drive", "triggered");
    FOLDER.camel().getRouteController().stopRoute("drive");
    assertThat(FOLDER.health("started-routes").getMessage()).hasValue("stopped: drive");
    Route filed = FOLDER.route("drive");
    FOLDER.edit(DRIVE, "filed", "stored");
    FOLDER.awaitReplaced(filed);
    assertThat(FOLDER.health("started-routes").getMessage()).hasValue("stopped: drive");
    assertThat(FOLDER.database().state(run, "drive")).isEqualTo("triggered");
    FOLDER.camel().getRouteController().startRoute("drive");
    FOLDER.awaitCompleted(run);
    assertThat(FOLDER.health("started-routes").getMessage()).isEmpty();
  }

  @Test
  void aRouteThatNoLongerStartsByItselfIsNotMissed() throws Exception {
    Route drive = FOLDER.route("drive");
    FOLDER.edit(DRIVE, "id: drive\n", "id: drive\n    autoStartup: false\n");
    FOLDER.awaitReplaced(drive);
    HealthCheck.Result health = FOLDER.health("started-routes");
    assertThat(health.getState()).isEqualTo(HealthCheck.State.UP);
    assertThat(health.getMessage()).isEmpty();
    assertThat(FOLDER.status("drive")).isEqualTo(ServiceStatus.Stopped);
  }

  private Set<String> replaced(Map<String, Route> before) {
    return FOLDER.routes().entrySet().stream()
        .filter(route -> before.get(route.getKey()) != route.getValue())
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private boolean usesNightlyJob(String id) {
    return "nightly-job".equals(FOLDER.route(id).getConfigurationId());
  }
}
