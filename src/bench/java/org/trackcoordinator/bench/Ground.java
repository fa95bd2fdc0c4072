package org.trackcoordinator.bench;

import java.sql.SQLException;
import org.trackcoordinator.coordinator.DefinitionStore;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.workflow.Definition;

/** The state of the database that a round begins with. */
final class Ground implements AutoCloseable {

  private final BenchDatabase database;
  private final boolean keeps;
  private final Sql sql;
  private String before;

  private Ground(BenchDatabase database, boolean keeps) throws SQLException {
    this.database = database;
    this.keeps = keeps;
    this.sql = database.sql();
    try {
      sql.execute("set pg_stat_statements.track = 'none'"); // its own questions are nobody's cost
    } catch (SQLException e) {
      System.err.println("the bench's own questions are counted, too: " + e.getMessage());
    }
  }

  /** Empty before each round. */
  static Ground emptied(BenchDatabase database) throws SQLException {
    return new Ground(database, false);
  }

  /** With all that is there already. */
  static Ground keeping(BenchDatabase database) throws SQLException {
    return new Ground(database, true);
  }

  /**
   * Empties all tables that fill, unless they are kept, and lets the server forget what it knew of
   * them.
   */
  void clear() throws SQLException {
    if (!keeps) {
      sql.execute("truncate " + CoordinatedDatabase.TABLES);
    }
    sql.execute("vacuum analyze");
    before = sql.text("select track_coordination.new_correlation_id()");
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
    try (Database opened = database.open()) {
      return new DefinitionStore(opened.pool(), "bench").store(definition);
    }
  }

  /**
   * Waits until no run that was started since the tables were cleared is running. Asked from the
   * newest on, by key: it must not read what was there before.
   */
  void awaitRunsEnd() {
    sql.await(
        "all runs ended",
        """
        select (select correlation_id from track_coordination.runs where correlation_id > ?::uuid and state = 'running'
                 order by correlation_id desc limit 1) is null
        """,
        before);
  }

  /**
   * That all runs since the tables were cleared completed, each activation once and in order, and
   * of so many hops.
   *
   * @throws IllegalStateException if not
   */
  void requireCompleted(long hops) throws SQLException {
    String wrong =
        sql.text(
            """
            select concat_ws(', ', o.activations || ' hops', o.duplicates || ' duplicates',
                             o.order_violations || ' too early', o.unfinished || ' runs unfinished')
              from track_coordination.count_outcomes(array(select correlation_id from track_coordination.runs where correlation_id > ?::uuid)) o
             where o.activations <> ? or o.duplicates + o.order_violations + o.unfinished <> 0
            """,
            before,
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
