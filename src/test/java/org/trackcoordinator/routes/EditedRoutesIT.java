package org.trackcoordinator.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** What a user can change with an editor and nothing else. */
@Tag("track-coordination")
class EditedRoutesIT {

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();
  @TempDir private Path copy;

  @BeforeEach
  void copyRoutes() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("routes"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(Path.of("routes").relativize(file));
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
    database.load("workflow: pair\ntracks:\n  gmail: {}\n  drive: {dependsOn: [gmail]}\n");
  }

  @Test
  void aNewBranchForOneTrackSeesItsActivationsAndNoOthers() throws Exception {
    edit(
        "coordinator/route-by-handler.camel.yaml",
        "            when:\n",
        """
                    when:
                      - id: drive-goes-by
                        expression:
                          simple:
                            expression: "${body[handler]} == 'drive'"
                        steps:
                          - to:
                              uri: mock:drive-goes-by
        """);
    try (Coordinator coordinator = start()) {
      UUID run = database.startRun("pair");
      database.awaitRunsEnded(1);
      MockEndpoint branch = mock(coordinator, "drive-goes-by");
      assertThat(branch.getExchanges()).hasSize(1);
      assertThat(branch.getExchanges().get(0).getMessage().getBody(String.class))
          .contains(run.toString());
      assertThat(database.audit()).isEmpty();
    }
  }

  /** It would fail. */
  @Test
  void nothingIsAskedOfTracksWithoutACondition() throws Exception {
    Files.writeString(
        copy.resolve("sql/read-inputs.sql"),
        "select 1 / 0 from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[]), CAST(:#trigger_event_ids AS bigint[]), CAST(:#source_event_ids AS bigint[]))");
    try (Coordinator coordinator = start()) {
      UUID run = database.startRun("pair");
      database.awaitRunsEnded(1);
      assertThat(database.state(run)).isEqualTo("completed");
      database.load("workflow: asked\ntracks:\n  gmail: {when: 'true'}\n");
      database.startRun("asked");
      await()
          .until(() -> database.count("select count(*) from track_coordination.quarantine") == 1);
    }
  }

  @Test
  void quarantinedEventsGoToAnotherTarget() throws Exception {
    edit(
        "coordinator/judge-events.camel.yaml",
        "uri: direct:quarantine-events",
        "uri: mock:my-quarantine");
    try (Coordinator coordinator = start()) {
      UUID stranger = UUID.randomUUID();
      database.insertEvent(stranger, "no-such-track", "completed", "{}");
      MockEndpoint target = mock(coordinator, "my-quarantine");
      await().until(() -> target.getReceivedCounter() == 1);
      database.awaitSettled();
      assertThat(target.getExchanges().get(0).getMessage().getBody(String.class))
          .contains(stranger.toString());
      assertThat(database.count("select count(*) from track_coordination.event_fates")).isZero();
    }
  }

  @Test
  void aStepInFrontOfOneHandlersTriggersRunsBeforeThemInTheSameTransaction() throws Exception {
    edit(
        "coordinator/route-by-handler.camel.yaml",
        "            when:\n",
        """
                    when:
                      - id: log-drive
                        expression:
                          simple:
                            expression: "${body[handler]} == 'drive'"
                        steps:
                          - log:
                              message: "drive is about to be triggered"
                          - setProperty:
                              name: keep
                              expression:
                                simple:
                                  expression: "${body}"
                          - to:
                              uri: "sql:select count(*) as triggered from processing_logs where track_id = 'drive'"
                          - to:
                              uri: mock:log-drive
                          - setBody:
                              expression:
                                exchangeProperty:
                                  expression: keep
        """);
    try (Coordinator coordinator = start()) {
      database.startRun("pair");
      database.awaitRunsEnded(1);
      MockEndpoint step = mock(coordinator, "log-drive");
      assertThat(step.getExchanges()).hasSize(1);
      assertThat(step.getExchanges().get(0).getMessage().getBody(String.class))
          .contains("triggered=0");
      assertThat(database.audit()).isEmpty();
    }
  }

  private Coordinator start() throws Exception {
    return database.coordinator(RoutesFolder.at(copy)).with(workers()).start();
  }

  private static RouteBuilder workers() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        for (String handler : new String[] {"gmail", "drive"}) {
          from("kamelet:track-source/test-" + handler + "?handler=" + handler)
              .routeId(handler)
              .to("log:done?level=DEBUG");
        }
      }
    };
  }

  private static MockEndpoint mock(Coordinator coordinator, String name) {
    return coordinator.camel().getEndpoint("mock:" + name, MockEndpoint.class);
  }

  private void edit(String file, String before, String after) throws IOException {
    Path path = copy.resolve(file);
    String text = Files.readString(path);
    assertThat(text).containsOnlyOnce(before);
    Files.writeString(path, text.replace(before, after.stripTrailing() + "\n"));
  }
}
