package org.trackcoordinator.bench;

import java.sql.SQLException;
import org.trackcoordinator.coordinator.DefinitionStore;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.workflow.Definition;

/** The state of the database that a round begins with. */
final class Ground implements AutoCloseable {

  private final BenchServer server;
  private final Sql sql;

  Ground(BenchServer server) throws SQLException {
    this.server = server;
    this.sql = server.sql();
    try {
      sql.execute("set pg_stat_statements.track = 'none'"); // its own questions are nobody's cost
    } catch (SQLException e) {
      System.err.println("the bench's own questions are counted, too: " + e.getMessage());
    }
  }

  /** Empties all tables that fill, and lets the server forget what it knew of them. */
  void clear() throws SQLException {
    sql.execute("truncate " + CoordinatedDatabase.TABLES, "vacuum analyze");
  }

  /** So that no checkpoint of earlier work falls into the next. */
  void checkpoint() throws SQLException {
    sql.execute("checkpoint");
  }

  Sql sql() {
    return sql;
  }

  /** Stores a definition, if it is not there yet; returns its id. */
  int store(Definition definition) {
    try (Database database = server.open()) {
      return new DefinitionStore(database.pool(), "bench").store(definition);
    }
  }

  /**
   * That all runs completed, each activation once and in order, and of so many hops.
   *
   * @throws IllegalStateException if not
   */
  void requireCompleted(long hops) throws SQLException {
    String wrong =
        sql.text(
            """
            select concat_ws(', ', o.activations || ' hops', o.duplicates || ' duplicates',
                             o.order_violations || ' too early', o.unfinished || ' runs unfinished')
              from track_coordination.count_outcomes(array(select correlation_id from track_coordination.runs)) o
             where o.activations <> ? or o.duplicates + o.order_violations + o.unfinished <> 0
            """,
            hops);
    if (wrong != null) {
      throw new IllegalStateException("of " + hops + " hops: " + wrong);
    }
  }

  /**
   * That what is stored breaks no invariant.
   *
   * @throws IllegalStateException if it does
   */
  void requireSound() throws SQLException {
    String broken = sql.text("select a::text from track_coordination.audit() a limit 1");
    if (broken != null) {
      throw new IllegalStateException("audit: " + broken);
    }
  }

  @Override
  public void close() throws SQLException {
    sql.close();
  }
}
