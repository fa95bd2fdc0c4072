package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.camel.builder.RouteBuilder;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.trackcoordinator.testing.Blockade;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** What is removed, what stays, and what a removed run leaves behind. */
@Tag("track-coordination")
class CleanUpIT {

  private static final String WORKFLOWS =
      """
      workflow: pair
      tracks:
        a: {}
        b: {dependsOn: [a]}
      """;

  private static final String LIVE =
      """
      workflow: live
      tracks:
        c: {}
        d: {dependsOn: [c]}
      """;

  @RegisterExtension
  static final CoordinatedDatabase database = CoordinatedDatabase.coordinated(CleanUpIT::workers);

  @BeforeEach
  void load() {
    database.load(WORKFLOWS);
    database.load(LIVE);
  }

  @ParameterizedTest
  @CsvSource({
    "completed, 90",
    "failed,   180",
    "cancelled, 90",
    "timed_out, 180",
  })
  void eachStateHasItsOwnRetention(String state, int days) {
    UUID run = finished(state);
    database.passTime(Duration.ofDays(days).minusMinutes(1));
    assertThat(cleaned("")).isZero();
    database.passTime(Duration.ofMinutes(2));
    assertThat(cleaned(state + " => '-1'")).as("kept for ever").isZero();
    assertThat(cleaned(state + " => '1000 days'")).isZero();
    assertThat(cleaned("")).isEqualTo(1);
    assertThat(database.state(run)).isNull();
    assertNothingIsLeftOf(run);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void timedOutRunsAreKeptAsFailedOnesUnlessToldOtherwise() {
    finished("timed_out");
    database.passTime(Duration.ofDays(10));
    assertThat(cleaned("failed => '-1'")).isZero();
    assertThat(cleaned("failed => '11 days'")).isZero();
    assertThat(cleaned("failed => '1 day', timed_out => '11 days'")).isZero();
    assertThat(cleaned("failed => '-1', timed_out => '9 days'")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"'-1'", "null"})
  void negativeOrNullKeepsForEver(String retention) {
    finished("completed");
    database.passTime(Duration.ofDays(3_000));
    assertThat(cleaned("completed => " + retention)).isZero();
    assertThat(database.count("select count(*) from track_coordination.runs")).isEqualTo(1);
  }

  @Test
  void aLiveRunIsNotTouchedHoweverOldItIs() {
    UUID live = database.startRun("live");
    database.awaitState(live, "c", "triggered");
    database.insertEvent(live, "c", "completed", "{\"n\": 1}");
    database.awaitState(live, "d", "triggered");
    database.awaitSettled();
    UUID done = finished("completed");
    database.passTime(Duration.ofDays(1_000));
    List<String> chain = database.chain(live);
    assertThat(cleaned("")).isEqualTo(1);
    assertNothingIsLeftOf(done);
    assertThat(database.chain(live)).isEqualTo(chain).hasSize(3);
    assertThat(database.input(live, "d")).isEqualTo("{\"n\": 1}");
    database.insertEvent(live, "d", "completed", "{}");
    database.awaitState(live, "d", "completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aRunWithAQueuedEventStaysUntilItIsSettled() throws Exception {
    UUID run = finished("completed");
    database.passTime(Duration.ofDays(100));
    database.leaveAlone();
    database.insertEvent(run, "b", "completed", "{}");
    assertThat(batch(""))
        .containsEntry("cleaned_runs", 0)
        .containsEntry("removed_log_rows", 0L)
        .containsEntry("more", false);
    assertThat(
            database.count(
                "select sum(count) from track_coordination.to_clean_up(tombstones => '0')"))
        .isZero();
    database.coordinate();
    database.awaitSettled();
    assertThat(database.fates(run))
        .containsExactly("duplicate: completed for a track that is completed");
    assertThat(cleaned("")).isEqualTo(1);
    assertNothingIsLeftOf(run);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void quarantineKeepsWhatBelongsToNoRun() {
    UUID stranger = UUID.randomUUID();
    database.insertEvent(stranger, "nobody", "completed", "{}");
    UUID run = finished("completed");
    database.insertEvent(run, "nobody", "completed", "{}");
    database.awaitSettled();
    assertThat(database.count("select count(*) from track_coordination.quarantine")).isEqualTo(2);
    database.passTime(Duration.ofDays(1_000));
    assertThat(cleaned("")).isEqualTo(1);
    database.passTime(Duration.ofDays(1_000));
    cleaned("");
    assertThat(
            database.count(
                "select count(*) from track_coordination.quarantine where correlation_id = ?",
                stranger))
        .isEqualTo(1);
    assertThat(logRows(stranger)).isEqualTo(1);
    assertNothingIsLeftOf(run);
  }

  @Test
  void gatesOfARunGoWithIt() {
    UUID run = finished("completed");
    UUID live = database.startRun("live");
    database.sql().queryForList("select track_coordination.hold(correlation_id => ?)", run);
    database.sql().queryForList("select track_coordination.hold(correlation_id => ?)", live);
    database.sql().queryForList("select track_coordination.hold(handler => 'a')");
    database.passTime(Duration.ofDays(100));
    cleaned("");
    assertThat(database.count("select count(*) from track_coordination.gates")).isEqualTo(2);
    assertThat(
            database.count(
                "select count(*) from track_coordination.gates where correlation_id = ?", run))
        .isZero();
  }

  @Test
  void logRowsAreArchivedWithAllTheirColumnsIfWished() {
    database.sql().execute("alter table public.processing_logs add column shelf text default '7b'");
    try {
      UUID run = finished("completed");
      String row =
          "select event_id, user_id, track_id, event_type, correlation_id, attempt, source_track, cast(payload as text), cast(metadata as text), created_at, %s from %s where correlation_id = ? order by event_id";
      List<Map<String, Object>> before =
          database.sql().queryForList(row.formatted("shelf", "public.processing_logs"), run);
      database.passTime(Duration.ofDays(100));
      assertThat(batch("archive => true"))
          .containsEntry("cleaned_runs", 1)
          .containsEntry("removed_log_rows", 6L);
      assertThat(before).hasSize(6);
      assertThat(
              database
                  .sql()
                  .queryForList(
                      row.formatted(
                          "other_columns ->> 'shelf' as shelf", "track_coordination.archived_logs"),
                      run))
          .isEqualTo(before);
      assertNothingIsLeftOf(run);
    } finally {
      database.sql().execute("alter table public.processing_logs drop column shelf");
    }
  }

  @Test
  void logRowsAreDeletedOtherwise() {
    finished("completed");
    database.passTime(Duration.ofDays(100));
    assertThat(batch("")).containsEntry("removed_log_rows", 6L).containsEntry("more", false);
    assertThat(database.count("select count(*) from track_coordination.archived_logs")).isZero();
  }

  @Test
  void rowsOfTheHostStay() {
    finished("completed");
    database
        .sql()
        .execute(
            "alter table public.processing_logs drop constraint processing_logs_pkey, alter event_id drop not null");
    try {
      database
          .sql()
          .execute(
              "insert into public.processing_logs (event_id, correlation_id, payload) select null, correlation_id, '{}' from track_coordination.runs");
      database.sql().execute("insert into public.processing_logs (payload) values ('{}')");
      database.passTime(Duration.ofDays(100));
      assertThat(cleaned("")).isEqualTo(1);
      assertThat(database.count("select count(*) from public.processing_logs")).isEqualTo(2);
    } finally {
      database.sql().execute("truncate public.processing_logs");
      database
          .sql()
          .execute(
              "alter table public.processing_logs add constraint processing_logs_pkey primary key (event_id)");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "b", "nobody"})
  void anEventForACleanedRunIsLateAndStartsNone(String track) {
    UUID run = finished("completed");
    database.passTime(Duration.ofDays(100));
    cleaned("");
    database.insertEvent(run, track, "completed", "{}");
    database.insertEvent(run, track, "retried", "{}");
    database.awaitSettled();
    assertThat(database.fates(run))
        .hasSize(2)
        .allSatisfy(
            fate ->
                assertThat(fate)
                    .startsWith("late: run " + run + " completed and was cleaned up at "));
    assertThat(database.count("select count(*) from track_coordination.runs")).isZero();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void theSameKeyReturnsTheCleanedRunWhileItsTombstoneLives() {
    UUID run = startWithKey("mail-1", "{\"n\": 1}");
    database.awaitRunsEnded(1);
    database.passTime(Duration.ofDays(100));
    cleaned("");
    assertThat(startWithKey("mail-1", "{\"n\": 1}")).isEqualTo(run);
    assertThat(
            database
                .sql()
                .queryForObject(
                    "select track_coordination.start_run('pair', correlation_id => ?)",
                    UUID.class,
                    run))
        .isEqualTo(run);
    assertThatThrownBy(
            () ->
                database
                    .sql()
                    .queryForObject(
                        "select track_coordination.start_run('live', correlation_id => ?)",
                        UUID.class,
                        run))
        .hasMessageContaining("run " + run + " was started with another workflow or payload");
    assertThat(database.count("select count(*) from track_coordination.runs")).isZero();
    assertThat(database.count("select count(*) from track_coordination.event_queue")).isZero();
    database.passTime(Duration.ofDays(401));
    assertThat(batch("")).containsEntry("expired_tombstones", 1);
    UUID next = startWithKey("mail-1", "{\"n\": 1}");
    assertThat(next).isNotEqualTo(run);
    database.awaitState(next, "b", "completed");
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void anExpiredTombstoneTakesLateEventsAndTheKeyAlong() {
    UUID run = startWithKey("mail-1", "{}");
    database.awaitRunsEnded(1);
    database.passTime(Duration.ofDays(100));
    cleaned("");
    database.insertEvent(run, "a", "completed", "{}");
    database.awaitSettled();
    database.passTime(Duration.ofDays(399));
    cleaned("");
    assertThat(logRows(run)).isEqualTo(1);
    assertThat(database.audit()).isEmpty();
    database.passTime(Duration.ofDays(2));
    assertThat(batch("tombstones => '-1'")).containsEntry("expired_tombstones", 0);
    assertThat(batch("archive => true"))
        .containsEntry("expired_tombstones", 1)
        .containsEntry("removed_log_rows", 1L);
    assertNothingIsLeftOf(run);
    assertThat(database.count("select count(*) from track_coordination.tombstones")).isZero();
    assertThat(database.count("select count(*) from track_coordination.idempotency_keys")).isZero();
    assertThat(database.count("select count(*) from track_coordination.archived_logs"))
        .isEqualTo(1);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aKeyWhoseTombstoneIsGoingThisVeryMomentStartsOneNewRunThatHoldsIt() throws Exception {
    UUID run = startWithKey("mail-1", "{}");
    database.awaitRunsEnded(1);
    database.passTime(Duration.ofDays(100));
    cleaned("");
    database.passTime(Duration.ofDays(500));
    try (Connection cleaner = database.plain().getConnection()) {
      cleaner.setAutoCommit(false);
      assertThat(batch(cleaner, "")).containsEntry("expired_tombstones", 1);
      CompletableFuture<UUID> start =
          CompletableFuture.supplyAsync(() -> startWithKey("mail-1", "{}"));
      awaitWaiting();
      cleaner.commit();
      assertThat(start.get()).isNotEqualTo(run);
      assertThat(
              database.count(
                  "select count(*) from track_coordination.idempotency_keys where correlation_id = ?",
                  start.get()))
          .isEqualTo(1);
    }
    assertThat(startWithKey("mail-1", "{}")).isNotEqualTo(run);
    assertThat(database.count("select count(*) from track_coordination.runs")).isEqualTo(1);
  }

  @Test
  void aKeyThatGoesAfterItWasFoundTakenIsTakenAgain() throws Exception {
    UUID run = startWithKey("mail-1", "{}");
    database.awaitRunsEnded(1);
    database.passTime(Duration.ofDays(100));
    cleaned("");
    database.passTime(Duration.ofDays(500));
    database
        .sql()
        .execute(
            """
            create function public.test_stop() returns trigger language plpgsql as $$
            begin perform pg_advisory_xact_lock_shared(471148); return null; end $$;
            create trigger test_stop after insert on track_coordination.idempotency_keys for each statement
              execute function public.test_stop()
            """);
    try (Connection gate = database.plain().getConnection()) {
      gate.setAutoCommit(false);
      gate.createStatement().execute("select pg_advisory_xact_lock(471148)");
      CompletableFuture<UUID> start =
          CompletableFuture.supplyAsync(() -> startWithKey("mail-1", "{}"));
      awaitWaiting();
      assertThat(batch("")).containsEntry("expired_tombstones", 1);
      gate.rollback();
      assertThat(start.get()).isNotEqualTo(run);
      assertThat(startWithKey("mail-1", "{}")).isEqualTo(start.get());
    } finally {
      database.sql().execute("drop function public.test_stop cascade");
    }
  }

  @Test
  void anEventThatComesWhileItsRunIsCleanedIsLateAndNotLost() throws Exception {
    UUID run = finished("completed");
    database.passTime(Duration.ofDays(100));
    database.leaveAlone();
    try (Blockade blockade =
        Blockade.ofInserts(database, "track_coordination.tombstones", "true")) {
      CompletableFuture<Map<String, Object>> cleaning =
          CompletableFuture.supplyAsync(() -> batch(""));
      blockade.awaitStopped(1);
      database.insertEvent(run, "a", "completed", "{}");
      blockade.open();
      assertThat(cleaning.get()).containsEntry("cleaned_runs", 1);
    }
    assertThat(logRows(run)).isEqualTo(1);
    database.coordinate();
    database.awaitSettled();
    assertThat(database.fates(run)).hasSize(1).allMatch(fate -> fate.startsWith("late: run "));
    assertThat(database.count("select count(*) from track_coordination.runs")).isZero();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void twoCallersAtOnceShareTheRuns() throws Exception {
    finishedRuns(10);
    database.passTime(Duration.ofDays(100));
    try (Connection one = database.plain().getConnection();
        Connection other = database.plain().getConnection()) {
      one.setAutoCommit(false);
      other.setAutoCommit(false);
      assertThat(batch(one, "most => 4"))
          .containsEntry("cleaned_runs", 4)
          .containsEntry("more", true);
      assertThat(batch(other, "most => 4")).containsEntry("cleaned_runs", 4);
      assertThat(batch(other, "most => 4"))
          .containsEntry("cleaned_runs", 2)
          .containsEntry("more", false);
      one.commit();
      other.commit();
    }
    assertThat(database.count("select count(*) from track_coordination.runs")).isZero();
    assertThat(database.count("select count(*) from track_coordination.tombstones")).isEqualTo(10);
  }

  @Test
  void theOldestGoFirstAndBigRunsMakeSmallBatches() {
    String wide =
        "workflow: wide\ntracks:\n"
            + java.util.stream.IntStream.range(0, 25)
                .mapToObj(n -> "  t%d: {handler: a}\n".formatted(n))
                .collect(Collectors.joining());
    database.load(wide);
    List<UUID> runs = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      runs.add(database.startRun("wide"));
      database.awaitRunsEnded(i + 1);
    }
    database.passTime(Duration.ofDays(100));
    // 4 runs are reckoned to have 40 tracks: two of these are more
    assertThat(batch("most => 4")).containsEntry("cleaned_runs", 2).containsEntry("more", true);
    assertThat(database.state(runs.get(1))).isNull();
    assertThat(database.state(runs.get(2))).isEqualTo("completed");
    assertThat(batch("most => 1")).containsEntry("cleaned_runs", 1).containsEntry("more", true);
    assertThat(batch("most => 4")).containsEntry("cleaned_runs", 1).containsEntry("more", false);
  }

  @Test
  void eachBatchIsATransactionSoThatAFailureKeepsEarlierOnes() {
    List<UUID> runs = finishedRuns(5);
    database.passTime(Duration.ofDays(100));
    database
        .sql()
        .execute(
            """
            create function public.test_refuse() returns trigger language plpgsql as $$
            begin raise exception 'not this one'; end $$;
            create trigger test_refuse before delete on track_coordination.runs for each row when (old.correlation_id = '%s')
              execute function public.test_refuse()
            """
                .formatted(runs.get(4)));
    try {
      assertThatThrownBy(
              () -> database.sql().execute("call track_coordination.clean_up_all(most => 2)"))
          .hasMessageContaining("not this one");
      assertThat(database.count("select count(*) from track_coordination.tombstones")).isEqualTo(4);
      assertThat(database.state(runs.get(4))).isEqualTo("completed");
      assertThat(database.chain(runs.get(4))).hasSize(6);
      assertThat(database.audit()).isEmpty();
    } finally {
      database.sql().execute("drop function public.test_refuse cascade");
    }
    assertThat(
            database.sql().queryForList("call track_coordination.clean_up_all(most => 2)").get(0))
        .containsEntry("cleaned_runs", 1L)
        .containsEntry("removed_log_rows", 6L)
        .containsEntry("expired_tombstones", 0L);
  }

  @Test
  void aBatchThatIsKilledOrRolledBackChangesNothing() throws Exception {
    finishedRuns(3);
    UUID keyed = startWithKey("mail-1", "{}");
    database.awaitRunsEnded(4);
    database.insertEvent(keyed, "b", "completed", "{}");
    database.awaitSettled();
    database.passTime(Duration.ofDays(100));
    List<Long> before = sizes();
    try (Connection cleaner = database.plain().getConnection()) {
      cleaner.setAutoCommit(false);
      assertThat(batch(cleaner, "")).containsEntry("cleaned_runs", 4);
      cleaner.rollback();
    }
    assertThat(sizes()).isEqualTo(before);
    try (Blockade blockade =
        Blockade.ofInserts(database, "track_coordination.tombstones", "true")) {
      CompletableFuture<Map<String, Object>> cleaning =
          CompletableFuture.supplyAsync(() -> batch(""));
      blockade.awaitStopped(1);
      database
          .sql()
          .queryForList(
              "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
      assertThatThrownBy(cleaning::get).hasMessageContaining("terminating connection");
    }
    assertThat(sizes()).isEqualTo(before);
    assertThat(database.audit()).isEmpty();
    assertThat(cleaned("")).isEqualTo(4);
  }

  @Test
  void countingFirstTellsWhatCleaningThenRemoves() {
    finished("completed");
    database.passTime(Duration.ofDays(100));
    cleaned("");
    finished("failed");
    finished("completed");
    finished("completed");
    database.passTime(Duration.ofDays(500));
    List<Long> before = sizes();
    assertThat(
            database
                .sql()
                .queryForList(
                    "select what || ' ' || count from track_coordination.to_clean_up()",
                    String.class))
        .containsExactly("completed 2", "failed 1", "cancelled 0", "timed_out 0", "tombstones 1");
    assertThat(sizes()).isEqualTo(before);
    assertThat(batch("")).containsEntry("cleaned_runs", 3).containsEntry("expired_tombstones", 1);
    assertThat(database.count("select sum(count) from track_coordination.to_clean_up()")).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "most => 0, 'most is 0, a batch has at least 1 run'",
    "most => null, 'most is null, a batch has at least 1 run'",
    "archive => null, archive is null",
  })
  void senselessArgumentsAreRefused(String arguments, String message) {
    assertThatThrownBy(() -> batch(arguments)).hasMessageContaining(message);
  }

  private static RouteBuilder workers() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        for (String track : List.of("a", "b")) {
          from("kamelet:track-source/test-%s?handler=%s".formatted(track, track))
              .routeId(track)
              .filter(simple("${body} contains 'fail'"))
              .setHeader("trackRetry", constant(false))
              .throwException(IllegalStateException.class, "as wished")
              .end();
        }
      }
    };
  }

  /** A run that ended just now; states that nothing leads to yet are made from a failed one. */
  private UUID finished(String state) {
    UUID run =
        database.startRun("pair", state.equals("completed") ? "{\"n\": 1}" : "{\"fail\": 1}");
    String end = state.equals("completed") ? state : "failed";
    Awaitility.await().until(() -> database.state(run), end::equals);
    database.awaitSettled();
    database
        .sql()
        .update(
            "update track_coordination.runs set state = ? where correlation_id = ? and state <> ?",
            state,
            run,
            state);
    return run;
  }

  private List<UUID> finishedRuns(int count) {
    List<UUID> runs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      runs.add(finished("completed"));
    }
    return runs;
  }

  private UUID startWithKey(String key, String payload) {
    return database
        .sql()
        .queryForObject(
            "select track_coordination.start_run('pair', cast(? as jsonb), idempotency_key => ?)",
            UUID.class,
            payload,
            key);
  }

  private int cleaned(String arguments) {
    return (Integer) batch(arguments).get("cleaned_runs");
  }

  private Map<String, Object> batch(String arguments) {
    return database
        .sql()
        .queryForMap("select * from track_coordination.clean_up(%s)".formatted(arguments));
  }

  private static Map<String, Object> batch(Connection connection, String arguments) {
    return new JdbcTemplate(new SingleConnectionDataSource(connection, true))
        .queryForMap("select * from track_coordination.clean_up(%s)".formatted(arguments));
  }

  private void awaitWaiting() {
    Awaitility.await("a session waits for a lock")
        .until(database::waitingForLocks, waiting -> waiting == 1);
  }

  private long logRows(UUID run) {
    return database.count("select count(*) from processing_logs where correlation_id = ?", run);
  }

  private void assertNothingIsLeftOf(UUID run) {
    for (String table :
        List.of(
            "public.processing_logs",
            "track_coordination.runs",
            "track_coordination.activations",
            "track_coordination.work_queue",
            "track_coordination.event_fates",
            "track_coordination.gate_states")) {
      assertThat(
              database.count(
                  "select count(*) from %s where correlation_id = ?".formatted(table), run))
          .as(table)
          .isZero();
    }
  }

  private List<Long> sizes() {
    return database
        .sql()
        .queryForList(
            """
            select count(*) from public.processing_logs union all
            select count(*) from track_coordination.runs union all
            select count(*) from track_coordination.activations union all
            select count(*) from track_coordination.event_fates union all
            select count(*) from track_coordination.idempotency_keys union all
            select count(*) from track_coordination.tombstones
            """,
            Long.class);
  }
}
