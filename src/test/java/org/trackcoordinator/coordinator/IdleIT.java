package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.apache.camel.health.HealthCheck;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.trackcoordinator.database.Database;

/** What instances at rest ask of their database, on a server that counts it. */
@Tag("track-coordination")
class IdleIT extends AtRest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void anInstanceAtRestAsksOneStatementInEachInterval(int instances) throws Exception {
    Database other = instances == 2 ? openDatabase() : database;
    try (Coordinator one = coordinator(database, INTERVAL.toSeconds() + "s");
        Coordinator two = instances == 2 ? coordinator(other, INTERVAL.toSeconds() + "s") : null) {
      startRuns("intake", 20);
      awaitRunsCompleted(20);
      awaitRest(one);
      if (two != null) {
        awaitRest(two);
        awaitRest(one);
      }
      int rounds = 2 * instances;
      Map<String, Long> before = calls();
      long begun = System.nanoTime();
      await().atMost(INTERVAL.multipliedBy(20)).until(() -> looks(since(before)) >= rounds);
      Map<String, Long> asked = since(before);
      double intervals = (System.nanoTime() - begun) / (double) INTERVAL.toNanos();
      System.out.printf("%d at rest: %s in %.1f intervals%n", instances, asked.values(), intervals);
      assertThat(asked).as("statements").hasSize(1);
      assertThat(looks(asked)).isLessThanOrEqualTo((long) Math.ceil(intervals) * instances);
    } finally {
      other.close();
    }
  }

  @Test
  void anInstanceAtRestHoldsTwoConnections() throws Exception {
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      startRuns("intake", 20);
      awaitRunsCompleted(20);
      assertThat(connections()).isGreaterThan(2);
      await("those that were needed are let go").atMost(SOON).until(() -> connections() == 2);
      awaitRest(coordinator);
      assertThat(connections()).isEqualTo(2);
    }
  }

  @Test
  void byDefaultTheIntervalIsHalfAMinute() throws Exception {
    Properties settings = new Properties();
    try (var in = Files.newInputStream(Path.of("routes/maintenance/maintenance.properties"))) {
      settings.load(in);
    }
    assertThat(settings).containsEntry("look-ahead.interval", "30s");
  }

  @Test
  void aCircuitThatNothingWaitsBehindIsLeftAlone() throws Exception {
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      awaitRest(coordinator);
      sql.queryForList(
          "select track_coordination.open_circuit('books', 'down', 'tester', '1 s', '1 m')");
      sql.execute("notify track_events"); // as the instance whose circuit it is would be moved
      await()
          .atMost(SOON)
          .until(
              () ->
                  sql.queryForObject(
                          "select permits from track_coordination.gate_states where circuit = 'books'",
                          Integer.class)
                      > 0);
      awaitRest(coordinator);
      Map<String, Long> before = calls();
      await()
          .during(Duration.ofSeconds(4))
          .atMost(Duration.ofSeconds(15))
          .untilAsserted(() -> assertThat(since(before)).isEmpty());
      assertThat(start("intake")).isNotNull();
      awaitRunsCompleted(1);
    }
  }

  @Test
  void whileNoInstanceRunsNobodyIsTold() throws Exception {
    try (Connection curious = database.plain().getConnection();
        Statement statement = curious.createStatement()) {
      statement.execute("listen track_events");
      insertCompleted(UUID.randomUUID());
      statement.execute("select 1");
      assertThat(notices(curious)).as("no instance").isEmpty();
      statement.execute("select pg_advisory_lock_shared(8210, 2)");
      insertCompleted(UUID.randomUUID());
      statement.execute("select 1");
      assertThat(notices(curious)).as("one that listens").isNotEmpty();
    }
  }

  private static PGNotification[] notices(Connection connection) throws SQLException {
    PGNotification[] notices = connection.unwrap(PGConnection.class).getNotifications();
    return notices == null ? new PGNotification[0] : notices;
  }

  @Test
  void aServerThatFallsSilentIsNoticedByTheNextLookAndWorkGoesOnAfterIt() throws Exception {
    try (Coordinator coordinator = coordinator(database, INTERVAL.toSeconds() + "s")) {
      awaitRest(coordinator);
      server.silence();
      long begun = System.nanoTime();
      try {
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> OutageIT.health(coordinator), HealthCheck.State.DOWN::equals);
      } finally {
        server.speak();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(INTERVAL.plusSeconds(10));
      begun = System.nanoTime();
      UUID run = UUID.randomUUID();
      insertCompleted(run);
      await().atMost(SOON).until(() -> "completed".equals(state(run)));
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
      awaitRest(coordinator);
    }
  }

  @Test
  void aLookReadsNoBigTableAsAWhole() throws Exception {
    load(FOREIGN.formatted("timeout: 1h, triggerTimeout: 1h"));
    start("foreign");
    sql.execute(
        """
        insert into track_coordination.runs (correlation_id, definition_id, remaining_leaves, payload, deadline_at)
        select gen_random_uuid(), r.definition_id, 1, '{}', now() + '1 day' from track_coordination.runs r, generate_series(1, 100000);
        insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, worker, claimed_at, definition_id)
        select r.correlation_id, 1, (array['by-sql', 'drive'])[1 + n % 2], now() + n * interval '1 s', 1,
               case when n % 100 = 0 then 'somebody' end, now(), r.definition_id
          from (select r.*, row_number() over () as n from track_coordination.runs r) r;
        insert into track_coordination.activations (correlation_id, track_no, definition_id, dependencies, remaining, state, trigger_event_id)
        select r.correlation_id, 1, r.definition_id, 0, 0, 'triggered', 1 from track_coordination.runs r
        """);
    sql.execute("analyze");
    try (Connection pooled = database.pool().getConnection();
        Statement statement = pooled.createStatement()) {
      statement.execute("select from track_coordination.next_due(null, '1 s', '{}')");
      String scans =
          "select string_agg(relname || ' ' || seq_scan, ', ' order by relname) from pg_stat_user_tables"
              + " where relname in ('runs', 'work_queue', 'activations', 'event_queue', 'processing_logs')";
      statement.execute("select pg_stat_force_next_flush()");
      String before = sql.queryForObject(scans, String.class);
      long begun = System.nanoTime();
      statement.execute("select from track_coordination.next_due(null, '1 s', '{}')");
      System.out.printf(
          "A look at 100,000 runs and as much work: %.1f ms%n", (System.nanoTime() - begun) / 1e6);
      statement.execute("select pg_stat_force_next_flush()");
      statement.execute("select 1");
      assertThat(sql.queryForObject(scans, String.class)).isEqualTo(before);
    }
  }
}
