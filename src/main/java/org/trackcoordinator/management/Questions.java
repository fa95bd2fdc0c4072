package org.trackcoordinator.management;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.trackcoordinator.contact.Contact;

/**
 * Asks the database for those who look at MBeans: only when they look, on a connection of its own,
 * so that nothing waits for it, and not for long.
 */
final class Questions {

  private static final int PATIENCE_SECONDS = 5;

  private final DataSource connections;
  private final Contact contact;

  /**
   * @param connections not pooled
   * @param contact what is known of the database's being there
   */
  Questions(DataSource connections, Contact contact) {
    this.connections = connections;
    this.contact = contact;
  }

  /** One row of an answer. */
  interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  /**
   * Asks.
   *
   * @throws IllegalStateException why there is no answer, for people
   */
  <T> List<T> ask(String sql, Row<T> row, Object... parameters) {
    contact
        .absence()
        .ifPresent(
            absence -> {
              throw new IllegalStateException("The database is away: " + absence.cause());
            });
    try (Connection connection = connections.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setQueryTimeout(PATIENCE_SECONDS);
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      List<T> rows = new ArrayList<>();
      try (ResultSet answer = statement.executeQuery()) {
        while (answer.next()) {
          rows.add(row.read(answer));
        }
      }
      return rows;
    } catch (SQLException e) {
      // the whole of it may be of a class that whoever asks does not have
      throw new IllegalStateException(e.getMessage());
    }
  }
}
