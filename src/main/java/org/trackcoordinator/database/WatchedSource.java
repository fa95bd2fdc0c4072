package org.trackcoordinator.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.trackcoordinator.contact.Contact;

/**
 * Opens the connections of the pool. While the database is away it tries nothing and waits, so that
 * the pool gets its first connection at the moment of the return and not after a pause of its own.
 *
 * <p>What was open before an absence is closed after it: such a connection may wait for an answer
 * that was lost, or lead to a server that is no longer the primary.
 */
final class WatchedSource extends DelegatingDataSource {

  private static final Logger LOG = LoggerFactory.getLogger(WatchedSource.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Contact contact;
  private final Set<Connection> opened = Collections.newSetFromMap(new WeakHashMap<>());

  WatchedSource(DataSource source, Contact contact) {
    super(source);
    this.contact = contact;
    contact.atReturn(this::abortAll);
  }

  @Override
  public Connection getConnection() throws SQLException {
    try {
      if (!contact.awaitReturn(PATIENCE)) {
        throw new SQLTransientConnectionException("The database is away", "08001");
      }
      Connection connection = super.getConnection();
      synchronized (opened) {
        opened.add(connection);
      }
      return connection;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLTransientConnectionException("The pool is closed", "08003", e);
    } catch (SQLException e) {
      contact.failed(e);
      throw e;
    }
  }

  private void abortAll() {
    List<Connection> before;
    synchronized (opened) {
      before = List.copyOf(opened);
      opened.clear();
    }
    for (Connection connection : before) {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException e) {
        LOG.debug("a connection from before the absence can't be closed", e);
      }
    }
  }
}
