package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckRegistry;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.jdbc.PgConnection;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DurableServer;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.testing.LogLines;
import org.trackcoordinator.testing.LossyNetwork;

/** A coordinator below which the database goes away in each way that it can, and comes back. */
@Tag("track-coordination")
class OutageIT {

  private static final String LOCK_NOT_GIVEN =
      "a transaction is taken again: ERROR: canceling statement due to lock timeout";
  private static final String AWAY = "WARN The database is (away|still away).*";
  private static final String BACK = "INFO The database is back after \\d+\\.\\d s";
  private static final Duration RESUMED = Duration.ofSeconds(5);

  @TempDir static Path directory;
  private static DurableServer server;

  private Database database;
  private RunsUnderFault runs;
  private LogLines log;

  @BeforeAll
  static void startServer() {
    server = new DurableServer(directory.resolve("postgres"));
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open() {
    open(server.open());
  }

  private void open(Database opened) {
    database = opened;
    Migrations.migrate(database.plain());
    runs = new RunsUnderFault(database);
    log = new LogLines();
  }

  @AfterEach
  void close() {
    log.close();
    database.close();
  }

  @Test
  void afterACrashItSaysTwoLinesTurnsGreenAndResumesWithinSeconds() throws Exception {
    List<Double> seconds = new ArrayList<>();
    try (Coordinator coordinator = coordinator(20)) {
      for (int crash = 0; crash < Counts.of(2, 20); crash++) {
        runs.start(40);
        runs.awaitInProgress(runs.events("completed") + 20);
        server.crash();
        soon().until(() -> health(coordinator), HealthCheck.State.DOWN::equals);
        awaitAwayFor(database, Duration.ofSeconds(3)); // pauses between tries have grown by then
        server.restart();
        seconds.add(secondsToNextTrigger("pg_postmaster_start_time()"));
        soon().until(() -> health(coordinator), HealthCheck.State.UP::equals);
      }
      runs.awaitEnd();
      assertThat(log.matching(AWAY)).hasSizeBetween(1, seconds.size());
      assertThat(log.matching(BACK)).hasSameSizeAs(log.matching(AWAY));
      assertNothingElseWasSaid();
    }
    print("a crash", seconds);
    assertThat(seconds).allMatch(each -> each < RESUMED.toSeconds());
    runs.assertSound();
    runs.assertNoAttemptWasLost();
  }

  @Test
  void aSilentServerIsNoticedAndWorkResumesWhenItSpeaks() throws Exception {
    try (Coordinator coordinator = coordinator(20)) {
      runs.start(40);
      runs.awaitInProgress(20);
      server.silence();
      try {
        await()
            .atMost(Duration.ofSeconds(15))
            .until(() -> health(coordinator), HealthCheck.State.DOWN::equals);
        long begun = System.nanoTime();
        health(coordinator);
        assertThat(System.nanoTime() - begun).as("a question about health").isLessThan(100_000_000);
      } finally {
        server.speak();
      }
      String back = runs.now();
      print("a silence", List.of(secondsToNextTrigger("timestamptz '" + back + "'")));
      soon().until(() -> health(coordinator), HealthCheck.State.UP::equals);
      runs.awaitEnd();
      assertThat(log.matching(AWAY)).hasSize(1);
      assertThat(log.matching(BACK)).hasSize(1);
      assertNothingElseWasSaidButOfALock();
    }
    runs.assertSound();
    runs.assertNoAttemptWasLost();
  }

  @Test
  void connectionsThatANetworkForgotAreNotWaitedFor() throws Exception {
    close();
    try (LossyNetwork network = new LossyNetwork(server.port())) {
      open(DurableServer.open(server.url().replace(":" + server.port(), ":" + network.port())));
      try (Database direct = server.open()) {
        RunsUnderFault seen = new RunsUnderFault(direct);
        try (Coordinator coordinator = coordinator(20)) {
          seen.start(40);
          seen.awaitInProgress(20);
          PgConnection lost = beginTransactionOnSomeRuns();
          network.lose();
          await()
              .atMost(Duration.ofSeconds(15))
              .until(() -> health(coordinator), HealthCheck.State.DOWN::equals);
          network.restore();
          String back = seen.now();
          double seconds = secondsToNextTrigger(seen, "timestamptz '" + back + "'");
          print("a network that lost all connections", List.of(seconds));
          assertThat(seconds).isLessThan(RESUMED.toSeconds());
          soon().until(() -> health(coordinator), HealthCheck.State.UP::equals);
          soon().until(lost::isClosed); // whoever waits on such a one is told
          seen.awaitEnd();
        }
        seen.assertSound();
        seen.assertNoAttemptWasLost();
      }
    }
  }

  /** It is never ended here, as by a client whose network is lost: its locks stay. */
  private PgConnection beginTransactionOnSomeRuns() throws SQLException {
    Connection connection = database.pool().getConnection();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement();
        ResultSet locked =
            statement.executeQuery(
                "select from track_coordination.runs where state = 'running' for update skip locked")) {
      assertThat(locked.next()).as("a run is locked").isTrue();
    }
    return connection.unwrap(PgConnection.class);
  }

