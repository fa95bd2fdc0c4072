package org.trackcoordinator.testkit.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testkit.HandlerMock;
import org.trackcoordinator.testkit.TestDatabase;
import org.trackcoordinator.testkit.TrackTestKit;

/** The test kit: what it does, what it says when a run is not as a test wants it. */
@Tag("track-coordination")
class TrackTestKitIT {

  private static final String CHAIN =
      """
      workflow: chain
      deadline: 24h
      defaults: {timeout: 10m, retry: {maxAttempts: 3, backoff: 2s, multiplier: 2, jitter: 0}}
      tracks:
        gmail: {}
        drive: {dependsOn: [gmail]}
        freee: {dependsOn: [drive], circuit: freee-api}
      """;

  private static final String REAL = "workflow: w\ntracks:\n  a: {handler: real}\n";

  @RegisterExtension
  static final TrackTestKit tracks = TrackTestKit.routes("routes").with(ofTheProject());

  /** A route for a handler of one workflow, and one that starts runs. */
  private static RouteBuilder ofTheProject() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source?handler=real").routeId("real").setBody(constant("{\"n\": 1}"));
        from("direct:mail").to("kamelet:track-start-sink?workflow=chain&completes=gmail");
      }
    };
  }

  private static UUID started() {
    tracks.load(CHAIN);
    return tracks.start("chain", "{\"mail\": 7}");
  }

  @Test
  void whatIsReportedTriggersWhatFollows() {
    started();
    tracks.assertTriggered("gmail");
    tracks.assertInput("gmail", "{\"mail\": 7.0}");
    tracks.assertNotTriggered("drive");
    tracks.completeTrack("gmail", "{\"files\": 2}");
    tracks.assertTriggered("drive");
    assertThat(tracks.input("drive")).isEqualTo("{\"files\": 2}");
    tracks.assertNotTriggered("freee");
    tracks.completeTrack("drive");
    tracks.completeTrack("freee", "{\"deal\": 3}");
    tracks.assertRunState("completed");
    tracks.assertResult("{\"deal\": 3}");
    assertThat(tracks.result()).isEqualTo("{\"deal\": 3}");
    assertThat(tracks.chain())
        .containsExactly(
            "gmail triggered",
            "gmail completed",
            "drive triggered",
            "drive completed",
            "freee triggered",
            "freee completed");
  }

  @Test
  void theChainIsComparedInTheTypesThatAreNamed() {
    started();
    tracks.completeTrack("gmail");
    tracks.failTrack("drive", "full");
    tracks.advanceTime("2s");
    tracks.completeTrack("drive");
    tracks.assertChain("gmail completed", "drive completed");
    tracks.assertChain("gmail completed", "drive failed", "drive retried", "drive completed");
    tracks.assertEvents("drive", "triggered", "failed", "retried", "completed");
    assertThatThrownBy(() -> tracks.assertChain("gmail completed", "drive triggered"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(
            """
            the chain is another one
              expected: [gmail completed, drive triggered]
              but was:  [gmail triggered, gmail completed, drive triggered, drive completed, freee triggered]
            Run %s of chain is running. Its chain:
              gmail triggered
              gmail completed
              drive triggered
              drive failed: full
              drive retried, attempt 1: attempt 1 of 3 failed
              drive completed
              freee triggered
            Why:
              freee is queued"""
                .formatted(tracks.run()));
  }

  @Test
  void anAssertionThatFailsSaysWhy() {
    started();
    tracks.failTrack("gmail", new IOException("mailbox locked"));
    assertFails(
        () -> tracks.assertTriggered("drive"),
        "drive was not triggered\nRun ",
        "gmail failed: mailbox locked\n",
        "Why:\n  drive waits for gmail; gmail waits for attempt 2, which is due at ",
        "attempt 1 failed with: mailbox locked");
    assertFails(() -> tracks.assertNotTriggered("gmail"), "gmail was triggered\n");
    assertFails(
        () -> tracks.assertTrackState("gmail", "completed"),
        "gmail is in another state\n  expected: completed\n  but was:  triggered\n");
    assertFails(
        () -> tracks.assertRunState("completed"),
        "the run is in another state\n  expected: completed\n  but was:  running\n");
    assertFails(
        () -> tracks.assertInput("gmail", "{\"mail\": 8}"),
        "gmail has another input\n  expected: {\"mail\": 8}\n  but was:  {\"mail\": 7}\n");
    assertFails(
        () -> tracks.assertInput("drive", "{}"), "drive has no input: it was not triggered\n");
    assertFails(() -> tracks.assertResult("{}"), "the run has no result: it is running\n");
    assertFails(
        () -> tracks.assertEvents("gmail", "triggered"),
        "gmail had other events\n  expected: [triggered]\n  but was:  [triggered, failed, retried]\n");
    assertThat(tracks.why("drive")).startsWith("drive waits for gmail; ");
  }

  @Test
  void onlyATrackWhoseTurnItIsCanBeReported() {
    started();
    assertFails(
        () -> tracks.completeTrack("drive"),
        "drive cannot be completed now: it is waiting\n",
        "drive waits for gmail");
    tracks.failTrack("gmail", "locked");
    assertFails(
        () -> tracks.completeTrack("gmail"),
        "gmail cannot be completed now: it is triggered; let the time pass first, with advanceTime\n");
    tracks.advanceTime(Duration.ofSeconds(2));
    tracks.completeTrack("gmail");
    assertFails(
        () -> tracks.failTrack("gmail", "locked"), "gmail cannot be failed now: it is completed\n");
    tracks.sql().queryForList("select track_coordination.hold(handler => 'drive')");
    assertFails(
        () -> tracks.completeTrack("drive"),
        "drive cannot be completed now: it is triggered\n",
        "drive is held");
    tracks.sql().queryForList("select track_coordination.release(handler => 'drive')");
    tracks.completeTrack("drive");
  }

  @Test
  void aTrackThatWasStartedHasItsTimeout() {
    started();
    tracks.startTrack("gmail");
    assertFails(() -> tracks.startTrack("gmail"), "gmail cannot be started now: it is started\n");
    tracks.advanceTime("9m59s");
    tracks.assertTrackState("gmail", "started");
    tracks.advanceTime("1s");
    tracks.assertEvents("gmail", "triggered", "started", "timed_out", "retried");
  }

  @Test
  void firstDataTriggersWhatWaitsForThem() {
    tracks.load(
        """
        workflow: early
        tracks:
          gmail: {}
          drive: {dependsOn: {track: gmail, on: data_ready}}
        """);
    tracks.start("early");
    tracks.startTrack("gmail");
    tracks.dataReady("gmail", "{\"page\": 1}");
    tracks.assertInput("drive", "{\"page\": 1}");
    tracks.assertTrackState("gmail", "started");
    assertFails(
        () -> tracks.dataReady("gmail", "{\"page\": 2}"),
        "'gmail data_ready' had no effect: duplicate: data_ready came again");
  }

  /** All at once, the deadline would come before the retries, or a retry after it. */
  @Test
  void timePassesFromOneClockToTheNext() {
    started();
    HandlerMock mock = tracks.mock("gmail").fails(new IOException("mailbox locked"));
    tracks.assertChain("gmail failed", "gmail retried");
    tracks.advanceTime("25h");
    tracks.assertRunState("failed");
    tracks.assertChain(
        "gmail failed", "gmail retried", "gmail failed", "gmail retried", "gmail failed");
    assertThat(mock.captured()).extracting(HandlerMock.Attempt::number).containsExactly(1, 2, 3);
    assertThat(
            tracks
                .sql()
                .queryForObject(
                    "select finished_at - (select max(created_at) from processing_logs) < '1 minute' from track_coordination.runs",
                    Boolean.class))
        .as("six seconds of backoff after its start, not 25 hours")
        .isTrue();
  }

  @Test
  void aRunEndsAtItsDeadlineAndNotBefore() {
    started();
    tracks.advanceTime("23h59m59s");
    tracks.assertRunState("running");
    tracks.advanceTime("1s");
    tracks.assertRunState("timed_out");
    tracks.assertTrackState("drive", "cancelled");
  }

  @Test
  void triggerTimeoutsAndRatesAreClocksToo() {
    tracks.load(
        """
        workflow: w
        tracks:
          a: {triggerTimeout: 2h, retry: {maxAttempts: 1}, onFailure: continue}
          b: {handler: rated, rate: 1/h}
          c: {handler: rated, rate: 1/h}
          d: {handler: rated, rate: 1/h}
        """);
    tracks.start("w");
    HandlerMock rated = tracks.mock("rated");
    tracks.assertTrackState("a", "triggered");
    assertThat(rated.captured()).hasSize(1);
    tracks.advanceTime("1h59m");
    tracks.assertTrackState("a", "triggered");
    assertThat(rated.captured()).hasSize(2);
    tracks.advanceTime("2m");
    tracks.assertTrackState("a", "timed_out");
    assertThat(rated.captured()).hasSize(3);
  }

  @Test
  void aMockDoesWhatItIsToldInOrder() {
    UUID run = started();
    HandlerMock drive =
        tracks.mock("drive").fails(new IOException("full"), 2).returns("{\"stored\": 2}");
    tracks.mock("freee").answers(input -> input.replace("stored", "booked"));
    tracks.completeTrack("gmail", "{\"files\": 2}");
    tracks.advanceTime("1m");
    tracks.assertRunState("completed");
    tracks.assertChain(
        "gmail completed",
        "drive failed",
        "drive retried",
        "drive failed",
        "drive retried",
        "drive completed",
        "freee completed");
    tracks.assertResult("{\"booked\": 2}");
    assertThat(drive.captured()).hasSize(3);
    assertThat(drive.captured().get(2))
        .isEqualTo(
            new HandlerMock.Attempt(run, "drive", 3, "{\"files\": 2}", null, run + "/drive"));
    assertThat(tracks.mock("drive")).isSameAs(drive);
  }

  @Test
  void aMockThatIsToldNothingCompletesWithNothing() {
    started();
    for (String handler : List.of("gmail", "drive", "freee")) {
      tracks.mock(handler);
    }
    tracks.assertRunState("completed");
    tracks.assertResult("{}");
  }

  @Test
  void whatAMockThrowsIsTheAttemptsError() {
    started();
    tracks
        .mock("gmail")
        .answers(
            input -> {
              throw new IllegalStateException("no files in " + input);
            });
    assertFails(
        () -> tracks.assertRunState("completed"),
        "the run is in another state\n",
        "gmail failed, attempt 1: no files in {\"mail\": 7}\n");
  }

  @Test
  void aMockThatMakesNoJsonFails() {
    started();
    tracks.mock("gmail").answers(input -> "done");
    assertFails(
        () -> tracks.assertResult("{}"), "the run has no result", "gmail failed, attempt 1: ");
  }

  @Test
  void aMockStandsInForARouteUntilTheEndOfTheTest() {
    tracks.load(REAL);
    tracks.start("w");
    tracks.assertResult("{\"n\": 1}");
    HandlerMock mock = tracks.mock("real").returns("{\"n\": 2}");
    tracks.start("w");
    tracks.assertResult("{\"n\": 2}");
    assertThat(mock.captured()).hasSize(1);
    asBetweenTests();
    tracks.load(REAL);
    tracks.start("w");
    tracks.assertResult("{\"n\": 1}");
    assertThat(tracks.mock("real").captured()).isEmpty();
  }

  /** A real one might book what only the test wanted. */
  @Test
  void noRouteDoesWhatAMockLeftUndone() throws Exception {
    tracks.load(REAL);
    tracks.mock("real").fails(new IOException("down"), 1);
    tracks.start("w");
    tracks.assertChain("a failed", "a retried");
    tracks.afterEach(Tests.succeeded());
    TestDatabase.shared().passTime(Duration.ofHours(1));
    tracks.awaitRest();
    assertThat(tracks.chain()).doesNotContain("a completed");
    tracks.beforeEach(Tests.succeeded());
  }

  @Test
  void theCurrentRunIsTheOneStartedOrNamedLast() {
    UUID first = started();
    UUID second = tracks.start("chain");
    tracks.completeTrack("gmail");
    tracks.in(first).assertNotTriggered("drive");
    assertThat(tracks.run()).isEqualTo(first);
    tracks.in(second).assertTriggered("drive");
  }

  @Test
  void aRunThatARouteStartedIsWaitedFor() {
    UUID first = started();
    tracks.camelContext().createProducerTemplate().sendBody("direct:mail", "{\"mail\": 8}");
    UUID second = tracks.awaitRun("chain");
    assertThat(second).isNotEqualTo(first);
    tracks.assertChain("gmail completed");
    tracks.assertInput("drive", "{\"mail\": 8}");
  }

  @Test
  void failuresOfOneTestOpenNoCircuitInAnother() {
    for (int test = 0; test < 2; test++) {
      HandlerMock mock = failFreee(3);
      assertThat(mock.captured()).hasSize(3);
      assertThat(tracks.sql().queryForList("select * from track_coordination.gate_states"))
          .isEmpty();
      asBetweenTests();
    }
    HandlerMock mock = failFreee(6);
    assertThat(mock.captured()).as("it opens with the fifth of one test").hasSize(5);
    assertThat(tracks.why("freee")).contains("circuit freee-api is open: 5 of the last 5");
    asBetweenTests();
    failFreee(1);
    tracks.advanceTime("1m");
    tracks.assertRunState("failed");
  }

  private static HandlerMock failFreee(int runs) {
    tracks.load(
        "workflow: w\ntracks:\n  freee: {circuit: freee-api, maxConcurrent: 1, retry: {maxAttempts: 1}}\n");
    HandlerMock mock = tracks.mock("freee").fails(new IOException("down"));
    for (int run = 0; run < runs; run++) {
      tracks.start("w");
    }
    tracks.awaitRest();
    return mock;
  }

  private static void asBetweenTests() {
    try {
      tracks.afterEach(Tests.succeeded());
      tracks.beforeEach(Tests.succeeded());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aTestThatLeavesAnInvariantBrokenFails() {
    started();
    tracks.completeTrack("gmail");
    tracks
        .sql()
        .update(
            "update track_coordination.activations set state = 'held' where state = 'triggered'");
    assertThatThrownBy(() -> TestDatabase.shared().requireSound(Tests.succeeded()))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("audit after the test:\n  {")
        .hasMessageContaining("track_id=drive");
    TestDatabase.shared().requireSound(Tests.failed());
    TestDatabase.shared().requireSound(Tests.tagged(TestDatabase.BREAKS_INVARIANTS));
    TestDatabase.shared().clear();
  }

  /** The coordinator is still there for what comes after it in the outer class. */
  @Nested
  class InANestedClass {

    @Test
    void theKitIsTheSame() {
      started();
      tracks.assertTriggered("gmail");
    }
  }

  private static void assertFails(Runnable assertion, String beginning, String... parts) {
    assertThatThrownBy(assertion::run)
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(beginning)
        .satisfies(failure -> assertThat(List.of(parts)).allMatch(failure.getMessage()::contains));
  }
}
