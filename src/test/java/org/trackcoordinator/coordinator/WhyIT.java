package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Array;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Poison;

/**
 * Why a track is where it is: one sentence, a code, what is missing, who can change it, and when.
 */
@Tag("track-coordination")
class WhyIT {

  private static final String CHAIN =
      """
      workflow: chain
      deadline: 24h
      defaults: {retry: {maxAttempts: 2, backoff: 10m, jitter: 0}}
      tracks:
        gmail: {}
        drive: {dependsOn: [gmail]}
        file-management: {dependsOn: [drive]}
        freee: {dependsOn: [file-management], circuit: freee-api}
      """;

  private static final String POLICIES =
      """
      workflow: policies
      defaults: {retry: {maxAttempts: 1}}
      tracks:
        scan: {onFailure: skip-downstream}
        read: {dependsOn: [scan]}
        book: {dependsOn: [read]}
        send: {onFailure: {fallback: print}}
        print: {}
        archive: {dependsOn: [send]}
      """;

  private static final int TRACKS = 500;

  private static final String FAILURE =
      "{\"error\": {\"class\": \"Full\", \"message\": \"no space\"}}";

  @RegisterExtension static final CoordinatedDatabase database = CoordinatedDatabase.coordinated();

  private record Why(
      String track,
      String state,
      String reason,
      String sentence,
      List<String> missing,
      String unblockedBy,
      OffsetDateTime earliestAt) {}

  @Test
  void whatWaitsSaysForWhatAndWhatStandsMostUpstream() {
    UUID run = started(CHAIN, "chain", "gmail");
    Why why = why(run, "freee");
    assertThat(why.state()).isEqualTo("waiting");
    assertThat(why.reason()).isEqualTo("dependency-missing");
    assertThat(why.missing()).containsExactly("file-management");
    assertThat(why.sentence())
        .startsWith("freee waits for file-management; gmail is queued since ")
        .endsWith("and no worker claims for its handler gmail: none was ever seen");
    assertThat(why.unblockedBy())
        .isEqualTo(
            "a worker of handler gmail: a route from kamelet:track-source, or calls of claim_work");
  }

  @Test
  void aRunListsItsObstaclesMostUpstreamFirst() {
    UUID run = started(CHAIN, "chain", "gmail");
    assertThat(whys(run).stream().map(Why::track))
        .containsExactly("gmail", "drive", "file-management", "freee");
    assertThat(whys(run).get(0).reason()).isEqualTo("no-worker");
  }

  @Test
  void aHandlerThatIsClaimedForHasAWorker() {
    UUID run = started(CHAIN, "chain", "gmail");
    UUID second = database.startRun("chain");
    database.awaitState(second, "gmail", "triggered");
    claim("gmail");
    assertThat(why(run, "gmail").reason()).isEqualTo("in-progress");
    assertThat(why(run, "gmail").sentence())
        .startsWith("gmail is being done: attempt 1 by worker tester since ");
    assertThat(why(second, "gmail").reason()).isEqualTo("waits-for-worker");
    assertThat(why(second, "gmail").sentence())
        .endsWith("for a worker of handler gmail, behind 0 others");
    database.passTime(Duration.ofMinutes(3)); // the first lease holds for an hour
    assertThat(why(second, "gmail").reason()).isEqualTo("waits-for-worker");
    complete(run, "gmail");
    database.awaitState(run, "drive", "triggered");
    assertThat(why(second, "gmail").reason()).isEqualTo("no-worker");
    assertThat(why(second, "gmail").sentence()).contains("the last, tester, was seen at ");
  }

  @Test
  void aWorkerOfTheCoordinatorIsSeenWhileItRests() throws Exception {
    database.load(CHAIN);
    try (Coordinator other =
        database
            .coordinator()
            .with(
                new org.apache.camel.builder.RouteBuilder() {
                  @Override
                  public void configure() {
                    from("kamelet:track-source?handler=nobody-triggers-it").to("log:work");
                  }
                })
            .start()) {
      await()
          .until(
              () ->
                  database.count(
                          "select count(*) from track_coordination.worker_sightings where handler = 'nobody-triggers-it'")
                      == 1);
    }
  }