  @Test
  void aDatabaseThatIsReadOnlyIsAwayUntilItCanBeWritten() throws Exception {
    try (Coordinator coordinator = coordinator(20)) {
      runs.start(40);
      runs.awaitInProgress(20);
      sql("alter database postgres set default_transaction_read_only = on");
      endAllConnections();
      soon().until(() -> health(coordinator), HealthCheck.State.DOWN::equals);
      assertThat(result(coordinator).getMessage().orElseThrow()).contains("read-only");
      sql("begin read write; alter database postgres reset default_transaction_read_only; commit");
      String back = runs.now();
      print("read-only", List.of(secondsToNextTrigger("timestamptz '" + back + "'")));
      soon().until(() -> health(coordinator), HealthCheck.State.UP::equals);
      runs.awaitEnd();
      assertThat(log.matching(AWAY)).hasSize(1);
      assertNothingElseWasSaid();
    } finally {
      sql("begin read write; alter database postgres reset default_transaction_read_only; commit");
    }
    runs.assertSound();
    runs.assertNoAttemptWasLost();
  }

  @Test
  void aConnectionThatTakesNoChangesIsNotKept() throws Exception {
    try (Coordinator coordinator = coordinator(5)) {
      List<Connection> all = takeAllConnections();
      for (Connection one : all) {
        try (Statement statement = one.createStatement()) {
          statement.execute("set default_transaction_read_only = on");
        }
        one.close();
      }
      runs.start(5);
      runs.awaitEnd();
      assertThat(health(coordinator)).isEqualTo(HealthCheck.State.UP);
    }
    runs.assertSound();
    runs.assertNoAttemptWasLost();
  }

