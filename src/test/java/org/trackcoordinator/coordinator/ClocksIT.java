package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testkit.TrackTestKit;

/** Four clocks, each with its own reason in the log; time passes at the tests' will. */
@Tag("track-coordination")
class ClocksIT {

  @RegisterExtension static final TrackTestKit tracks = TrackTestKit.routes("routes");

  @Test
  void whatNobodyClaimsInTimeTimesOutAndIsNotRetried() {
    run("tracks:\n  a: {triggerTimeout: 2h}\n");
    tracks.advanceTime("119m");
    tracks.assertTrackState("a", "triggered");
    tracks.advanceTime("1m");
    tracks.assertEvents("a", "triggered", "timed_out");
    tracks.assertTrackState("a", "timed_out");
    tracks.assertRunState("failed");
    assertError(
        "a",
        "trigger-timeout",
        "no worker of handler a claimed it within the triggerTimeout of 02:00:00");
  }

  @Test
  void timeBehindAGateCountsForNoTriggerTimeout() {
    run(
        """
        tracks:
          a: {triggerTimeout: 2h}
          b: {triggerTimeout: 2h, onFailure: continue}
        """);
    tracks.awaitRest();
    gate("hold", "a");
    tracks.advanceTime("150m");
    tracks.assertTrackState("b", "timed_out");
    tracks.assertTrackState("a", "triggered");
  }

  @Test
  void aReleasedActivationHasItsWholeTriggerTimeoutAgain() {
    run("tracks:\n  a: {triggerTimeout: 2h}\n");
    tracks.awaitRest();
    gate("hold", "a");
    tracks.advanceTime("5h");
    gate("release", "a");
    tracks.advanceTime("119m");
    tracks.assertTrackState("a", "triggered");
    tracks.advanceTime("1m");
    tracks.assertTrackState("a", "timed_out");
  }

  @Test
  void anAttemptThatTakesTooLongIsEndedAndAnotherFollows() {
    run("tracks:\n  a: {timeout: 24h, retry: {maxAttempts: 2, backoff: 1ms}}\n");
    claim("100 d");
    tracks.advanceTime("23h");
    tracks.assertTrackState("a", "started");
    tracks.advanceTime("1h");
    tracks.assertChain("a timed_out", "a retried");
    assertError("a", "timeout", "worker tester took longer than the timeout of 24:00:00");
    tracks.advanceTime("1s");
    claim("100 d");
    tracks.advanceTime("24h");
    tracks.assertRunState("failed");
    tracks.assertTrackState("a", "timed_out");
    tracks.assertEvents(
        "a", "triggered", "started", "timed_out", "retried", "started", "timed_out");
  }

  @Test
  void aForeignWorkerThatSaidItStartedHasTheTimeoutAndNoLease() {
    run("tracks:\n  a: {timeout: 24h, retry: {maxAttempts: 1}}\n");
    tracks.startTrack("a");
    tracks.advanceTime("23h");
    tracks.assertTrackState("a", "started");
    tracks.advanceTime("1h");
    tracks.assertTrackState("a", "timed_out");
    assertError("a", "timeout", "worker foreign took longer than the timeout of 24:00:00");
  }

  @Test
  void aLostLeaseIsAnAttemptAndLimitedLikeAnyOther() {
    run("tracks:\n  a: {timeout: none, retry: {maxAttempts: 2, backoff: 1ms}}\n");
    claim("1 h");
    tracks.advanceTime("59m");
    tracks.assertTrackState("a", "started");
    tracks.advanceTime("1m");
    tracks.assertChain("a timed_out", "a retried");
    tracks.advanceTime("1s");
    claim("1 h");
    tracks.advanceTime("1h");
    tracks.assertTrackState("a", "timed_out");
    assertError("a", "lease-lost", "the lease of worker tester ended");
  }

  @Test
  void aRunThatPassesItsDeadlineIsEndedAndItsTracksAreCancelled() {
    run(
        """
        deadline: 24h
        tracks:
          a: {timeout: none}
          b: {dependsOn: [a]}
          c: {}
        on: {timed_out: alert}
        """);
    claim("100 d");
    tracks.advanceTime("23h");
    tracks.assertRunState("running");
    tracks.advanceTime("1h");
    tracks.assertRunState("timed_out");
    for (String track : List.of("a", "b", "c")) {
      tracks.assertTrackState(track, "cancelled");
    }
    assertThat(
            tracks
                .sql()
                .queryForObject(
                    "select count(*) from processing_logs where event_type = 'cancelled'"
                        + " and metadata ->> 'reason' = 'the deadline of its run passed'",
                    Long.class))
        .isEqualTo(2);
    tracks.assertTriggered("on.timed_out");
  }

  @Test
  void aRetryThatNobodyClaimsInTimeTimesOutAndIsTheLast() {
    run("tracks:\n  a: {triggerTimeout: 2h, retry: {maxAttempts: 3, backoff: 1ms}}\n");
    tracks.failTrack("a", "no space");
    tracks.advanceTime("3h");
    tracks.assertTrackState("a", "timed_out");
    tracks.assertChain("a failed", "a retried", "a timed_out");
    assertError(
        "a",
        "trigger-timeout",
        "no worker of handler a claimed it within the triggerTimeout of 02:00:00");
  }

  @Test
  void aClosedGateHoldsOffNoDeadline() {
    gate("hold", "a");
    run("deadline: 24h\ntracks:\n  a: {}\n");
    tracks.assertTrackState("a", "held");
    tracks.advanceTime("24h");
    tracks.assertRunState("timed_out");
    tracks.assertTrackState("a", "cancelled");
  }

  private static void run(String tracksOfTheWorkflow) {
    tracks.load("workflow: w\n" + tracksOfTheWorkflow);
    tracks.start("w");
  }

  private static void claim(String lease) {
    tracks.assertTriggered("a");
    assertThat(
            tracks
                .sql()
                .queryForList(
                    "select * from track_coordination.claim_work('a', 'tester', 1, cast(? as interval))",
                    lease))
        .hasSize(1);
  }

  private static void gate(String operation, String handler) {
    tracks.sql().queryForList("select track_coordination." + operation + "(handler => ?)", handler);
  }

  private static void assertError(String track, String errorClass, String message) {
    Map<String, Object> error =
        tracks
            .sql()
            .queryForMap(
                "select payload #>> '{error,class}' as class, payload #>> '{error,message}' as message from processing_logs"
                    + " where correlation_id = ? and track_id = ? and event_type = 'timed_out' order by event_id desc limit 1",
                tracks.run(),
                track);
    assertThat(error).containsEntry("class", errorClass).containsEntry("message", message);
  }
}
