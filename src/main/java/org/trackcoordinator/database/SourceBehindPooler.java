package org.trackcoordinator.database;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.trackcoordinator.session.SharedSession;

/**
 * Gives Flyway what it wants of a session where a pooler gives each transaction another one. Its
 * settings go with each transaction. Its lock is taken on a connection of its own, whose
 * transaction stays open until the lock is let go, so that the session stays the same; when the
 * process dies the pooler closes it, and the lock goes.
 */
final class SourceBehindPooler extends DelegatingDataSource {

  private static final Pattern LOCK =
      Pattern.compile("(?i)select\\s+pg_(?:try_)?advisory_(?:un)?lock\\(-?\\d+\\)");

  /** The search path of the session, which Flyway gives back when it closes a connection. */
  private static final Pattern SEARCH_PATH =
      Pattern.compile("(?i)(select\\s+set_config\\('search_path',\\s*\\?,\\s*)false\\)");

  private Connection locking; // null while there is no lock

  SourceBehindPooler(DataSource source) {
    super(source);
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = super.getConnection();
    try {
      // Flyway finds the search path that it wants, and need not change it
      Map<String, String> settings = new HashMap<>(FlywaySetup.SETTINGS);
      settings.put("search_path", Migrations.SCHEMA + "," + searchPath(connection));
      return forFlyway(SharedSession.of(connection, settings));
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  private static String searchPath(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet path = statement.executeQuery("show search_path")) {
      path.next();
      return path.getString(1);
    }
  }

  private Connection forFlyway(Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            SourceBehindPooler.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (self, method, arguments) -> {
              if (method.getName().equals("prepareStatement")) {
                String sql = (String) arguments[0];
                if (LOCK.matcher(sql).matches()) {
                  return answer(connection, lock(sql));
                }
                arguments[0] = SEARCH_PATH.matcher(sql).replaceFirst("$1true)");
              }
              try {
                return method.invoke(connection, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static PreparedStatement answer(Connection connection, boolean answer)
      throws SQLException {
    return connection.prepareStatement("select %s as pg_try_advisory_lock".formatted(answer));
  }

  /** Returns what Flyway's statement about its lock answers. */
  private boolean lock(String sql) throws SQLException {
    if (locking == null) {
      locking = super.getConnection();
      locking.setAutoCommit(false);
    }
    boolean holds = false;
    try (Statement statement = locking.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      boolean answer = row.getBoolean(1);
      holds = answer && !sql.contains("unlock");
      if (holds) {
        // "create index concurrently" waits for whoever has a snapshot; this has none
        statement.execute("set local idle_in_transaction_session_timeout = 0");
      }
      return answer;
    } finally {
      if (!holds) {
        letGo();
      }
    }
  }

  private void letGo() throws SQLException {
    try (Connection done = locking) {
      locking = null;
      done.rollback(); // else the pooler closes the session, which others could use
    }
  }
}
