package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** A coordinator process that is asked to stop in mid-run: no attempt is lost, nobody waits. */
@Tag("track-coordination")
class ShutdownIT {

  private static final int SIGTERM = 128 + 15;

  /** A test that waits for the end of one has failed. */
  private static final String LONG_LEASE = "10m";

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();
  @TempDir Path directory;

  @Test
  void whatWasClaimedAheadIsGivenBackAndTheNextProcessGoesOn() throws Exception {
    RunsUnderFault runs = new RunsUnderFault(database.database());
    runs.start(60);
    try (ChildProcess first = coordinator(5, Duration.ofSeconds(20))) {
      runs.awaitInProgress(60);
      assertThat(first.terminate()).isLessThan(Duration.ofSeconds(20));
      assertStoppedInOrder(first);
    }
    assertNobodyHoldsWork(runs);
    assertThat(runs.count("select count(*) from track_coordination.runs where state = 'running'"))
        .as("runs in progress")
        .isPositive();
    try (ChildProcess second = coordinator(5, Duration.ofSeconds(20))) {
      runs.awaitEnd();
    }
    runs.assertSound();
    runs.assertNoAttemptWasLost();
  }

  @Test
  void whatRunsIsFinished() throws Exception {
    RunsUnderFault runs = new RunsUnderFault(database.database());
    runs.start(20);
    try (ChildProcess coordinator = coordinator(1000, Duration.ofSeconds(20))) {
      assertOneHookEnds(coordinator);
      runs.awaitInProgress(4);
      List<Map<String, Object>> running =
          runs.sql()
              .queryForList(
                  "select correlation_id, track_id from track_coordination.activation_states where worker is not null");
      assertThat(coordinator.terminate()).isLessThan(Duration.ofSeconds(20));
      assertStoppedInOrder(coordinator);
      assertThat(running)
          .isNotEmpty()
          .allSatisfy(
              activation ->
                  assertThat(database.chain((java.util.UUID) activation.get("correlation_id")))
                      .contains(activation.get("track_id") + " completed")
                      .containsOnlyOnce(activation.get("track_id") + " started"));
    }
    assertNobodyHoldsWork(runs);
    runs.assertNoAttemptWasLost();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whatTakesLongerThanTheTimeoutIsGivenBackInTime() throws Exception {
    RunsUnderFault runs = new RunsUnderFault(database.database());
    runs.start(6);
    Duration timeout = Duration.ofSeconds(6);
    try (ChildProcess slow = coordinator(600_000, timeout)) {
      runs.awaitInProgress(0);
      assertThat(slow.terminate()).isLessThan(timeout);
      assertThat(slow.exitCode()).isEqualTo(SIGTERM);
      assertThat(slow.output()).doesNotContain(" ERROR ");
    }
    assertNobodyHoldsWork(runs);
    try (ChildProcess fast = coordinator(5, timeout)) {
      runs.awaitEnd();
    }
    runs.assertSound();
    runs.assertNoAttemptWasLost();
  }

  private static void assertOneHookEnds(ChildProcess process) {
    assertThat(process.lines())
        .filteredOn(line -> line.startsWith("ready, ended by"))
        .singleElement(InstanceOfAssertFactories.STRING)
        .contains("close-database")
        .doesNotContain("Camel");
  }

  private static void assertStoppedInOrder(ChildProcess process) {
    assertThat(process.exitCode()).isEqualTo(SIGTERM);
    assertThat(process.output()).doesNotContain(" ERROR ").doesNotContain(" WARN ");
  }

  private static void assertNobodyHoldsWork(RunsUnderFault runs) {
    assertThat(
            runs.sql()
                .queryForList(
                    "select * from track_coordination.work_queue where worker is not null or due_at > now()"))
        .as("work that nobody can claim")
        .isEmpty();
  }

  private ChildProcess coordinator(long workMillis, Duration shutdownTimeout) throws Exception {
    return ChildProcess.coordinator(
        directory, database.database().url(), LONG_LEASE, workMillis, shutdownTimeout);
  }
}
