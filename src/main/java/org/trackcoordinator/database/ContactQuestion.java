package org.trackcoordinator.database;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.trackcoordinator.contact.ContactWatch;
import org.trackcoordinator.contact.Suspicion;

/** Connects anew and asks whether this server takes changes. */
record ContactQuestion(DataSource source) implements ContactWatch.Question {

  private static final String SQL =
      "select pg_is_in_recovery(), current_setting('transaction_read_only')::boolean";

  @Override
  public void ask() throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(SQL)) {
      answer.next();
      if (answer.getBoolean(1)) {
        throw new SQLException("the server is a standby and takes no changes", Suspicion.READ_ONLY);
      }
      if (answer.getBoolean(2)) {
        throw new SQLException(
            "it is read-only (default_transaction_read_only is on)", Suspicion.READ_ONLY);
      }
    } catch (SQLException e) {
      throw new SQLException(ConnectionFailure.cause(e), e.getSQLState(), e);
    }
  }
}