  @Test
  void aPausedHandlerNamesWhoWhyAndHowToReleaseIt() {
    database.load(CHAIN);
    database
        .sql()
        .queryForList(
            "select track_coordination.hold(handler => 'gmail', who => 'maria', why => 'month end')");
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "held");
    Why why = why(run, "gmail");
    assertThat(why.reason()).isEqualTo("held-by-operator");
    assertThat(why.sentence())
        .startsWith("gmail is held: handler gmail was paused by maria at ")
        .contains(": month end")
        .endsWith("found so once)");
    assertThat(why.unblockedBy()).isEqualTo("an operator: release(handler => 'gmail')");
    assertThat(why(run, "drive").unblockedBy()).isEqualTo(why.unblockedBy());
  }

  @Test
  void whatIsPausedAfterItWasTriggeredIsHeldAsWell() {
    UUID run = started(CHAIN, "chain", "gmail");
    database
        .sql()
        .queryForList("select track_coordination.hold(correlation_id => ?, who => 'maria')", run);
    assertThat(why(run, "gmail").state()).isEqualTo("triggered");
    assertThat(why(run, "gmail").reason()).isEqualTo("held-by-operator");
    assertThat(why(run, "gmail").unblockedBy())
        .isEqualTo("an operator: release(correlation_id => '" + run + "')");
  }

  @Test
  void anOpenCircuitSaysWhyAndUntilWhen() {
    UUID run = started(CHAIN, "chain", "gmail");
    database
        .sql()
        .queryForList(
            "select track_coordination.open_circuit('freee-api', '12 of 20 attempts failed', 'test', '30s', '5m')");
    for (String track : List.of("gmail", "drive", "file-management")) {
      database.awaitState(run, track, "triggered");
      claim(track);
      complete(run, track);
    }
    database.awaitState(run, "freee", "held");
    Why why = why(run, "freee");
    assertThat(why.reason()).isEqualTo("held-by-circuit");
    assertThat(why.sentence())
        .startsWith("freee is held: circuit freee-api is open since ")
        .contains(": 12 of 20 attempts failed");
    assertThat(why.earliestAt()).isNotNull();
  }

  @Test
  void whatWaitsBehindALimitSaysWhichAndWhatMakesRoom() {
    database.load(CHAIN.replace("gmail: {}", "gmail: {maxConcurrent: 1}"));
    UUID first = database.startRun("chain");
    database.awaitState(first, "gmail", "triggered");
    claim("gmail");
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "triggered");
    Why why = why(run, "gmail");
    assertThat(why.reason()).isEqualTo("held-by-limit");
    assertThat(why.sentence())
        .startsWith("gmail is queued since ")
        .endsWith(", and its handler gmail is at its limit: 1 of 1 in progress");
    assertThat(why.unblockedBy()).isEqualTo("the end of what runs for handler gmail");
  }

  @Test
  void aRateSaysWhenTheNextMayBegin() {
    database.load(CHAIN.replace("gmail: {}", "gmail: {rate: 1/h}"));
    UUID first = database.startRun("chain");
    database.awaitState(first, "gmail", "triggered");
    claim("gmail");
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "triggered");
    assertThat(why(run, "gmail").reason()).isEqualTo("held-by-limit");
    assertThat(why(run, "gmail").earliestAt()).isAfter(OffsetDateTime.now());
  }

  @Test
  void aRetiredDefinitionIsWhyNoRunBegan() {
    int definition = database.load(CHAIN);
    database
        .sql()
        .queryForList(
            "select track_coordination.retire_definition(d.workflow, d.hash, who => 'maria') from track_coordination.definitions d where definition_id = ?",
            definition);
    UUID stranger = UUID.randomUUID();
    database.insertEvent(stranger, "gmail", "completed", "{}");
    await().until(() -> database.count("select count(*) from track_coordination.quarantine") == 1);
    assertThat(whys(stranger).get(0).reason()).isEqualTo("definition-retired");
  }

  @Test
  void aRetrySaysWhenItIsDueAndWhatFailed() {
    UUID run = started(CHAIN, "chain", "gmail");
    claim("gmail");
    fail(run, "gmail");
    await().until(() -> why(run, "gmail").reason().equals("not-due"));
    Why why = why(run, "gmail");
    assertThat(why.sentence())
        .startsWith("gmail waits for attempt 2, which is due at ")
        .endsWith("attempt 1 failed with: no space");
    assertThat(why.earliestAt()).isNotNull();
    assertThat(why(run, "drive").earliestAt()).isEqualTo(why.earliestAt());
  }

  @Test
  void aFailedRunNamesTheTrackThatFailedIt() {
    database.load(CHAIN.replace("maxAttempts: 2", "maxAttempts: 1"));
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "triggered");
    claim("gmail");
    fail(run, "gmail");
    await().until(() -> database.state(run).equals("failed"));
    assertThat(why(run, "gmail").reason()).isEqualTo("failed");
    assertThat(why(run, "gmail").sentence())
        .startsWith("gmail failed with attempt 1 at ")
        .endsWith(": no space");
    assertThat(why(run, "gmail").unblockedBy()).isEqualTo("an operator: retry('" + run + "')");
    assertThat(why(run, "freee").reason()).isEqualTo("run-failed");
    assertThat(why(run, "freee").sentence())
        .isEqualTo("freee was cancelled: gmail failed, and that failed the run");
  }

  @Test
  void aPassedDeadlineIsTheReason() {
    UUID run = started(CHAIN, "chain", "gmail");
    database.passTime(Duration.ofHours(25));
    await().until(() -> database.state(run).equals("timed_out"));
    assertThat(why(run, "freee").reason()).isEqualTo("deadline-passed");
    assertThat(why(run, "freee").sentence())
        .startsWith("freee was cancelled: the deadline of its run passed at ");
  }

  @Test
  void aCancelledRunNamesWhoCancelledIt() {
    UUID run = started(CHAIN, "chain", "gmail");
    database.sql().queryForList("select track_coordination.cancel(?, 'maria', 'sent twice')", run);
    assertThat(why(run, "drive").reason()).isEqualTo("cancelled");
    assertThat(why(run, "drive").sentence())
        .startsWith("drive was cancelled: its run was cancelled by maria at ")
        .endsWith(": sent twice");
  }

  @Test
  void skippedTracksSayWhatTheyWereSkippedFor() {
    UUID run = started(POLICIES, "policies", "send");
    claim("scan");
    fail(run, "scan");
    claim("send");
    complete(run, "send");
    database.awaitState(run, "book", "skipped");
    database.awaitState(run, "archive", "triggered");
    assertThat(why(run, "read").reason()).isEqualTo("dependency-failed");
    assertThat(why(run, "book").reason()).isEqualTo("dependency-skipped");
    assertThat(why(run, "print").reason()).isEqualTo("fallback-not-needed");
    database
        .sql()
        .queryForList(
            "select track_coordination.skip(?, 'archive', who => 'maria', why => 'by post')", run);
    assertThat(why(run, "archive").reason()).isEqualTo("skipped-by-operator");
    assertThat(why(run, "archive").sentence())
        .isEqualTo("archive was skipped: skipped by maria: by post");
  }

  @Test
  void aFallbackWaitsForWhatItStepsInFor() {
    UUID run = started(POLICIES, "policies", "send");
    assertThat(why(run, "print").reason()).isEqualTo("fallback-not-needed-yet");
    assertThat(why(run, "print").sentence())
        .startsWith("print waits for send, which it steps in for if that fails; send is queued");
  }

  @Test
  void aRepeatedReportIsADuplicate() {
    UUID run = started(CHAIN, "chain", "gmail");
    database.insertEvent(run, "gmail", "completed", "{}");
    database.awaitState(run, "drive", "triggered");
    assertThat(why(run, "gmail").reason()).isEqualTo("completed");
    database.insertEvent(run, "gmail", "completed", "{}");
    await().until(() -> why(run, "gmail").reason().equals("duplicate"));
    assertThat(why(run, "gmail").sentence())
        .endsWith("; it was reported again once, without effect");
    database.insertEvent(run, "gmail", "completed", "{}");
    await()
        .untilAsserted(
            () ->
                assertThat(why(run, "gmail").sentence())
                    .endsWith("; it was reported again 2 times, without effect"));
  }

  /** A page asks again and again: what is read grows with the tracks, not with their square. */
  @Test
  void ofALargeRunEachTrackIsReadAFewTimes() {
    StringBuilder workflow = new StringBuilder("workflow: large\ntracks:\n  t0: {}\n");
    for (int i = 1; i < TRACKS; i++) {
      workflow.append("  t%d: {dependsOn: [t%d]}\n".formatted(i, i / 2));
    }
    UUID run = started(workflow.toString(), "large", "t0");
    database.sql().execute("analyze track_coordination.definition_tracks");
    for (String why : List.of("why('%s')", "why('%s', 't499')")) {
      assertThat(
              database.count(
                  """
                  with before as materialized (
                    select sum(seq_tup_read + idx_tup_fetch) as rows from pg_stat_xact_user_tables where schemaname = 'track_coordination'),
                  told as materialized (
                    select b.rows, (select count(*) from track_coordination.%s) as reasons from before b)
                  select (select sum(seq_tup_read + idx_tup_fetch) from pg_stat_xact_user_tables where schemaname = 'track_coordination') - t.rows
                    from told t where t.reasons > 0"""
                      .formatted(why.formatted(run))))
          .isBetween(1L * TRACKS, 30L * TRACKS);
    }
  }

  @Test
  void aRefusedEventNamesItselfAndWhatToDo() {
    UUID run = started(CHAIN, "chain", "gmail");
    try (Poison poison =
        new Poison(database, "new.event_type = 'triggered' and new.track_id = 'drive'", run)) {
      database.insertEvent(run, "gmail", "completed", "{}");
      await().until(() -> why(run, "gmail").reason().equals("payload-refused"));
    }
    Why why = why(run, "gmail");
    assertThat(why.sentence()).startsWith("gmail cannot go on: event ").contains("test poison");
    assertThat(why.unblockedBy())
        .matches("an operator: replay_event\\(\\d+\\) or dismiss_event\\(\\d+\\)");
    assertThat(why(run, "freee").unblockedBy()).isEqualTo(why.unblockedBy());
  }

  @Test
  void eventsThatNobodyCoordinatesWaitForTheCoordinator() throws Exception {
    database.load(CHAIN);
    database.leaveAlone();
    try {
      UUID run = database.startRun("chain");
      assertThat(why(run, "gmail").reason()).isEqualTo("being-coordinated");
      assertThat(why(run, "freee").unblockedBy()).isEqualTo("the coordinator");
    } finally {
      database.coordinate();
    }
  }

  @Test
  void runsThatAreGoneOrNeverBeganSaySo() {
    UUID stranger = UUID.randomUUID();
    database.insertEvent(stranger, "nowhere", "completed", "{}");
    await().until(() -> database.count("select count(*) from track_coordination.quarantine") == 1);
    assertThat(whys(stranger).get(0).reason()).isEqualTo("not-begun");

    UUID run = started(CHAIN, "chain", "gmail");
    database.sql().queryForList("select track_coordination.cancel(?)", run);
    database.passTime(Duration.ofDays(1));
    await()
        .until(
            () ->
                database.count(
                        "select cleaned_runs from track_coordination.clean_up(cancelled => '1 h')")
                    == 1);
    assertThat(whys(run).get(0).reason()).isEqualTo("cleaned-up");

    assertThatThrownBy(() -> whys(UUID.randomUUID())).hasStackTraceContaining("there is no run ");
    UUID other = started(CHAIN, "chain", "gmail");
    assertThatThrownBy(() -> why(other, "fax"))
        .hasStackTraceContaining("has no track 'fax'")
        .hasStackTraceContaining("Its tracks are: gmail, drive, file-management, freee");
  }

  @Test
  void aCompletedRunSaysSo() {
    database.load("workflow: single\ntracks:\n  scan: {}\n");
    UUID run = database.startRun("single");
    database.awaitState(run, "scan", "triggered");
    database.insertEvent(run, "scan", "completed", "{}");
    await().until(() -> database.state(run).equals("completed"));
    assertThat(whys(run)).hasSize(1);
    assertThat(whys(run).get(0).sentence()).startsWith("the run completed at ");
  }

  /** Each release looks again at what is held by something else as well. */
  @Test
  void tenThousandLooksAtWhatIsHeldAddOneRow() {
    database.load(CHAIN);
    database
        .sql()
        .queryForList("select track_coordination.hold(handler => 'gmail', who => 'maria')");
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "held");
    database
        .sql()
        .update(
            """
            insert into track_coordination.event_queue (event_id, event_type)
            select nextval('track_coordination.event_ids'), 'released' from generate_series(1, 10000)
            """);
    database.sql().execute("notify track_events");
    database.awaitSettled();
    for (int again = 0; again < 3; again++) { // and it is held anew
      database
          .sql()
          .queryForList("select track_coordination.hold(correlation_id => ?, who => 'maria')", run);
      database.sql().queryForList("select track_coordination.release(handler => 'gmail')");
      database
          .sql()
          .queryForList("select track_coordination.hold(handler => 'gmail', who => 'maria')");
      database.sql().queryForList("select track_coordination.release(correlation_id => ?)", run);
      database.awaitSettled();
    }
    assertThat(database.texts("select reason from track_coordination.decisions"))
        .containsExactly("held-by-operator");
    assertThat(database.state(run, "gmail")).isEqualTo("held");
  }

  private UUID started(String workflow, String name, String track) {
    database.load(workflow);
    UUID run = database.startRun(name);
    database.awaitState(run, track, "triggered");
    return run;
  }

  private static Why why(UUID run, String track) {
    return ask("why(?, ?)", run, track).get(0);
  }

  private static List<Why> whys(UUID run) {
    return ask("why(?)", run);
  }

  private static List<Why> ask(String question, Object... arguments) {
    return database
        .sql()
        .query(
            "select * from track_coordination." + question,
            (row, number) ->
                new Why(
                    row.getString("track"),
                    row.getString("state"),
                    row.getString("reason"),
                    row.getString("sentence"),
                    texts(row.getArray("missing")),
                    row.getString("unblocked_by"),
                    row.getObject("earliest_at", OffsetDateTime.class)),
            arguments);
  }

  private static List<String> texts(Array array) throws SQLException {
    return array == null ? List.of() : List.of((String[]) array.getArray());
  }

  private static void claim(String handler) {
    database
        .sql()
        .queryForMap("select * from track_coordination.claim_work(?, 'tester', 1, '1 h')", handler);
  }

  private static void complete(UUID run, String track) {
    database
        .sql()
        .queryForList("select track_coordination.complete_work(?, ?, 1, '{}')", run, track);
  }

  private static void fail(UUID run, String track) {
    database
        .sql()
        .queryForList(
            "select track_coordination.finish_work(?, ?, 1, 'failed', cast(? as jsonb))",
            run,
            track,
            FAILURE);
  }
}
