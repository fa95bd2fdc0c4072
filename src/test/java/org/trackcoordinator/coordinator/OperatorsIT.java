package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** What operators do with runs: cancel, skip, retry; each is recorded, twice is a no-op. */
@Tag("track-coordination")
class OperatorsIT {

  private static final String CHAIN =
      """
      workflow: chain
      defaults: {retry: {maxAttempts: 2, backoff: 1ms}}
      tracks:
        gmail: {}
        drive: {dependsOn: [gmail]}
        freee: {dependsOn: [drive]}
      on: {failed: alert, cancelled: tell}
      """;

  private static final String FAILURE =
      "{\"error\": {\"class\": \"Full\", \"message\": \"no space\"}}";

  @RegisterExtension static final CoordinatedDatabase database = CoordinatedDatabase.coordinated();

  @Test
  void cancelEndsTheRunAndAllItsTracks() {
    database.load(CHAIN);
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "triggered");
    claim("gmail");
    assertThat(did("cancel(?, 'maria', 'sent twice')", run)).isTrue();
    assertThat(did("cancel(?, 'maria', 'sent twice')", run)).isFalse();
    assertThat(database.state(run)).isEqualTo("cancelled");
    for (String track : List.of("gmail", "drive", "freee")) {
      assertThat(database.state(run, track)).as(track).isEqualTo("cancelled");
    }
    assertThatThrownBy(
            () ->
                database
                    .sql()
                    .queryForList(
                        "select track_coordination.complete_work(?, 'gmail', 1, '{}')", run))
        .hasMessageContaining("is not yours, or no longer");
    database.insertEvent(run, "gmail", "completed", "{}");
    database.awaitState(run, "on.cancelled", "triggered");
    database.awaitSettled();
    assertThat(database.fates(run))
        .containsExactly("late: completed for a track that is cancelled");
    assertThat(reasons(run, "cancelled")).containsExactly("cancelled by maria: sent twice");
    assertThat(actions()).containsExactly("cancel maria sent twice");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aSkipWithAPayloadThatACancelOvertookBreaksNoInvariant() throws Exception {
    database.load(CHAIN);
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "triggered");
    database.leaveAlone();
    assertThat(did("skip(?, 'gmail', '{\"by\": \"hand\"}')", run)).isTrue();
    assertThat(did("cancel(?)", run)).isTrue();
    database.coordinate();
    database.awaitSettled();
    assertThat(database.fates(run)).singleElement().asString().startsWith("late: ");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void skipHandsOnThePayloadThatIsGiven() {
    database.load(CHAIN);
    UUID run = database.startRun("chain");
    complete(run, "gmail", "{\"mail\": 1}");
    database.awaitState(run, "drive", "triggered");
    claim("drive");
    assertThat(did("skip(?, 'drive', '{\"path\": \"/by/hand\"}', 'maria', 'stored by hand')", run))
        .isTrue();
    assertThat(did("skip(?, 'drive', '{\"path\": \"/other\"}', 'maria', 'again')", run)).isFalse();
    database.awaitState(run, "freee", "triggered");
    assertThat(database.input(run, "freee")).isEqualTo("{\"path\": \"/by/hand\"}");
    complete(run, "freee", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.state(run, "drive")).isEqualTo("skipped");
    assertThat(actions()).containsExactly("skip maria stored by hand");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void skipWithoutPayloadSkipsWhatDependsOnItAlone() {
    database.load(CHAIN);
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "triggered");
    assertThat(did("skip(?, 'drive', who => 'maria')", run)).as("a track not reached yet").isTrue();
    database.awaitState(run, "freee", "skipped");
    complete(run, "gmail", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.chain(run)).doesNotContain("drive triggered", "freee triggered");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aRunWaitsForWhatASkippedTrackWaitedFor() {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          root: {}
          guarded: {dependsOn: [root], onFailure: {fallback: instead}}
          instead: {}
          other: {dependsOn: [root], onFailure: continue}
          last: {dependsOn: [guarded, other]}
        """);
    UUID run = database.startRun("w");
    database.awaitState(run, "root", "triggered");
    assertThat(did("skip(?, 'last')", run)).isTrue();
    database.awaitSettled();
    complete(run, "root", "{}");
    fail(run, "other");
    fail(run, "guarded");
    database.awaitState(run, "instead", "triggered");
    assertThat(database.state(run)).isEqualTo("running");
    complete(run, "instead", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aRunWaitsForAFallbackThatSteppedInBeforeWhatWaitedForItWasSkipped() {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          guarded: {onFailure: {fallback: instead}}
          instead: {}
          last: {dependsOn: [guarded]}
        """);
    UUID run = database.startRun("w");
    fail(run, "guarded");
    database.awaitState(run, "instead", "triggered");
    assertThat(did("skip(?, 'last')", run)).isTrue();
    database.awaitSettled();
    assertThat(database.state(run)).isEqualTo("running");
    complete(run, "instead", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aRunWaitsForItsRootsEvenIfWhatWaitsForThemIsSkippedFirst() throws Exception {
    database.load("workflow: w\ntracks:\n  a: {}\n  b: {}\n  last: {dependsOn: [a, b]}\n");
    database.leaveAlone();
    UUID run = database.startRun("w");
    assertThat(did("skip(?, 'last', '{}')", run)).isTrue();
    database.coordinate();
    complete(run, "a", "{}");
    database.awaitSettled();
    assertThat(database.state(run)).isEqualTo("running");
    complete(run, "b", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aRunThatFailedAndIsRetriedStillWaitsForWhatASkippedTrackWaitedFor() {
    database.load(
        "workflow: w\ndefaults: {retry: {maxAttempts: 1}}\ntracks:\n  a: {}\n  b: {}\n  last: {dependsOn: [a]}\n");
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    assertThat(did("skip(?, 'last')", run)).isTrue();
    fail(run, "b");
    database.awaitRunsEnded(1);
    number("retry(?)", run);
    complete(run, "b", "{}");
    database.awaitSettled();
    assertThat(database.state(run)).isEqualTo("running");
    complete(run, "a", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aSkipTakesAwayTheWorkThatIsQueuedAgainJustThen() throws Exception {
    UUID run = runWhoseLastTrackIsHeld();
    try (Transaction upstream = lockActivation(run, "root");
        Transaction retrying = holdUpQueueing()) {
      Future<Boolean> skipped = later(() -> did("skip(?, 'last', '{}')", run));
      await().until(() -> database.waitingForLocks() == 1);
      release("last");
      finish(run, "last", "failed", FAILURE);
      await().until(() -> database.waitingForLocks() == 2);
      upstream.end();
      await().until(() -> database.waitingForLocks() == 2);
      retrying.end();
      assertThat(skipped.get()).isTrue();
    }
    complete(run, "other", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.count("select count(*) from track_coordination.work_queue")).isZero();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void theEndOfARunTakesAwayTheWorkThatIsQueuedAgainJustThen() throws Exception {
    database.leaveAlone();
    database.load(
        "workflow: w\ntracks:\n  other: {}\n  root: {}\n  last: {dependsOn: [root], retry: {backoff: 1ms}}\n");
    UUID run = database.startRun("w");
    did("skip(?, 'root', '{}')", run);
    try (Transaction first = lockActivation(run, "root");
        Transaction retrying = holdUpQueueing()) {
      Future<Boolean> cancelled = later(() -> did("cancel(?)", run));
      await().until(() -> database.waitingForLocks() == 1);
      database.coordinate();
      finish(run, "last", "failed", FAILURE);
      await().until(() -> database.waitingForLocks() == 2);
      first.end();
      await().until(() -> database.waitingForLocks() == 2);
      retrying.end();
      assertThat(cancelled.get()).isTrue();
    }
    assertThat(database.count("select count(*) from track_coordination.work_queue")).isZero();
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  private UUID runWhoseLastTrackIsHeld() {
    database.load(
        "workflow: w\ntracks:\n  other: {}\n  root: {}\n  last: {dependsOn: [root], retry: {backoff: 1ms}}\n");
    hold("last");
    UUID run = database.startRun("w");
    complete(run, "root", "{}");
    database.awaitState(run, "last", "held");
    return run;
  }

  @Test
  void retryGoesOnFromTheFailedTrackWithTheAttemptsCounted() {
    database.load(CHAIN);
    UUID run = database.startRun("chain");
    complete(run, "gmail", "{\"mail\": 1}");
    fail(run, "drive");
    fail(run, "drive");
    database.awaitState(run, "on.failed", "triggered");
    assertThat(database.state(run)).isEqualTo("failed");
    assertThat(number("retry(?, null, 'maria', 'the disk is larger')", run)).isEqualTo(1);
    assertThat(number("retry(?, null, 'maria', 'the disk is larger')", run)).isZero();
    assertThat(database.state(run)).isEqualTo("running");
    assertThat(database.state(run, "freee")).isEqualTo("waiting");
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
    fail(run, "drive");
    database.awaitState(run, "drive", "triggered"); // as many attempts again
    Map<String, Object> last = claim("drive");
    assertThat(last).containsEntry("attempt", 4);
    database
        .sql()
        .queryForList("select track_coordination.complete_work(?, 'drive', 4, '{\"n\": 2}')", run);
    database.awaitState(run, "freee", "triggered");
    assertThat(database.input(run, "freee")).isEqualTo("{\"n\": 2}");
    complete(run, "freee", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.chain(run))
        .containsOnlyOnce("drive triggered")
        .containsOnlyOnce("on.failed triggered");
    assertThat(reasons(run, "retried")).contains("retried by maria: the disk is larger");
    assertThat(actions()).containsExactly("retry maria the disk is larger");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void retryReopensWhatWasSkippedAndCancelledBecauseOfTheFailure() {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {onFailure: skip-downstream}
          b: {dependsOn: [a]}
          c: {dependsOn: [b]}
          d: {dependsOn: [c, z]}
          y: {}
          z: {}
        """);
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    fail(run, "a");
    database.awaitState(run, "c", "skipped");
    fail(run, "y"); // fails the run: z and d are cancelled
    database.awaitRunsEnded(1);
    assertThat(database.state(run, "z")).isEqualTo("cancelled");
    assertThat(number("retry(?)", run)).isEqualTo(6);
    database.awaitSettled();
    assertThat(database.state(run, "b")).isEqualTo("waiting");
    assertThat(database.state(run, "z")).isEqualTo("triggered");
    assertThat(database.audit()).isEmpty();
    for (String track : List.of("a", "y", "z", "b", "c", "d")) {
      complete(run, track, "{}");
    }
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    for (String track : List.of("a", "b", "c", "d", "y", "z")) {
      assertThat(database.chain(run)).containsOnlyOnce(track + " triggered");
    }
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void retryLeavesWhatWasTriggeredAfterTheFailure() {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {onFailure: continue}
          b: {dependsOn: [a]}
          c: {dependsOn: [a, z]}
          z: {}
        """);
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    fail(run, "a");
    complete(run, "b", "{}");
    assertThat(number("retry(?, 'a')", run)).isEqualTo(1);
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
    complete(run, "z", "{}");
    database.awaitSettled();
    assertThat(database.state(run, "c")).as("waits for the retried track").isEqualTo("waiting");
    complete(run, "a", "{\"n\": 1}");
    complete(run, "c", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.input(run, "c")).isEqualTo("{\"a\": {\"n\": 1}, \"z\": {}}");
    assertThat(database.chain(run)).containsOnlyOnce("b triggered").containsOnlyOnce("b completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void retryLeavesWhatWasTriggeredAfterAFallbackFailed() {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {onFailure: {fallback: f}}
          f: {onFailure: continue}
          last: {dependsOn: [a]}
        """);
    UUID run = database.startRun("w");
    fail(run, "a");
    fail(run, "f");
    complete(run, "last", "{}");
    database.awaitRunsEnded(1);
    assertThat(number("retry(?)", run)).isEqualTo(1);
    complete(run, "f", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.audit()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"[a]", "[a, z]"})
  void aRetriedTrackMayCompleteTogetherWithOneThatWentOnWithoutIt(String dependsOn) {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {onFailure: continue}
          z: {}
          b: {dependsOn: %s}
          last: {dependsOn: [b]}
        """
            .formatted(dependsOn));
    UUID run = database.startRun("w");
    complete(run, "z", "{}");
    fail(run, "a");
    database.awaitState(run, "b", "triggered");
    assertThat(number("retry(?, 'a')", run)).isEqualTo(1);
    database.awaitSettled();
    finishTogether(List.of(claim("a"), claim("b")));
    complete(run, "last", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.chain(run)).containsOnlyOnce("b triggered").containsOnlyOnce("b completed");
    assertThat(database.audit()).isEmpty();
  }

  /** As a worker's instance records what ended at the same time: in one group. */
  private void finishTogether(List<Map<String, Object>> attempts) {
    try (ProducerTemplate template = database.running().camel().createProducerTemplate()) {
      Map<String, Object> group =
          Map.of(
              "event_type", "completed",
              "attempts_count", attempts.size(),
              "correlation_ids",
                  attempts.stream()
                      .map(a -> a.get("correlation_id").toString())
                      .toArray(String[]::new),
              "track_nos", attempts.stream().mapToInt(a -> (int) a.get("track_no")).toArray(),
              "attempts", attempts.stream().mapToInt(a -> (int) a.get("attempt")).toArray(),
              "payloads", attempts.stream().map(a -> "{}").toArray(String[]::new));
      template.sendBody("direct:finish-work", group); // throws what the database refuses
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aRunWaitsForARetriedTrackThatNothingWaitsFor() {
    database.load(
        "workflow: w\ndefaults: {retry: {maxAttempts: 1}}\ntracks:\n  a: {onFailure: continue}\n  b: {dependsOn: [a]}\n");
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    fail(run, "a");
    complete(run, "b", "{}");
    database.awaitRunsEnded(1);
    assertThat(number("retry(?)", run)).isEqualTo(1);
    database.awaitSettled();
    assertThat(database.state(run)).isEqualTo("running");
    complete(run, "a", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aRunWaitsForWhatIsReopenedAlsoIfWhatDependedOnItWentOnWithoutIt() {
    UUID run = runWhoseLastTrackWentOnWithoutTheMiddle();
    assertThat(number("retry(?)", run)).isEqualTo(2);
    complete(run, "b", "{}");
    complete(run, "c", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aRetryCountsASkippedTrackThatTheRunWaitsForUntilItsSkipIsPassedOn() throws Exception {
    UUID run = runWhoseLastTrackWentOnWithoutTheMiddle();
    number("retry(?)", run);
    database.awaitState(run, "b", "triggered");
    database.leaveAlone();
    assertThat(did("skip(?, 'b', '{}')", run)).isTrue();
    database
        .sql()
        .queryForList(
            "select track_coordination.end_runs(array[?], 'timed_out', 'the deadline of its run passed')",
            run);
    number("retry(?)", run);
    database.coordinate();
    complete(run, "c", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.audit()).isEmpty();
  }

  /** Its track b failed, c was skipped because of it, and the last has completed. */
  private UUID runWhoseLastTrackWentOnWithoutTheMiddle() {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {}
          b: {dependsOn: [a], onFailure: skip-downstream}
          c: {dependsOn: [b]}
          last: {dependsOn: [a, c]}
        """);
    UUID run = database.startRun("w");
    complete(run, "a", "{}");
    fail(run, "b");
    complete(run, "last", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("failed");
    return run;
  }

  @Test
  void aRunThatEndedBeforeItsRootsWereTriggeredBeginsWithItsRetry() throws Exception {
    database.load("workflow: w\ntracks:\n  a: {}\n  b: {}\n");
    database.leaveAlone();
    UUID run = database.startRun("w");
    database
        .sql()
        .queryForList(
            "select track_coordination.end_runs(array[?], 'timed_out', 'the deadline of its run passed')",
            run);
    database.coordinate();
    database.awaitSettled();
    assertThat(database.chain(run)).isEmpty();
    number("retry(?)", run);
    complete(run, "a", "{}");
    complete(run, "b", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whatWasInProgressWhenItsRunFailedGetsItsAttemptsAnewToo() {
    database.load("workflow: w\ndefaults: {retry: {maxAttempts: 1}}\ntracks:\n  a: {}\n  b: {}\n");
    UUID run = database.startRun("w");
    database.awaitState(run, "b", "triggered");
    claim("b");
    fail(run, "a");
    database.awaitRunsEnded(1);
    assertThat(database.state(run, "b")).isEqualTo("cancelled");
    assertThat(number("retry(?)", run)).isEqualTo(2);
    complete(run, "a", "{}");
    complete(run, "b", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whatWaitsForNothingAnyMoreWhenItsRunIsRetriedGoesOn() throws Exception {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          done: {}
          gone: {onFailure: skip-downstream}
          last: {onFailure: skip-downstream}
          fatal: {}
          some: {dependsOn: [done, last]}
          none: {dependsOn: [gone, last]}
        """);
    UUID run = database.startRun("w");
    complete(run, "done", "{}");
    fail(run, "gone");
    failTogether(run, "fatal", "last");
    assertThat(database.state(run)).isEqualTo("failed");
    assertThat(number("retry(?, 'fatal')", run)).isPositive();
    database.awaitSettled();
    assertThat(database.state(run, "none")).isEqualTo("skipped");
    complete(run, "fatal", "{}");
    complete(run, "some", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whatIsHeldWaitsAgainForWhatIsRetried() {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          optional: {onFailure: continue}
          guarded: {onFailure: {fallback: instead}}
          instead: {}
          last: {dependsOn: [optional]}
        """);
    UUID run = database.startRun("w");
    hold("last");
    hold("instead");
    fail(run, "optional");
    fail(run, "guarded");
    database.awaitState(run, "last", "held");
    database.awaitState(run, "instead", "held");
    assertThat(number("retry(?, 'optional')", run)).isEqualTo(1);
    assertThat(database.state(run, "last")).isEqualTo("waiting");
    release("last");
    release("instead");
    database.awaitState(run, "instead", "triggered");
    assertThat(database.state(run, "last")).isEqualTo("waiting");
    fail(run, "optional");
    complete(run, "instead", "{}");
    complete(run, "last", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aFallbackWhoseTrackFailedJustWhenItsRunHadEndedStepsInWithTheRetry() throws Exception {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          fatal: {}
          guarded: {onFailure: {fallback: instead}}
          instead: {}
          last: {dependsOn: [guarded]}
        """);
    UUID run = database.startRun("w");
    failTogether(run, "fatal", "guarded");
    assertThat(database.state(run)).isEqualTo("failed");
    number("retry(?)", run);
    complete(run, "fatal", "{}");
    complete(run, "instead", "{}");
    complete(run, "last", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whatBecameReadyJustWhenItsRunHadEndedIsCancelledAndGoesOnWithItsRetry() throws Exception {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          fatal: {}
          optional: {onFailure: continue}
          last: {dependsOn: [optional]}
        """);
    UUID run = database.startRun("w");
    failTogether(run, "fatal", "optional");
    assertThat(database.state(run)).isEqualTo("failed");
    assertThat(database.state(run, "last")).isEqualTo("cancelled");
    assertThat(database.audit()).isEmpty();
    number("retry(?, 'fatal')", run);
    complete(run, "fatal", "{}");
    complete(run, "last", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aTrackIsNotRetriedAloneInARunThatFailedBecauseOfAnotherToo() throws Exception {
    database.load("workflow: w\ndefaults: {retry: {maxAttempts: 1}}\ntracks:\n  a: {}\n  b: {}\n");
    UUID run = database.startRun("w");
    failTogether(run, "a", "b");
    assertThatThrownBy(() -> number("retry(?, 'a')", run))
        .hasMessageContaining(
            "track a of run %s is not retried alone: the run failed because of b, too"
                .formatted(run));
    assertThat(number("retry(?)", run)).isEqualTo(2);
    complete(run, "a", "{}");
    complete(run, "b", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aSkipThatTheEndOfItsRunOvertookIsPassedOnByTheRetry() throws Exception {
    database.load(
        "workflow: w\ndefaults: {retry: {maxAttempts: 1}}\ntracks:\n  a: {}\n  b: {dependsOn: [a]}\n  c: {}\n");
    UUID run = database.startRun("w");
    database.awaitState(run, "c", "triggered");
    database.leaveAlone();
    finish(run, "c", "failed", FAILURE);
    assertThat(did("skip(?, 'a')", run)).isTrue();
    database.coordinate();
    database.awaitSettled();
    assertThat(database.state(run)).isEqualTo("failed");
    assertThat(database.fates(run)).hasSize(1);
    assertThat(database.audit()).isEmpty();
    assertThat(number("retry(?)", run)).isEqualTo(1);
    complete(run, "c", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.state(run, "b")).isEqualTo("skipped");
    assertThat(database.fates(run)).isEmpty();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aFallbackThatARetryReopenedIsSkippedWhenItIsNotNeeded() {
    UUID run = runWithReopenedFallback();
    complete(run, "b", "{}");
    database.awaitState(run, "f", "skipped");
    complete(run, "c", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
  }

  @Test
  void aFallbackThatARetryReopenedStepsInWhenItIsNeeded() {
    UUID run = runWithReopenedFallback();
    end(run, "b", "failed", FAILURE);
    complete(run, "f", "{}");
    complete(run, "c", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
  }

  /** Track a failed first, so that b, its fallback f and c were skipped; now it has completed. */
  private UUID runWithReopenedFallback() {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {onFailure: skip-downstream}
          b: {dependsOn: [a], onFailure: {fallback: f}}
          f: {}
          c: {dependsOn: [b]}
        """);
    UUID run = database.startRun("w");
    fail(run, "a");
    database.awaitRunsEnded(1);
    for (String track : List.of("b", "f", "c")) {
      assertThat(database.state(run, track)).as(track).isEqualTo("skipped");
    }
    assertThat(number("retry(?)", run)).isPositive();
    complete(run, "a", "{}");
    return run;
  }

  @Test
  void aRetryDoesNotCountASkipThatIsStillToBePassedOn() throws Exception {
    database.load("workflow: w\ntracks:\n  a: {}\n  b: {}\n  c: {}\n  d: {dependsOn: [a, b, c]}\n");
    UUID run = database.startRun("w");
    complete(run, "a", "{}");
    database.leaveAlone();
    assertThat(did("skip(?, 'b', '{}')", run)).isTrue();
    database
        .sql()
        .queryForList(
            "select track_coordination.end_runs(array[?], 'timed_out', 'the deadline of its run passed')",
            run);
    number("retry(?)", run);
    database.coordinate();
    database.awaitSettled();
    assertThat(database.state(run, "d")).isEqualTo("waiting");
    complete(run, "c", "{}");
    complete(run, "d", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void theDeadlineOfARetriedRunBeginsAnew() {
    database.load("workflow: w\ndeadline: 24h\ntracks:\n  a: {retry: {maxAttempts: 1}}\n");
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    fail(run, "a");
    database.awaitRunsEnded(1);
    database.passTime(Duration.ofHours(30));
    assertThat(number("retry(?)", run)).isEqualTo(1);
    assertThat(
            database.count(
                "select extract(epoch from deadline_at - track_coordination.clock())::bigint from track_coordination.runs"))
        .isBetween(Duration.ofHours(23).toSeconds(), Duration.ofHours(24).toSeconds());
    complete(run, "a", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whatCannotBeDoneSaysWhyAndWhatToDo() {
    database.load(CHAIN);
    UUID unknown = UUID.randomUUID();
    for (String action :
        List.of("cancel(?)", "retry(?)", "skip(?, 'drive')", "hold(correlation_id => ?)")) {
      assertThatThrownBy(
              () -> database.sql().queryForList("select track_coordination." + action, unknown))
          .hasStackTraceContaining("there is no run " + unknown);
    }
    UUID run = database.startRun("chain");
    complete(run, "gmail", "{}");
    database.awaitState(run, "drive", "triggered");
    assertThatThrownBy(() -> did("skip(?, 'mail')", run))
        .hasStackTraceContaining("has no track 'mail'")
        .hasStackTraceContaining("Its tracks are: gmail, drive, freee");
    assertThatThrownBy(() -> did("hold(correlation_id => ?, track_id => 'mail')", run))
        .hasStackTraceContaining("has no track 'mail'");
    assertThatThrownBy(() -> did("skip(?, 'gmail')", run))
        .hasMessageContaining("cannot be skipped: it is completed");
    assertThatThrownBy(() -> did("skip(?, 'drive', '[1]')", run))
        .hasMessageContaining("payload is a JSON array, not an object");
    assertThatThrownBy(() -> number("retry(?, 'mail')", run))
        .hasStackTraceContaining("has no track 'mail'");
    did("cancel(?)", run);
    assertThatThrownBy(() -> number("retry(?)", run)).hasMessageContaining("was cancelled");
    assertThatThrownBy(() -> did("skip(?, 'drive')", run))
        .hasMessageContaining("the run is cancelled");
    database.load(
        "workflow: w\ndefaults: {retry: {maxAttempts: 1}}\ntracks:\n  a: {onFailure: {fallback: f}}\n  f: {}\n");
    UUID fallenBack = database.startRun("w");
    database.awaitState(fallenBack, "a", "triggered");
    fail(fallenBack, "a");
    database.awaitState(fallenBack, "f", "triggered");
    assertThatThrownBy(() -> number("retry(?, 'a')", fallenBack))
        .hasMessageContaining("its fallback f stepped in");
    UUID needsNone = database.startRun("w");
    assertThatThrownBy(() -> did("skip(?, 'f')", needsNone))
        .hasMessageContaining("it is a fallback that has not stepped in")
        .hasMessageContaining("Skip a, which it steps in for");
  }

  @Test
  void holdAndReleaseAreRecorded() {
    assertThat(
            database
                .sql()
                .queryForObject(
                    "select track_coordination.hold(handler => 'freee', who => 'maria', why => 'month end')",
                    Boolean.class))
        .isTrue();
    assertThat(
            database
                .sql()
                .queryForObject(
                    "select track_coordination.hold(handler => 'freee', who => 'maria', why => 'month end')",
                    Boolean.class))
        .isFalse();
    assertThat(
            database
                .sql()
                .queryForObject(
                    "select track_coordination.release(handler => 'freee', who => 'jun', why => 'open')",
                    Boolean.class))
        .isTrue();
    assertThat(actions()).containsExactly("hold maria month end", "release jun open");
  }

  /** Keeps operators from locking this activation, and lets the coordinator go on with it. */
  private Transaction lockActivation(UUID run, String track) throws SQLException {
    return new Transaction(
        "select a.* from track_coordination.activations a join track_coordination.definition_tracks using (definition_id, track_no)"
            + " where correlation_id = '%s' and track_id = '%s' for key share of a"
                .formatted(run, track));
  }

  /** Whoever queues another attempt waits in the middle of it. */
  private Transaction holdUpQueueing() throws SQLException {
    database
        .sql()
        .execute(
            """
            create function public.hold_up() returns trigger language plpgsql as
              $$ begin perform pg_advisory_xact_lock(77); return new; end $$;
            create trigger hold_up before insert on track_coordination.work_queue for each row
              when (new.attempt > 0) execute function public.hold_up()
            """);
    return new Transaction("select pg_advisory_xact_lock(77)");
  }

  @AfterEach
  void holdUpNobody() {
    database.sql().execute("drop function if exists public.hold_up() cascade");
  }

  private static <T> Future<T> later(Callable<T> action) {
    FutureTask<T> task = new FutureTask<>(action);
    new Thread(task).start();
    return task;
  }

  private void hold(String handler) {
    database.sql().queryForList("select track_coordination.hold(handler => ?)", handler);
  }

  private void release(String handler) {
    database.sql().queryForList("select track_coordination.release(handler => ?)", handler);
  }

  private Boolean did(String action, UUID run) {
    return database.sql().queryForObject("select track_coordination." + action, Boolean.class, run);
  }

  private int number(String action, UUID run) {
    return database.sql().queryForObject("select track_coordination." + action, Integer.class, run);
  }

  private Map<String, Object> claim(String handler) {
    return database
        .sql()
        .queryForMap("select * from track_coordination.claim_work(?, 'tester', 1, '1 h')", handler);
  }

  private void complete(UUID run, String track, String payload) {
    end(run, track, "completed", payload);
  }

  private void fail(UUID run, String track) {
    end(run, track, "failed", FAILURE);
  }

  /** So that one batch settles both. */
  private void failTogether(UUID run, String... tracks) throws Exception {
    for (String track : tracks) {
      database.awaitState(run, track, "triggered");
    }
    database.leaveAlone();
    for (String track : tracks) {
      finish(run, track, "failed", FAILURE);
    }
    database.coordinate();
    database.awaitSettled();
  }

  private void end(UUID run, String track, String event, String payload) {
    finish(run, track, event, payload);
    database.awaitSettled();
  }

  /** Claims it as soon as it may be, and ends it so. */
  private void finish(UUID run, String track, String event, String payload) {
    await(track + " can be claimed")
        .until(
            () ->
                database
                        .sql()
                        .queryForList(
                            "select track_coordination.finish_work(c.correlation_id, c.track_id, c.attempt, ?, cast(? as jsonb))"
                                + " from track_coordination.claim_work(?, 'tester', 1, '1 h') c",
                            event,
                            payload,
                            track)
                        .size()
                    == 1);
  }

  private List<String> reasons(UUID run, String event) {
    return database
        .sql()
        .queryForList(
            "select metadata ->> 'reason' from processing_logs where correlation_id = ? and event_type = ? order by event_id",
            String.class,
            run,
            event);
  }

  private List<String> actions() {
    return database
        .sql()
        .queryForList(
            "select concat_ws(' ', action, who, why) from track_coordination.operator_actions order by action_id",
            String.class);
  }

  /** One that has done this and stays open. */
  private static final class Transaction implements AutoCloseable {

    private final Connection connection;

    Transaction(String statement) throws SQLException {
      connection = database.plain().getConnection();
      connection.setAutoCommit(false);
      try (Statement does = connection.createStatement()) {
        does.execute(statement);
      }
    }

    void end() throws SQLException {
      connection.rollback();
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }
}
