package org.trackcoordinator.bench;

import java.sql.SQLException;

/** Runs that are started in one transaction, which the clock waits for. */
final class Runs implements AutoCloseable {

  private final Sql starter;
  private final Ground ground;

  private Runs(Sql starter, Ground ground) {
    this.starter = starter;
    this.ground = ground;
  }

  /** Writes them; nobody sees them before {@link #commit}. */
  static Runs enqueue(Bed bed, int definition, int runs) throws SQLException {
    Sql starter = bed.database().sql();
    starter.begin();
    starter.number(
        "select count(*) from track_coordination.start_runs(?::int, ?::int)", definition, runs);
    return new Runs(starter, bed.ground());
  }

  void commit() throws SQLException {
    starter.commit();
  }

  /** Returns when none is running any more. */
  void awaitEnd() throws SQLException, InterruptedException {
    ground
        .sql()
        .await(
            "all runs ended",
            "select not exists (select from track_coordination.runs where state = 'running')");
  }

  @Override
  public void close() throws SQLException {
    starter.close();
  }
}
