package org.trackcoordinator.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.contact.Contact;
import org.trackcoordinator.contact.Suspicion;

/** A pool that reports what fails, and keeps no connection to a server that takes no changes. */
final class WatchedPool extends HikariDataSource {

  private static final Logger LOG = LoggerFactory.getLogger(WatchedPool.class);
  private static final long TELL_EVERY_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Contact contact;
  private long toldAt = System.nanoTime() - TELL_EVERY_NANOS;

  private WatchedPool(HikariConfig config, Contact contact) {
    super(config);
    this.contact = contact;
  }

  static WatchedPool of(HikariConfig config, Contact contact) {
    Failures failures = new Failures(contact);
    config.setExceptionOverride(failures);
    WatchedPool pool = new WatchedPool(config, contact);
    failures.pool = pool;
    contact.atReturn(pool::evictAll);
    return pool;
  }

  @Override
  public Connection getConnection() throws SQLException {
    try {
      return super.getConnection();
    } catch (SQLTransientConnectionException e) {
      HikariPoolMXBean state = getHikariPoolMXBean();
      if (contact.absence().isEmpty() && state.getActiveConnections() >= getMaximumPoolSize()) {
        tellExhausted(state);
      } else {
        contact.failed(e);
      }
      throw e;
    }
  }

  private synchronized void tellExhausted(HikariPoolMXBean state) {
    long now = System.nanoTime();
    if (now - toldAt >= TELL_EVERY_NANOS) {
      toldAt = now;
      LOG.warn(
          "All {} connections to the database were in use for {} s, {} more are waited for; work goes on as they are given back",
          getMaximumPoolSize(),
          TimeUnit.MILLISECONDS.toSeconds(getConnectionTimeout()),
          state.getThreadsAwaitingConnection());
    }
  }

  private void evictAll() {
    HikariPoolMXBean state = getHikariPoolMXBean();
    if (state != null) {
      state.softEvictConnections();
    }
  }

  /** Hears of each failure on each connection of the pool. */
  private static final class Failures implements SQLExceptionOverride {

    private final Contact contact;
    private volatile WatchedPool pool;

    private Failures(Contact contact) {
      this.contact = contact;
    }

    @java.lang.Override
    public Override adjudicate(SQLException failure) {
      contact.failed(failure);
      if (Suspicion.READ_ONLY.equals(failure.getSQLState())) {
        if (pool != null) {
          pool.evictAll(); // the others lead there as well
        }
        return Override.MUST_EVICT;
      }
      return Override.CONTINUE_EVICT;
    }
  }
}
