package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trackcoordinator.reload.CoordinatedFolder.DRIVE;
import static org.trackcoordinator.reload.CoordinatedFolder.track;
import static org.trackcoordinator.reload.EditedFolder.soon;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Route;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is in a route when it is edited comes to its end there, once. */
@Tag("track-coordination")
class ExchangesDuringEditsIT {

  @RegisterExtension static final CoordinatedFolder FOLDER = CoordinatedFolder.shared();

  private final Gate gate = new Gate();

  @AfterEach
  void open() {
    gate.open();
  }

  private void makeDriveSlow() {
    FOLDER.camel().getRegistry().bind("gate", gate);
    Route fast = FOLDER.route("drive");
    FOLDER.edit(
        DRIVE,
        "        - setBody:",
        "        - process:\n            ref: gate\n        - setBody:");
    FOLDER.awaitReplaced(fast);
  }

  @Test
  void aLongAttemptGoesOnInTheOldRouteWhileTheNewOneWorks() throws Exception {
    makeDriveSlow();
    UUID first = FOLDER.database().startRun("pair");
    FOLDER.database().awaitState(first, "drive", "started");
    Route old = FOLDER.route("drive");
    FOLDER.write(DRIVE, track("drive", "filed"));
    FOLDER.awaitReplaced(old);
    UUID second = FOLDER.database().startRun("pair");
    FOLDER.awaitCompleted(second);
    assertThat(completions(second)).containsExactly("filed");
    assertThat(FOLDER.database().state(first, "drive")).isEqualTo("started");
    gate.open();
    FOLDER.database().awaitRunsEnded(2);
    assertThat(completions(first)).containsExactly("stored");
    assertThat(attempts(first)).isEqualTo(1);
    assertThat(FOLDER.database().audit()).isEmpty();
    FOLDER.awaitEnded(old);
  }

  /** Its worker has been there since the program started: Camel tells it of later starts, too. */
  @Test
  void theRouteOfADeletedFileGoesOnToTheEndOfItsAttemptsAndBeginsNoOther() throws Exception {
    FOLDER.stop();
    FOLDER.start();
    makeDriveSlow();
    UUID run = FOLDER.database().startRun("pair");
    FOLDER.database().awaitState(run, "drive", "started");
    FOLDER.delete(DRIVE);
    FOLDER.awaitNoRoute("drive");
    FOLDER.database().startRuns(20);
    soon("they wait for drive")
        .until(
            () ->
                FOLDER
                        .database()
                        .count(
                            "select count(*) from track_coordination.activation_states where track_id = 'drive' and state = 'triggered'")
                    == 20);
    FOLDER.write(DRIVE, track("drive", "again"));
    soon("all but one are completed")
        .until(
            () ->
                FOLDER
                        .database()
                        .count(
                            "select count(*) from track_coordination.runs where state = 'completed'")
                    == 20);
    assertThat(FOLDER.database().state(run, "drive")).isEqualTo("started");
    gate.open();
    FOLDER.awaitCompleted(run);
    assertThat(completions(run)).containsExactly("stored");
    assertThat(attempts(run)).isEqualTo(1);
    assertThat(gate.came()).hasSize(1);
    assertThat(FOLDER.database().audit()).isEmpty();
  }

  @Test
  void runsGoOnWhileTheCoordinatorsOwnRoutesAreEditedOverAndOver() throws Exception {
    int runs = 0;
    for (String file :
        List.of(
            "consume-processing-logs",
            "coordinate-batch",
            "trigger-ready",
            "finish-work",
            "claim-work")) {
      FOLDER.database().startRuns(50);
      runs += 50;
      String path = "coordinator/" + file + ".camel.yaml";
      Route old = FOLDER.route(file);
      assertThat(old).as(file).isNotNull();
      FOLDER.write(path, FOLDER.text(path).replaceFirst("description: ", "description: Edited. "));
      FOLDER.awaitReplaced(old);
      FOLDER.database().startRuns(50);
      runs += 50;
    }
    FOLDER.database().awaitRunsEnded(runs);
    assertThat(
            FOLDER
                .database()
                .count("select count(*) from track_coordination.runs where state <> 'completed'"))
        .isZero();
    assertThat(FOLDER.database().audit()).isEmpty();
    assertThat(FOLDER.database().count("select count(*) from track_coordination.quarantine"))
        .isZero();
    assertThat(FOLDER.log("WARN.*")).isEmpty();
  }

  @Test
  void runsGoOnWhileATrackIsEditedOverAndOver() throws Exception {
    for (int i = 0; i < 5; i++) {
      FOLDER.database().startRuns(100);
      Route old = FOLDER.route("drive");
      FOLDER.write(DRIVE, track("drive", "stored " + i));
      FOLDER.awaitReplaced(old);
    }
    FOLDER.database().awaitRunsEnded(500);
    assertThat(
            FOLDER
                .database()
                .count(
                    "select count(*) from processing_logs where track_id = 'drive' and event_type = 'completed'"))
        .isEqualTo(500);
    assertThat(
            FOLDER
                .database()
                .count(
                    "select count(*) from processing_logs where track_id = 'drive' and event_type = 'failed'"))
        .isZero();
    assertThat(FOLDER.database().audit()).isEmpty();
  }

  @Test
  void aStopWaitsForAttemptsOfTheOldRoute() throws Exception {
    makeDriveSlow();
    UUID run = FOLDER.database().startRun("pair");
    FOLDER.database().awaitState(run, "drive", "started");
    Route old = FOLDER.route("drive");
    FOLDER.write(DRIVE, track("drive", "filed"));
    FOLDER.awaitReplaced(old);
    Thread stop = new Thread(FOLDER::stop);
    stop.start();
    soon("it waits").during(Duration.ofMillis(500)).until(stop::isAlive);
    gate.open();
    stop.join(TimeUnit.SECONDS.toMillis(30));
    assertThat(completions(run)).containsExactly("stored");
    assertThat(attempts(run)).isEqualTo(1);
    FOLDER.start();
  }

  private List<String> completions(UUID run) {
    return FOLDER
        .database()
        .texts(
            "select payload ->> 'was' from processing_logs where correlation_id = ? and track_id = 'drive' and event_type = 'completed'",
            run);
  }

  private long attempts(UUID run) {
    return FOLDER
        .database()
        .count(
            "select count(*) from processing_logs where correlation_id = ? and track_id = 'drive' and event_type = 'started'",
            run);
  }
}
