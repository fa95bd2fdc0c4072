package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Four clocks, each with its own reason in the log; time passes at the tests' will. */
@Tag("track-coordination")
class ClocksIT {

  @RegisterExtension static final CoordinatedDatabase database = CoordinatedDatabase.coordinated();

  @Test
  void whatNobodyClaimsInTimeTimesOutAndIsNotRetried() {
    database.load(
        """
        workflow: w
        tracks:
          a: {triggerTimeout: 2h}
        """);
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    database.passTime(Duration.ofMinutes(119));
    database.passTime(Duration.ofMinutes(2));
    database.awaitState(run, "a", "timed_out");
    database.awaitRunsEnded(1);
    assertThat(error(run, "a"))
        .containsEntry("class", "trigger-timeout")
        .containsEntry(
            "message", "no worker of handler a claimed it within the triggerTimeout of 02:00:00");
    assertThat(database.chain(run)).containsExactly("a triggered", "a timed_out");
    assertThat(database.state(run)).isEqualTo("failed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void timeBehindAGateCountsForNoTriggerTimeout() {
    database.load(
        """
        workflow: w
        tracks:
          a: {triggerTimeout: 2h}
          b: {triggerTimeout: 2h}
        """);
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    database.awaitState(run, "b", "triggered");
    database.sql().queryForList("select track_coordination.hold(handler => 'a')");
    database.passTime(Duration.ofMinutes(150));
    database.awaitState(run, "b", "timed_out"); // the clock was looked at
    assertThat(database.state(run, "a")).isNotEqualTo("timed_out");
  }

  @Test
  void aReleasedActivationHasItsWholeTriggerTimeoutAgain() {
    database.load("workflow: w\ntracks:\n  a: {triggerTimeout: 2h}\n  z: {triggerTimeout: 90m}\n");
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    database.sql().queryForList("select track_coordination.hold(handler => 'a')");
    database.sql().queryForList("select track_coordination.hold(handler => 'z')");
    database.passTime(Duration.ofHours(5));
    database.sql().queryForList("select track_coordination.release(handler => 'a')");
    database.sql().queryForList("select track_coordination.release(handler => 'z')");
    database.passTime(Duration.ofMinutes(100));
    database.awaitState(run, "z", "timed_out");
    assertThat(
            database.count(
                "select count(*) from processing_logs where track_id = 'a' and event_type = 'timed_out'"))
        .isZero();
  }

  @Test
  void anAttemptThatTakesTooLongIsEndedAndAnotherFollows() {
    database.load(
        "workflow: w\ntracks:\n  a: {timeout: 24h, retry: {maxAttempts: 2, backoff: 1ms}}\n");
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    claim("100 d");
    database.passTime(Duration.ofHours(23));
    assertThat(database.state(run, "a")).isEqualTo("started");
    database.passTime(Duration.ofHours(2));
    Awaitility.await().until(() -> database.chain(run).contains("a retried"));
    assertThat(error(run, "a"))
        .containsEntry("class", "timeout")
        .containsEntry("message", "worker tester took longer than the timeout of 24:00:00");
    Awaitility.await().until(() -> !claim("100 d").isEmpty());
    database.passTime(Duration.ofHours(25));
    database.awaitRunsEnded(1);
    assertThat(database.state(run, "a")).isEqualTo("timed_out");
    assertThat(database.chain(run))
        .containsExactly(
            "a triggered", "a started", "a timed_out", "a retried", "a started", "a timed_out");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aForeignWorkerThatSaidItStartedHasTheTimeoutAndNoLease() {
    database.load("workflow: w\ntracks:\n  a: {timeout: 24h, retry: {maxAttempts: 1}}\n");
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    database.insertEvent(run, "a", "started", "{}");
    database.awaitState(run, "a", "started");
    database.passTime(Duration.ofHours(25));
    database.awaitState(run, "a", "timed_out");
    assertThat(error(run, "a")).containsEntry("class", "timeout");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aLostLeaseIsAnAttemptAndLimitedLikeAnyOther() {
    database.load(
        "workflow: w\ntracks:\n  a: {timeout: none, retry: {maxAttempts: 2, backoff: 1ms}}\n");
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    claim("1 h");
    database.passTime(Duration.ofMinutes(61));
    Awaitility.await().until(() -> !claim("1 h").isEmpty());
    database.passTime(Duration.ofMinutes(61));
    database.awaitState(run, "a", "timed_out");
    assertThat(error(run, "a"))
        .containsEntry("class", "lease-lost")
        .containsEntry("message", "the lease of worker tester ended");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aResultThatIsSetAsideForTheCoordinatorTimesOutByNoClock() {
    database.load("workflow: w\ntracks:\n  a: {timeout: 1h, retry: {maxAttempts: 1}}\n");
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    claim("1 h");
    database.leaveAlone();
    database.sql().queryForList("select track_coordination.complete_work(?, 'a', 1, '{}')", run);
    database.passTime(Duration.ofHours(2));
    for (String clock : List.of("find-lost-leases", "find-hanging-attempts")) {
      assertThat(database.sql().queryForList(statement(clock)).get(0))
          .as(clock)
          .containsEntry("activations", 0L);
    }
  }

  @Test
  void aRunThatPassesItsDeadlineIsEndedAndItsTracksAreCancelled() {
    database.load(
        """
        workflow: w
        deadline: 24h
        tracks:
          a: {timeout: none}
          b: {dependsOn: [a]}
          c: {}
        on: {timed_out: alert}
        """);
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    claim("100 d");
    database.passTime(Duration.ofHours(23));
    assertThat(database.state(run)).isEqualTo("running");
    database.passTime(Duration.ofHours(2));
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("timed_out");
    for (String track : List.of("a", "b", "c")) {
      assertThat(database.state(run, track)).as(track).isEqualTo("cancelled");
    }
    assertThat(
            database.count(
                "select count(*) from processing_logs where event_type = 'cancelled'"
                    + " and metadata ->> 'reason' = 'the deadline of its run passed'"))
        .isEqualTo(2);
    database.awaitState(run, "on.timed_out", "triggered");
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aRetryThatNobodyClaimsInTimeTimesOutAndIsTheLast() {
    database.load(
        "workflow: w\ntracks:\n  a: {triggerTimeout: 2h, retry: {maxAttempts: 3, backoff: 1ms}}\n");
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    claim("1 h");
    database
        .sql()
        .queryForList("select track_coordination.fail_work(?, 'a', 1, 'Full', 'no space')", run);
    Awaitility.await().until(() -> database.chain(run).contains("a retried"));
    database.passTime(Duration.ofHours(3));
    database.awaitState(run, "a", "timed_out");
    assertThat(error(run, "a")).containsEntry("class", "trigger-timeout");
    assertThat(database.chain(run)).containsOnlyOnce("a retried");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aClosedGateHoldsOffNoDeadline() {
    database.load("workflow: w\ndeadline: 24h\ntracks:\n  a: {}\n");
    database.sql().queryForList("select track_coordination.hold(handler => 'a')");
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "held");
    database.passTime(Duration.ofHours(25));
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("timed_out");
    assertThat(database.state(run, "a")).isEqualTo("cancelled");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void clocksGoOnWhenOneOfTwoInstancesStops() throws Exception {
    try (Coordinator second = database.coordinator().start()) {
      database.leaveAlone();
      database.load("workflow: w\ntracks:\n  a: {triggerTimeout: 2h}\n");
      UUID run = database.startRun("w");
      database.awaitState(run, "a", "triggered");
      database.passTime(Duration.ofHours(3));
      database.awaitState(run, "a", "timed_out");
    }
  }

  private static String statement(String name) {
    try {
      return java.nio.file.Files.readString(java.nio.file.Path.of("routes/sql/" + name + ".sql"));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private List<Map<String, Object>> claim(String lease) {
    return database
        .sql()
        .queryForList(
            "select * from track_coordination.claim_work('a', 'tester', 1, cast(? as interval))",
            lease);
  }

  private Map<String, Object> error(UUID run, String track) {
    return database
        .sql()
        .queryForMap(
            "select payload #>> '{error,class}' as class, payload #>> '{error,message}' as message from processing_logs"
                + " where correlation_id = ? and track_id = ? and event_type = 'timed_out' order by event_id desc limit 1",
            run,
            track);
  }
}