  @Test
  void aPoolThatSomebodyHoldsEntirelyIsSaidOnceAndOutlived() throws Exception {
    database.pool().setConnectionTimeout(1_000);
    try (Coordinator coordinator = coordinator(5)) {
      List<Connection> all = takeAllConnections();
      runs.start(5);
      soon().until(() -> !log.matching("WARN All 12 connections .*").isEmpty());
      await()
          .during(Duration.ofSeconds(3))
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(log.matching("(WARN|ERROR) .*")).hasSize(1));
      assertThat(health(coordinator)).as("the database itself").isEqualTo(HealthCheck.State.UP);
      for (Connection one : all) {
        one.close();
      }
      runs.awaitEnd();
    }
    runs.assertSound();
    runs.assertNoAttemptWasLost();
  }

  @Test
  void aStormOfDeadlocksAndSerializationFailuresCostsOneLineInTenSeconds() throws Exception {
    sql(
        """
        create sequence public.gusts;
        create or replace function public.storm() returns trigger language plpgsql as $$
        begin
          if random() < 0.3 then
            perform nextval('public.gusts');
            raise exception 'a storm' using errcode = (array['40P01', '40001', '55P03'])[1 + floor(random() * 3)];
          end if;
          return null;
        end $$;
        create trigger storm after insert or update on track_coordination.activations execute function public.storm()
        """);
    long begun = System.nanoTime();
    try (Coordinator coordinator = coordinator(5)) {
      do { // how many transactions that takes, and how many of them fail, is chance
        runs.start(Counts.of(15, 150));
        runs.awaitEnd();
      } while (runs.count("select last_value from public.gusts") <= 20);
      assertThat(health(coordinator)).isEqualTo(HealthCheck.State.UP);
    } finally {
      sql("drop trigger storm on track_coordination.activations");
    }
    assertThat(runs.count("select last_value from public.gusts")).as("failures").isGreaterThan(20);
    long tens = Duration.ofNanos(System.nanoTime() - begun).toSeconds() / 10;
    assertThat(log.matching("WARN a transaction is taken again: ERROR: a storm.*"))
        .hasSizeBetween(1, (int) tens + 1);
    assertThat(log.matching("(WARN|ERROR) .*")).hasSizeLessThanOrEqualTo((int) tens + 1);
    runs.assertSound();
    runs.assertNoAttemptWasLost();
  }

  @Test
  void aDeadlockWithAStrangerIsTakenAgain() throws Exception {
    sql("alter database postgres set deadlock_timeout = '50ms'");
    try (Coordinator coordinator = coordinator(5)) {
      runs.start(20);
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(20))
          .until(
              () -> {
                strangerLocksInAnotherOrder();
                return runs.count(
                        "select count(*) from track_coordination.runs where state = 'running'")
                    == 0;
              });
    } finally {
      sql("alter database postgres reset deadlock_timeout");
    }
    runs.assertSound();
    runs.assertNoAttemptWasLost();
  }

  /** All activations from the last one, while we take them from the first. */
  private void strangerLocksInAnotherOrder() {
    try {
      runs.sql()
          .queryForList(
              "select correlation_id from track_coordination.activations order by correlation_id desc, track_no desc for update");
    } catch (org.springframework.dao.PessimisticLockingFailureException e) {
      assertThat(e).as("the stranger may lose as well").isNotNull();
    }
  }

  private Coordinator coordinator(long workMillis) throws Exception {
    return WorkingCoordinator.on(database, "10m", workMillis);
  }

  static HealthCheck.State health(Coordinator coordinator) {
    return result(coordinator).getState();
  }

  private static HealthCheck.Result result(Coordinator coordinator) {
    return HealthCheckRegistry.get(coordinator.camel())
        .getCheck(DatabaseHealth.ID)
        .orElseThrow()
        .call();
  }

  private static ConditionFactory soon() {
    return await().pollInterval(Duration.ofMillis(20));
  }

  static void awaitAwayFor(Database database, Duration outage) {
    await()
        .atMost(outage.multipliedBy(3))
        .until(
            () ->
                database
                    .contact()
                    .absence()
                    .filter(absence -> absence.since().plus(outage).isBefore(Instant.now()))
                    .isPresent());
  }

  private double secondsToNextTrigger(String since) {
    return secondsToNextTrigger(runs, since);
  }

  /** Of what happened in the database after this moment of its clock. */
  static double secondsToNextTrigger(RunsUnderFault asked, String since) {
    asked.start(1); // what was in progress may all be triggered already
    String triggers =
        " from processing_logs where event_type = 'triggered' and created_at > " + since;
    await("a new trigger")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> asked.count("select count(*)" + triggers) > 0);
    return asked
        .sql()
        .queryForObject(
            "select extract(epoch from min(created_at) - " + since + ")" + triggers, Double.class);
  }

  static void print(String what, List<Double> seconds) {
    List<Double> sorted = seconds.stream().sorted().toList();
    System.out.printf(
        "After %s the first trigger came within %.2f s (median), %.2f s (max of %d)%n",
        what, sorted.get(sorted.size() / 2), sorted.get(sorted.size() - 1), sorted.size());
  }

  private void assertNothingElseWasSaid() {
    assertThat(log.matching("(WARN|ERROR) .*")).isEqualTo(log.matching(AWAY));
  }

  /** A lock that a stopped backend held may have been waited for in vain, once; that is said. */
  private void assertNothingElseWasSaidButOfALock() {
    assertThat(log.matching("(WARN|ERROR) (?!" + LOCK_NOT_GIVEN + ").*"))
        .isEqualTo(log.matching(AWAY));
    assertThat(log.matching("WARN " + LOCK_NOT_GIVEN + ".*")).hasSizeLessThanOrEqualTo(1);
  }

  private List<Connection> takeAllConnections() throws SQLException {
    List<Connection> all = new ArrayList<>();
    while (all.size() < 12) {
      all.add(database.pool().getConnection());
    }
    return all;
  }

  private void endAllConnections() {
    runs.sql()
        .queryForList(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'track-coordinator' and pid <> pg_backend_pid()");
  }

  private void sql(String statement) {
    runs.sql().execute(statement);
  }
}
