package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.Statement;
import java.util.Properties;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Queues whose rows are dead soon stay small, whatever else autovacuum has to do. */
class QueueVacuumIT {

  private static final String STATISTICS =
      " from pg_stat_all_tables where relid = cast('track_coordination.event_queue' as regclass)";

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  @BeforeEach
  void autovacuumIsElsewhere() {
    autovacuum("off");
    database.sql().execute("vacuum track_coordination.event_queue");
    database
        .sql()
        .execute(
            "select pg_stat_reset_single_table_counters(cast('track_coordination.event_queue' as regclass))");
    await().until(() -> vacuums() == 0 && deadRows() == 0);
  }

  @AfterEach
  void autovacuumIsBack() {
    autovacuum("on");
  }

  @Test
  void manyDeadRowsAreClearedAwayWhileSomethingMoves() throws Exception {
    database.load("workflow: single\ntracks:\n  scan: {}\n");
    Properties settings = new Properties();
    settings.setProperty("backpressure.interval", "50");
    leaveDeadRows(30_000); // before there is somebody who might clear them away unseen
    try (Coordinator coordinator = database.coordinator().with(settings).start()) {
      database.startRun("single");
      await().until(() -> vacuums() > 0 && deadRows() < 20_000);
    }
  }

  @Test
  void fewDeadRowsAreLeftToAutovacuum() throws Exception {
    try (Coordinator coordinator = database.coordinator().start()) {
      leaveDeadRows(10_000);
      vacuumIfItPays(coordinator);
      assertThat(vacuums()).isZero();
    }
  }

  @Test
  void deadRowsThatAHeldSnapshotKeepsAreNotVacuumedAgainAndAgain() throws Exception {
    try (Connection other = database.plain().getConnection();
        Coordinator coordinator = database.coordinator().start()) {
      other.setAutoCommit(false);
      other.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      try (Statement statement = other.createStatement()) {
        statement.execute("select count(*) from track_coordination.event_queue");
      }
      leaveDeadRows(500_000);
      vacuumIfItPays(coordinator);
      await().until(() -> vacuums() == 1);
      assertThat(deadRows()).isGreaterThanOrEqualTo(500_000);
      vacuumIfItPays(coordinator); // within the 10 s that they are worth
      assertThat(vacuums()).isEqualTo(1);
    }
  }

  private void autovacuum(String setting) {
    database
        .sql()
        .execute(
            "alter table track_coordination.event_queue set (autovacuum_enabled = %s)"
                .formatted(setting));
  }

  /** In one transaction, so that nobody takes them for events. */
  private void leaveDeadRows(int rows) {
    database
        .sql()
        .execute(
            """
            begin;
            insert into track_coordination.event_queue (event_id, event_type)
            select n, 'dead' from generate_series(1, %d) n;
            delete from track_coordination.event_queue where event_type = 'dead';
            commit;
            select pg_stat_force_next_flush();
            """
                .formatted(rows));
    await().until(() -> deadRows() >= rows);
  }

  private static void vacuumIfItPays(Coordinator coordinator) {
    Exchange answer =
        coordinator.camel().createProducerTemplate().send("direct:vacuum-queues", e -> {});
    assertThat(answer.getException()).isNull();
  }

  private long vacuums() {
    return database.count("select vacuum_count" + STATISTICS);
  }

  private long deadRows() {
    return database.count("select n_dead_tup" + STATISTICS);
  }
}
