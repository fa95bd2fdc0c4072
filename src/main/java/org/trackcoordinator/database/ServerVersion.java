package org.trackcoordinator.database;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The version of a PostgreSQL server.
 *
 * @param number as {@code server_version_num} tells it: 150004 for 15.4
 * @param text as the server prints it
 */
record ServerVersion(int number, String text) {

  static final int OLDEST = 15;
  private static final int PER_MAJOR = 10_000;

  static ServerVersion of(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select current_setting('server_version_num')::int,"
                    + " current_setting('server_version')")) {
      row.next();
      return new ServerVersion(row.getInt(1), row.getString(2));
    }
  }

  /**
   * Lets supported versions pass.
   *
   * @throws DatabaseException naming both versions if this one is too old
   */
  ServerVersion requireSupported(String place) {
    if (number / PER_MAJOR < OLDEST) {
      throw new DatabaseException(
          "The database %s is PostgreSQL %s; %d or newer is needed".formatted(place, text, OLDEST));
    }
    return this;
  }
}
