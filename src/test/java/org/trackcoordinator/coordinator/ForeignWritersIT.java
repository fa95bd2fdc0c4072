package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trackcoordinator.testing.ForeignWriter.row;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.DataAccessException;
import org.trackcoordinator.testing.Blockade;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.ForeignWriter;

/** Programs that know the log only, and workers that speak SQL. */
@Tag("processing-logs")
class ForeignWritersIT {

  private static final String CHAIN =
      """
      workflow: chain
      defaults: {retry: {maxAttempts: 1}}
      tracks:
        gmail: {}
        drive: {dependsOn: [gmail]}
      """;

  private static final String TWO_ROOTS =
      """
      workflow: two-roots
      defaults: {retry: {maxAttempts: 1}}
      tracks:
        orders: {}
        prices: {}
        bill: {dependsOn: [orders, prices]}
      """;

  @RegisterExtension static final CoordinatedDatabase database = CoordinatedDatabase.coordinated();

  private ForeignWriter writer;

  @BeforeEach
  void open() throws SQLException {
    writer = new ForeignWriter(database.plain());
  }

  @AfterEach
  void close() throws SQLException {
    writer.close();
  }

  @Test
  void aRoleThatMayOnlyInsertStartsAndCompletesARun() throws Exception {
    database.load(CHAIN);
    database
        .sql()
        .execute(
            """
            do $$ begin
              if exists (select from pg_roles where rolname = 'test_writer') then
                execute 'drop owned by test_writer';
              else
                create role test_writer;
              end if;
            end $$;
            grant insert on public.processing_logs to test_writer
            """);
    UUID run = UUID.randomUUID();
    try (Connection connection = database.plain().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set role test_writer");
      assertThatThrownBy(() -> statement.execute("select from public.processing_logs"))
          .hasMessageContaining("permission denied for table processing_logs");
      assertThatThrownBy(() -> statement.execute("select from track_coordination.event_queue"))
          .hasMessageContaining("permission denied for schema track_coordination");
      insertOnly(connection, run, "gmail", "completed", "{\"mail\": 7}");
      database.awaitState(run, "drive", "triggered");
      insertOnly(connection, run, "drive", "started", null);
      insertOnly(connection, run, "drive", "completed", "{\"file\": 8}");
    }
    database.awaitRunsEnded(1);
    database.awaitSettled();
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.input(run, "drive")).isEqualTo("{\"mail\": 7}");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void rowsThatAreNoCoordinationEventsAreNeverTouchedOrQueued() throws Exception {
    database.load(CHAIN);
    database
        .sql()
        .execute(
            """
            insert into public.processing_logs (correlation_id, track_id, event_type, payload) values
              (null, 'gmail', 'completed', '{"n": 3}'),
              (gen_random_uuid(), null, 'completed', '{"n": 4}'),
              (gen_random_uuid(), 'gmail', 'COMPLETED', '{"n": 5}'),
              (gen_random_uuid(), 'gmail', 'note', '{"n": 6}'),
              (gen_random_uuid(), 'gmail', null, '[7]')
            """);
    List<String> before = allRows();
    assertThat(before).hasSize(5);
    assertThat(database.count("select count(*) from track_coordination.event_queue")).isZero();
    UUID run = UUID.randomUUID();
    writer.write(run, "gmail", "completed", "{}");
    database.awaitState(run, "drive", "triggered");
    database.awaitSettled();
    assertThat(allRows()).containsAll(before).hasSize(8);
    assertThat(database.count("select count(*) from track_coordination.event_fates")).isZero();
    assertThat(database.count("select count(*) from track_coordination.runs")).isEqualTo(1);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void anEventOfAnUnknownTrackWaitsInQuarantineUntilItsWorkflowIsLoaded() throws Exception {
    UUID run = UUID.randomUUID();
    long id = writer.write(run, "gmail", "completed", "{\"mail\": 1}");
    awaitQuarantined(id);
    assertThat(quarantine(id))
        .containsEntry("track_id", "gmail")
        .containsEntry("event_type", "completed")
        .containsEntry("correlation_id", run)
        .containsEntry(
            "reason",
            "unknown run "
                + run
                + ", and track gmail is the root of no current workflow, or of several");
    database.load(CHAIN);
    assertThat(replay(id)).isTrue();
    database.awaitState(run, "drive", "triggered");
    database.awaitSettled();
    assertThat(database.input(run, "drive")).isEqualTo("{\"mail\": 1}");
    assertThat(database.count("select count(*) from track_coordination.quarantine")).isZero();
    assertThat(replay(id)).as("nothing is there to be replayed").isFalse();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aReplayThatDoesNotHelpEndsInQuarantineAgain() throws Exception {
    long id = writer.write(UUID.randomUUID(), "gmail", "completed", "{}");
    awaitQuarantined(id);
    assertThat(replay(id)).isTrue();
    awaitQuarantined(id);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aDismissedEventIsIgnoredForGood() throws Exception {
    UUID run = UUID.randomUUID();
    long id = writer.write(run, "gmail", "completed", "{}");
    awaitQuarantined(id);
    assertThat(
            database
                .sql()
                .queryForObject(
                    "select track_coordination.dismiss_event(?, 'tester', 'a mistake')",
                    Boolean.class,
                    id))
        .isTrue();
    assertThat(
            database
                .sql()
                .queryForObject(
                    "select fate || ': ' || reason from track_coordination.event_fates where event_id = ?",
                    String.class,
                    id))
        .startsWith("ignored: unknown run " + run)
        .endsWith("; dismissed by tester: a mistake");
    database.load(CHAIN);
    assertThat(replay(id)).isFalse();
    assertThat(database.count("select count(*) from track_coordination.event_queue")).isZero();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void metadataNamesTheWorkflowWhereARootIsInSeveral() throws Exception {
    database.load(CHAIN);
    database.load(CHAIN.replace("workflow: chain", "workflow: other").replace("drive", "archive"));
    UUID ambiguous = UUID.randomUUID();
    UUID named = UUID.randomUUID();
    UUID wrong = UUID.randomUUID();
    long unclear = writer.write(ambiguous, "gmail", "completed", "{}");
    insertNaming("other", named);
    insertNaming("nobody", wrong);
    database.awaitState(named, "archive", "triggered");
    awaitQuarantined(unclear);
    database.awaitSettled();
    assertThat(database.state(ambiguous)).isNull();
    assertThat(database.state(wrong)).isNull();
    assertThat(database.count("select count(*) from track_coordination.quarantine")).isEqualTo(2);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void severalRootsMayBeReportedInOneStatement() throws Exception {
    database.load(TWO_ROOTS);
    UUID run = UUID.randomUUID();
    writer.write(
        row(run, "prices", "completed", "{\"p\": 1}"),
        row(run, "orders", "completed", "{\"o\": 1}"));
    database.awaitState(run, "bill", "triggered");
    database.awaitSettled();
    assertThat(database.input(run, "bill"))
        .isEqualTo("{\"orders\": {\"o\": 1}, \"prices\": {\"p\": 1}}");
    assertThat(triggers(run)).containsExactlyInAnyOrder("orders", "prices", "bill");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aRootNobodyReportedOnIsTriggeredForAWorker() throws Exception {
    database.load(TWO_ROOTS);
    UUID run = UUID.randomUUID();
    writer.write(run, "orders", "completed", "{}");
    database.awaitState(run, "prices", "triggered");
    writer.write(run, "prices", "completed", "{}");
    database.awaitState(run, "bill", "triggered");
    database.awaitSettled();
    assertThat(triggers(run)).containsExactlyInAnyOrder("orders", "prices", "bill");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aRootThatIsReportedWhileItsRunBeginsCounts() throws Exception {
    database.load(TWO_ROOTS);
    try (Coordinator second = database.coordinator().start()) {
      UUID run = UUID.randomUUID();
      try (Blockade begins =
          Blockade.ofInserts(
              database,
              "public.processing_logs",
              "new.event_type = 'triggered' and new.track_id = 'orders'")) {
        writer.write(run, "orders", "completed", "{\"o\": 1}");
        begins.awaitStopped(1);
        writer.write(run, "prices", "completed", "{\"p\": 1}");
        begins.awaitStopped(2);
      }
      database.awaitState(run, "bill", "triggered");
      database.awaitSettled();
      assertThat(database.count("select count(*) from track_coordination.event_fates")).isZero();
      assertThat(triggers(run)).containsExactlyInAnyOrder("orders", "prices", "bill");
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void aWorkerClaimsAndCompletesBySql() throws Exception {
    database.load(CHAIN);
    UUID run = startRun("{\"n\": 1.50}");
    Map<String, Object> claimed = claimOne("gmail", "w1", "1 hour");
    assertThat(claimed)
        .containsEntry("correlation_id", run)
        .containsEntry("track_id", "gmail")
        .containsEntry("attempt", 1)
        .containsEntry("idempotency_key", run + "/gmail")
        .containsEntry("user_id", "u-1");
    assertThat(claimed.get("payload")).hasToString("{\"n\": 1.50}");
    assertThat(claim("gmail", "w2", "1 hour")).as("nothing is left to claim").isEmpty();
    complete(run, "gmail", 1, "{\"by\": \"w1\"}");
    database.awaitState(run, "drive", "triggered");
    assertRefused(() -> complete(run, "gmail", 1, "{}"), run, "gmail", 1);
    assertThat(claimOne("drive", "w1", "1 hour").get("payload")).hasToString("{\"by\": \"w1\"}");
    database
        .sql()
        .queryForList(
            "select track_coordination.fail_work(?, 'drive', 1, 'DiskFull', 'no space')", run);
    database.awaitRunsEnded(1);
    database.awaitSettled();
    assertThat(database.state(run)).isEqualTo("failed");
    assertThat(
            database
                .sql()
                .queryForObject("select error from track_coordination.run_overview", String.class))
        .isEqualTo("drive: no space");
    assertThat(database.count("select count(*) from processing_logs where user_id = 'u-1'"))
        .isEqualTo(6);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void anAttemptIsFencedByItsNumber() throws Exception {
    database.load(CHAIN);
    UUID run = startRun("{}");
    claimOne("gmail", "w1", "1 hour");
    assertRefused(() -> complete(run, "gmail", 2, "{}"), run, "gmail", 2);
    assertRefused(() -> complete(run, "drive", 1, "{}"), run, "drive", 1);
    UUID other = UUID.randomUUID();
    assertThatThrownBy(() -> complete(other, "gmail", 1, "{}"))
        .hasStackTraceContaining("there is no run " + other);
    assertThat(database.state(run, "gmail")).isEqualTo("started");
    complete(run, "gmail", 1, "{}");
    assertRefused(
        () ->
            database
                .sql()
                .queryForList("select track_coordination.fail_work(?, 'gmail', 1, 'x', 'y')", run),
        run,
        "gmail",
        1);
    database.awaitState(run, "gmail", "completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aLeaseThatEndedIsTakenOverAndTheLateWorkerRefused() throws Exception {
    database.load(CHAIN.replace("maxAttempts: 1", "maxAttempts: 2, backoff: 1ms"));
    UUID run = startRun("{}");
    claimOne("gmail", "slow", "100 milliseconds");
    List<Map<String, Object>> second =
        Awaitility.await("the lease ends")
            .until(() -> claim("gmail", "quick", "1 hour"), rows -> !rows.isEmpty());
    assertThat(second).hasSize(1);
    assertThat(second.get(0)).containsEntry("attempt", 2);
    assertRefused(() -> complete(run, "gmail", 1, "{\"by\": \"slow\"}"), run, "gmail", 1);
    complete(run, "gmail", 2, "{\"by\": \"quick\"}");
    database.awaitState(run, "drive", "triggered");
    assertThat(database.input(run, "drive")).isEqualTo("{\"by\": \"quick\"}");
    assertThat(database.chain(run))
        .containsExactly(
            "gmail triggered",
            "gmail started",
            "gmail timed_out",
            "gmail retried",
            "gmail started",
            "gmail completed",
            "drive triggered");
    assertThat(
            database
                .sql()
                .queryForObject(
                    "select detail from track_coordination.execution_chain(?) where event_type = 'timed_out'",
                    String.class,
                    run))
        .isEqualTo("the lease of worker slow ended");
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whatIsGivenBackCostsNoAttempt() throws Exception {
    database.load(CHAIN);
    UUID run = startRun("{}");
    claimOne("gmail", "w1", "1 hour");
    assertThat(giveBack(run, "gmail", 2)).as("not this caller's").isFalse();
    assertThat(giveBack(run, "gmail", 1)).isTrue();
    assertThat(giveBack(run, "gmail", 1)).as("twice").isFalse();
    assertThat(database.state(run, "gmail")).isEqualTo("triggered");
    assertRefused(() -> complete(run, "gmail", 1, "{}"), run, "gmail", 1);
    assertThat(claimOne("gmail", "w2", "1 hour")).containsEntry("attempt", 1);
    complete(run, "gmail", 1, "{}");
    database.awaitState(run, "drive", "triggered");
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whatIsHeldOrNotYetTriggeredIsNotClaimed() throws Exception {
    database.load(CHAIN);
    UUID run = startRun("{}");
    assertThat(claim("drive", "w", "1 hour")).isEmpty();
    database.sql().queryForList("select track_coordination.hold(handler => 'gmail')");
    assertThat(claim("gmail", "w", "1 hour")).isEmpty();
    database.sql().queryForList("select track_coordination.release(handler => 'gmail')");
    assertThat(claimOne("gmail", "w", "1 hour")).containsEntry("correlation_id", run);
  }

  private static void insertOnly(
      Connection connection, UUID run, String track, String type, String payload)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into public.processing_logs (correlation_id, track_id, event_type, payload) values (?, ?, ?, cast(? as jsonb))")) {
      insert.setObject(1, run);
      insert.setString(2, track);
      insert.setString(3, type);
      insert.setString(4, payload);
      insert.executeUpdate();
    }
  }

  private void insertNaming(String workflow, UUID run) {
    database
        .sql()
        .update(
            "insert into public.processing_logs (correlation_id, track_id, event_type, metadata) values (?, 'gmail', 'completed', jsonb_build_object('workflow', ?))",
            run,
            workflow);
  }

  private UUID startRun(String payload) {
    UUID run =
        database
            .sql()
            .queryForObject(
                "select track_coordination.start_run('chain', cast(? as jsonb), user_id => 'u-1')",
                UUID.class,
                payload);
    database.awaitState(run, "gmail", "triggered");
    return run;
  }

  private List<Map<String, Object>> claim(String handler, String worker, String lease) {
    return database
        .sql()
        .queryForList(
            "select * from track_coordination.claim_work(?, ?, 10, cast(? as interval))",
            handler,
            worker,
            lease);
  }

  private Map<String, Object> claimOne(String handler, String worker, String lease) {
    List<Map<String, Object>> claimed = claim(handler, worker, lease);
    assertThat(claimed).hasSize(1);
    return claimed.get(0);
  }

  private void complete(UUID run, String track, int attempt, String payload) {
    database
        .sql()
        .queryForList(
            "select track_coordination.complete_work(?, ?, ?, cast(? as jsonb))",
            run,
            track,
            attempt,
            payload);
  }

  private boolean giveBack(UUID run, String track, int attempt) {
    return database
        .sql()
        .queryForObject(
            "select track_coordination.give_back(?, ?, ?)", Boolean.class, run, track, attempt);
  }

  private static void assertRefused(Runnable call, UUID run, String track, int attempt) {
    assertThatThrownBy(call::run)
        .isInstanceOf(DataAccessException.class)
        .hasMessageContaining(
            "attempt %d of track %s in run %s is not yours, or no longer"
                .formatted(attempt, track, run))
        .satisfies(
            e ->
                assertThat(((SQLException) ((DataAccessException) e).getRootCause()).getSQLState())
                    .isEqualTo("55000"));
  }

  private boolean replay(long id) {
    return database
        .sql()
        .queryForObject("select track_coordination.replay_event(?)", Boolean.class, id);
  }

  private Map<String, Object> quarantine(long id) {
    return database
        .sql()
        .queryForMap("select * from track_coordination.quarantine where event_id = ?", id);
  }

  private void awaitQuarantined(long id) {
    Awaitility.await("event " + id + " is quarantined")
        .until(
            () ->
                database.count(
                        "select count(*) from track_coordination.quarantine where event_id = ?", id)
                    == 1);
  }

  private List<String> triggers(UUID run) {
    return database
        .sql()
        .queryForList(
            "select track_id from processing_logs where correlation_id = ? and event_type = 'triggered'",
            String.class,
            run);
  }

  private List<String> allRows() {
    return database
        .sql()
        .queryForList("select cast(l as text) from public.processing_logs l", String.class);
  }
}
