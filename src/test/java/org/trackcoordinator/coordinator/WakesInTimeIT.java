package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.trackcoordinator.testing.DeafSource;

/** That instances at rest miss nothing: what happens in time was known or told. */
@Tag("track-coordination")
class WakesInTimeIT extends AtRest {

  @Test
  void aLeaseOfAForeignWorkerThatDiedEndsInTime() throws Exception {
    load(FOREIGN.formatted("retry: {maxAttempts: 1}"));
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      UUID run = start("foreign");
      awaitState(run, "by-sql", "triggered");
      awaitRest(coordinator);
      sql.queryForList("select from track_coordination.claim_work('by-sql', 'dies', 1, '3 s')");
      awaitState(run, "by-sql", "timed_out");
      assertThat(error(run)).isEqualTo("lease-lost");
      assertThat(secondsBetween(run, "started", "timed_out")).isBetween(3.0, 6.0);
    }
  }

  @Test
  void aForeignAttemptTimesOutInTime() throws Exception {
    load(FOREIGN.formatted("timeout: 3s, retry: {maxAttempts: 1}"));
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      UUID run = start("foreign");
      awaitState(run, "by-sql", "triggered");
      awaitRest(coordinator);
      sql.queryForList("select from track_coordination.claim_work('by-sql', 'hangs', 1, '1 h')");
      awaitState(run, "by-sql", "timed_out");
      assertThat(error(run)).isEqualTo("timeout");
      assertThat(secondsBetween(run, "started", "timed_out")).isBetween(3.0, 6.0);
    }
  }

  @Test
  void whatNobodyClaimsTimesOutInTimeThoughOtherWorkMayWaitLonger() throws Exception {
    load(FOREIGN.formatted("triggerTimeout: 1s").replace("workflow: foreign", "workflow: hasty"));
    load(FOREIGN.formatted("triggerTimeout: 4s"));
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      awaitRest(coordinator);
      UUID run = start("foreign");
      awaitState(run, "by-sql", "timed_out");
      assertThat(error(run)).isEqualTo("trigger-timeout");
      assertThat(secondsBetween(run, "triggered", "timed_out")).isBetween(4.0, 7.0);
    }
  }

  @Test
  void aDeadlineOfARunThatWasStartedBySqlPassesInTime() throws Exception {
    load("deadline: 3s\n" + FOREIGN.formatted(""));
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      awaitRest(coordinator);
      UUID run = start("foreign");
      await().atMost(SOON).until(() -> "timed_out".equals(state(run)));
      assertThat(
              sql.queryForObject(
                  "select extract(epoch from finished_at - created_at) from track_coordination.runs where correlation_id = ?",
                  Double.class,
                  run))
          .isBetween(3.0, 6.0);
    }
  }

  @Test
  void aRetryIsClaimedWhenItIsDue() throws Exception {
    failing.set(true);
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      UUID run = start("intake");
      await().atMost(SOON).until(() -> count(run, "freee", "retried") == 1);
      failing.set(false);
      soon().until(() -> lookAhead(coordinator).isAtRest());
      assertThat(count(run, "freee", "started"))
          .as("it rests before the retry is due")
          .isEqualTo(1);
      await().atMost(SOON).until(() -> "completed".equals(state(run)));
      assertThat(secondsBetween(run, "retried", "completed")).isBetween(4.0, 6.5);
    }
  }

  @Test
  void aCircuitIsProbedWhenItHasRested() throws Exception {
    failing.set(true);
    Properties settings = new Properties();
    settings.put("circuit.minimum-calls", "1");
    settings.put("circuit.window", "1");
    settings.put("circuit.wait", "4s");
    try (Coordinator coordinator = coordinator(database, NO_NET, settings)) {
      UUID run = start("intake");
      await().atMost(SOON).until(() -> count(run, "freee", "failed") == 1);
      failing.set(false);
      soon().until(() -> lookAhead(coordinator).isAtRest());
      assertThat(count(run, "freee", "started")).as("it rests with the circuit").isEqualTo(1);
      await().atMost(SOON).until(() -> "completed".equals(state(run)));
      assertThat(secondsBetween(run, "failed", "completed")).isBetween(4.0, 8.0);
    }
  }

  @Test
  void anInstanceThatHearsNothingPollsEachSecond() throws Exception {
    DataSource deaf = new DeafSource(database.plain());
    try (Coordinator coordinator = coordinator(database, deaf, NO_NET, new Properties())) {
      startRuns("intake", 1);
      awaitRunsCompleted(1);
      Map<String, Long> before = calls();
      await()
          .atMost(Duration.ofSeconds(10))
          .until(
              () ->
                  since(before).entrySet().stream()
                      .filter(
                          each ->
                              each.getKey().contains("delete from track_coordination.event_queue"))
                      .anyMatch(each -> each.getValue() > 4));
      assertThat(lookAhead(coordinator).isAtRest()).isFalse();
      long begun = System.nanoTime();
      UUID run = UUID.randomUUID();
      insertCompleted(run);
      await().atMost(SOON).until(() -> "completed".equals(state(run)));
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(8));
    }
  }

  /** Another instance, whose drainer slept beside or was awake, dies: its locks go with it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void whenAnotherInstanceDiesTheOneAtRestHearsOfTheNextEvent(int lock) throws Exception {
    try (Connection another = database.plain().getConnection();
        Statement statement = another.createStatement()) {
      statement.execute("select pg_advisory_lock(8210, " + lock + ")");
      try (Coordinator coordinator = coordinator(database, NO_NET)) {
        awaitRest(coordinator);
        sql.queryForList(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
                + " and classid = 8210 and objid = ? and granted and mode = 'ExclusiveLock'"
                + " and pid <> pg_backend_pid()",
            lock);
        await()
            .atMost(SOON)
            .until(
                () ->
                    sql.queryForObject(
                            "select count(*) from pg_stat_activity where pid = ?",
                            Long.class,
                            another.unwrap(PGConnection.class).getBackendPID())
                        == 0);
        UUID run = UUID.randomUUID();
        insertCompleted(run);
        await().atMost(Duration.ofSeconds(8)).until(() -> "completed".equals(state(run)));
      }
    }
  }

  /**
   * A writer that saw a drainer awake tells nobody; the drainer waits for its commit, and looks.
   */
  @Test
  void whatASilentWriterCommitsLateIsSeen() throws Exception {
    UUID run = UUID.randomUUID();
    try (Connection writer = database.plain().getConnection();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute("set track.own = 'on'");
      statement.execute("select pg_try_advisory_xact_lock_shared(8210, 1)");
      statement.execute(
          """
          with written as (
            insert into processing_logs (correlation_id, track_id, event_type, payload)
            values ('%s', 'gmail', 'completed', '{}') returning *)
          insert into track_coordination.event_queue (event_id, event_type, correlation_id, track_id)
          select event_id, event_type, correlation_id, track_id from written
          """
              .formatted(run));
      Map<String, Long> before = calls();
      try (Coordinator coordinator = coordinator(database, NO_NET)) {
        soon()
            .until(
                () ->
                    since(before).keySet().stream()
                        .anyMatch(query -> query.contains("pg_try_advisory_lock_shared")));
        soon().until(() -> lookAhead(coordinator).isAtRest());
        writer.commit();
        await().atMost(Duration.ofSeconds(8)).until(() -> "completed".equals(state(run)));
      }
    }
  }
}
