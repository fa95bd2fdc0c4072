package org.trackcoordinator.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.awaitility.Awaitility;

/** One connection of the bench's own that stays open, in autocommit unless said otherwise. */
final class Sql implements AutoCloseable {

  private final Connection connection;

  Sql(DataSource source) throws SQLException {
    this.connection = source.getConnection();
  }

  Connection connection() {
    return connection;
  }

  /** Statements without parameters and results. */
  void execute(String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Starts runs of a stored definition; in a transaction nobody sees them before its commit. */
  void startRuns(int definition, int runs) throws SQLException {
    number("select count(*) from track_coordination.start_runs(?::int, ?::int)", definition, runs);
  }

  /** The first column of the first row, as a number; a null is 0. */
  long number(String query, Object... parameters) throws SQLException {
    String text = text(query, parameters);
    return text == null ? 0 : Long.parseLong(text);
  }

  /** The first column of the first row; null without a row. */
  String text(String query, Object... parameters) throws SQLException {
    try (PreparedStatement statement = prepare(query, parameters);
        ResultSet rows = statement.executeQuery()) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  /** The first column of all rows. */
  List<String> list(String query, Object... parameters) throws SQLException {
    try (PreparedStatement statement = prepare(query, parameters);
        ResultSet rows = statement.executeQuery()) {
      List<String> list = new ArrayList<>();
      while (rows.next()) {
        list.add(rows.getString(1));
      }
      return list;
    }
  }

  private PreparedStatement prepare(String query, Object... parameters) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(query);
    for (int index = 0; index < parameters.length; index++) {
      statement.setObject(index + 1, parameters[index]);
    }
    return statement;
  }

  boolean isTrue(String query, Object... parameters) throws SQLException {
    return "t".equals(text(query, parameters));
  }

  void begin() throws SQLException {
    connection.setAutoCommit(false);
  }

  void commit() throws SQLException {
    connection.commit();
    connection.setAutoCommit(true);
  }

  /**
   * Asks every few milliseconds until the answer is yes.
   *
   * @throws org.awaitility.core.ConditionTimeoutException after two minutes
   */
  void await(String what, String query, Object... parameters) {
    Awaitility.await(what)
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(3))
        .pollInSameThread() // its connection is this thread's
        .until(() -> isTrue(query, parameters));
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
