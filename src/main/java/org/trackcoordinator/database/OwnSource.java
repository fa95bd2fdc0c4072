package org.trackcoordinator.database;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.regex.Pattern;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.util.PSQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.trackcoordinator.session.Pooler;
import org.trackcoordinator.session.SharedSession;

/**
 * Opens connections on which our own settings hold. Each one is asked once: where the session is
 * its own they were given with the connection, and statements are prepared on the server; where a
 * pooler took it, which may refuse such options or drop them, they go with each transaction.
 */
final class OwnSource extends AbstractDataSource {

  private static final Logger LOG = LoggerFactory.getLogger(OwnSource.class);

  private static final String ASK =
      "select pg_backend_pid(), coalesce(current_setting('track.own', true), '')";

  /** PgBouncer: {@code unsupported startup parameter: options}; others have words like these. */
  private static final Pattern REFUSES_OPTIONS = Pattern.compile("(?i)startup parameter|options");

  private final PGSimpleDataSource withOptions;
  private final PGSimpleDataSource without;
  private final Map<String, String> settings;
  private final int prepareThreshold;
  private final int prepareThresholdOfShared;
  private volatile boolean refused;
  private boolean told;

  /**
   * @param withOptions opens connections with the settings as options
   * @param without the same without any options
   * @param settings by name
   * @param prepareThreshold after how many executions a statement is prepared on the server; 0
   *     never
   * @param prepareThresholdOfShared the same behind a pooler
   */
  OwnSource(
      PGSimpleDataSource withOptions,
      PGSimpleDataSource without,
      Map<String, String> settings,
      int prepareThreshold,
      int prepareThresholdOfShared) {
    this.withOptions = withOptions;
    this.without = without;
    this.settings = settings;
    this.prepareThreshold = prepareThreshold;
    this.prepareThresholdOfShared = prepareThresholdOfShared;
    withOptions.setPrepareThreshold(0); // until it is known whose the session is
    without.setPrepareThreshold(0);
  }

  @Override
  public Connection getConnection() throws SQLException {
    return prepared(open());
  }

  @Override
  public Connection getConnection(String username, String password) {
    throw new UnsupportedOperationException("the login is that of the URL");
  }

  /** In seconds; as long the pool waits, when it closes, for a connection that is being opened. */
  @Override
  public int getLoginTimeout() {
    return withOptions.getLoginTimeout();
  }

  private Connection open() throws SQLException {
    if (refused) {
      return without.getConnection();
    }
    try {
      return withOptions.getConnection();
    } catch (PSQLException e) {
      if (e.getServerErrorMessage() == null
          || !REFUSES_OPTIONS.matcher(String.valueOf(e.getMessage())).find()) {
        throw e;
      }
      refused = true;
      return without.getConnection();
    }
  }

  private Connection prepared(Connection connection) throws SQLException {
    try {
      boolean behind;
      boolean set;
      try (Statement statement = connection.createStatement();
          ResultSet answer = statement.executeQuery(ASK)) {
        answer.next();
        behind = Pooler.isBehind(connection, answer.getInt(1));
        set = answer.getString(2).equals("on");
      }
      refused &= behind; // after a fail-over there may be none
      PGConnection postgres = connection.unwrap(PGConnection.class);
      if (set && !behind) {
        postgres.setPrepareThreshold(prepareThreshold);
        return connection;
      }
      tell(behind);
      postgres.setPrepareThreshold(prepareThresholdOfShared);
      return SharedSession.of(connection, settings);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  private synchronized void tell(boolean behind) {
    if (!told) {
      told = true;
      LOG.info(
          "{}: our settings go with each transaction, see docs/pgbouncer.md",
          behind
              ? "A connection pooler stands before the database"
              : "What stands before the database drops the options of connections");
    }
  }
}
