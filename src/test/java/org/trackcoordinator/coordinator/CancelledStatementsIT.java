package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.LogLines;

/** Statements that {@code statement_timeout} or an operator cancels, SQLSTATE 57014. */
@Tag("track-coordination")
class CancelledStatementsIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final LogLines log = new LogLines();

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  @BeforeEach
  void load() {
    database.load(
        """
        workflow: letters
        tracks:
          write: {}
          send: {dependsOn: [write], handler: work}
        """);
  }

  /** Four pauses of a growing length before the blame; nothing goes wrong on the way. */
  private void assertSaid(int retries, int blames) {
    assertThat(
            log.matching("WARN event .* is tried again in (250|500|1000|2000) ms: .*").stream()
                .distinct())
        .hasSize(retries);
    assertThat(log.matching("ERROR event .* is quarantined: ERROR: it took too long.*"))
        .hasSize(blames);
    assertThat(log.matching("(WARN|ERROR) .*")).hasSize(retries + blames);
  }

  /**
   * It takes locks of the session for a moment; kept, one would pass for a drainer that is awake.
   */
  @Test
  void aWriterThatIsCancelledWhileItWakesOthersKeepsNoLock() throws Exception {
    try (Connection writer = database.plain().getConnection();
        Statement statement = writer.createStatement()) {
      for (int round = 0; round < 50; round++) {
        statement.execute("set statement_timeout = " + (5 + round % 10));
        assertThatThrownBy(
                () ->
                    statement.execute(
                        "do $$ begin loop perform track_coordination.wake_drainer(); end loop; end $$"))
            .hasMessageContaining("statement timeout");
        statement.execute("set statement_timeout = 0");
        try (ResultSet kept =
            statement.executeQuery(
                "select classid, objid from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()")) {
          assertThat(kept.next()).as("a lock is kept in round %d", round).isFalse();
        }
      }
    }
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @AfterEach
  void repair() {
    sql("drop trigger if exists cancel on processing_logs");
    sql("drop sequence if exists public.cancelled");
  }

  @Test
  void aBatchThatTakesTooLongIsTakenInSmallerOnes() throws Exception {
    cancel("(select count(*) from new_rows where event_type = 'triggered') > 5");
    List<UUID> runs = new ArrayList<>();
    for (int run = 0; run < 40; run++) {
      UUID id = UUID.randomUUID();
      runs.add(id);
      database.insertEvent(id, "write", "completed", "{}");
    }
    try (Coordinator coordinator = worker()) {
      await()
          .atMost(PATIENCE)
          .until(() -> runs.stream().allMatch(run -> "completed".equals(database.state(run))));
    }
    assertThat(quarantined()).isZero();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void anEventWhoseStatementIsCancelledAFewTimesIsNotBlamed() throws Exception {
    // nine tries halve the batch to one event, the next are for this event alone
    cancel(
        "exists (select from new_rows where event_type = 'triggered') and nextval('public.cancelled') <= 12");
    UUID run = UUID.randomUUID();
    database.insertEvent(run, "write", "completed", "{}");
    try (Coordinator coordinator = worker()) {
      await().atMost(PATIENCE).until(() -> "completed".equals(database.state(run)));
    }
    assertThat(tries()).isGreaterThan(12);
    assertSaid(3, 0);
    assertThat(quarantined()).isZero();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void anEventThatIsCancelledAgainAndAgainIsQuarantinedAndAfterRepairReplayed() throws Exception {
    UUID poison = UUID.randomUUID();
    cancel(
        "exists (select from new_rows where event_type = 'triggered' and correlation_id = '"
            + poison
            + "') and nextval('public.cancelled') > 0");
    UUID innocent = UUID.randomUUID();
    database.insertEvent(poison, "write", "completed", "{}");
    database.insertEvent(innocent, "write", "completed", "{}");
    try (Coordinator coordinator = worker()) {
      await().atMost(PATIENCE).until(() -> quarantined() == 1);
      await().atMost(PATIENCE).until(() -> "completed".equals(database.state(innocent)));
      assertThat(
              database
                  .sql()
                  .queryForMap("select correlation_id, reason from track_coordination.quarantine"))
          .containsEntry("correlation_id", poison)
          .hasEntrySatisfying(
              "reason", reason -> assertThat(reason).asString().contains("took too long"));
      repair();
      assertThat(
              database
                  .sql()
                  .queryForObject(
                      "select track_coordination.replay_event(event_id) from track_coordination.quarantine",
                      Boolean.class))
          .isTrue();
      assertSaid(4, 1);
      await().atMost(PATIENCE).until(() -> "completed".equals(database.state(poison)));
    }
    assertThat(quarantined()).isZero();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aCompletionWhoseStatementIsCancelledAFewTimesStaysACompletion() throws Exception {
    cancel(
        "exists (select from new_rows where event_type = 'completed' and track_id = 'send') and nextval('public.cancelled') <= 3");
    UUID run = UUID.randomUUID();
    database.insertEvent(run, "write", "completed", "{}");
    try (Coordinator coordinator = worker()) {
      await().atMost(PATIENCE).until(() -> "completed".equals(database.state(run)));
    }
    assertThat(tries()).isGreaterThan(3);
    assertThat(database.chain(run)).doesNotContain("send failed").contains("send completed");
    assertThat(database.audit()).isEmpty();
  }

  private Coordinator worker() throws Exception {
    return database.coordinator().with(WorkingCoordinator.worker("10m", 1)).start();
  }

  private long tries() {
    return database.count("select last_value from public.cancelled");
  }

  private long quarantined() {
    return database.count("select count(*) from track_coordination.quarantine");
  }

  private void cancel(String when) {
    sql("create sequence public.cancelled");
    sql(
        """
        create or replace function public.cancel() returns trigger language plpgsql as $$
        begin
          if %s then
            raise exception 'it took too long' using errcode = '57014';
          end if;
          return null;
        end $$;
        create trigger cancel after insert on processing_logs referencing new table as new_rows
          for each statement execute function public.cancel()
        """
            .formatted(when));
  }

  private void sql(String statement) {
    database.sql().execute(statement);
  }
}
