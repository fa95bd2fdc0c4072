package org.trackcoordinator.database;

import com.zaxxer.hikari.HikariDataSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.contact.Contact;
import org.trackcoordinator.contact.ContactWatch;

/**
 * The database of this process: its connections and, if it is our own, its server.
 *
 * <p>It closes itself when the process is asked to stop. All shutdown hooks of a process run at
 * once; what needs the database until its end registers with {@link #beforeClose}.
 */
public final class Database implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final long POOL_CLOSE_MILLIS = 500;

  private final DataSources sources;
  private final DataSource plain;
  private final String description;
  private final EmbeddedDatabase embedded;
  private final Deque<Runnable> beforeClose = new ArrayDeque<>();
  private final Object closing = new Object();
  private final ShutdownHook hook;
  private final Contact contact = new Contact();
  private HikariDataSource pool;
  private ContactWatch watch;
  private boolean closed;

  Database(DataSources sources, String description, EmbeddedDatabase embedded) {
    this.sources = sources;
    this.plain = sources.plain();
    this.description = description;
    this.embedded = embedded;
    this.hook = ShutdownHook.add("close-database", this::close);
    if (embedded != null) {
      embedded.withoutShutdownHook();
    }
  }

  /**
   * The pool for the coordinator's own statements: up to 12 connections, one while nothing is done,
   * with the session settings that these rely on, among them {@code track.own}. Made when first
   * asked for.
   */
  public synchronized HikariDataSource pool() {
    if (closed) {
      throw new IllegalStateException("The database is closed");
    }
    if (pool == null) {
      pool = sources.pool(contact);
      watch = new ContactWatch(contact, new ContactQuestion(sources.contact()));
    }
    return pool;
  }

  /**
   * A new connection for each call, with the server's own settings and no limit on how long a
   * statement may take: for queries of people, migrations and LISTEN.
   */
  public DataSource plain() {
    return plain;
  }

  /** What this process knows of the database's being there; it is watched once there is a pool. */
  public Contact contact() {
    return contact;
  }

  /** The JDBC URL as configured; for an embedded server one that other processes can use. */
  public String url() {
    return sources.url();
  }

  /** What and where it is, without secrets: for people. */
  public String description() {
    return description;
  }

  /** Our own server, if it is one. */
  public Optional<EmbeddedDatabase> embedded() {
    return Optional.ofNullable(embedded);
  }

  /**
   * Adds something to end before the connections do; the last one added goes first. It may be
   * called on any thread and must not wait for one that closes this database.
   */
  public synchronized void beforeClose(Runnable action) {
    beforeClose.push(action);
  }

  /** Ends what was registered, then the connections, then the server if it was started here. */
  @Override
  public void close() {
    synchronized (closing) {
      Runnable action = next();
      while (action != null) {
        try {
          action.run();
        } catch (RuntimeException e) {
          LOG.warn("Something did not end in order before the database closed", e);
        }
        action = next();
      }
      closeConnections();
    }
  }

  private synchronized Runnable next() {
    return beforeClose.poll();
  }

  private synchronized void closeConnections() {
    if (closed) {
      return;
    }
    closed = true;
    hook.remove();
    if (pool != null) {
      watch.close();
      closePool();
    }
    if (embedded != null) {
      embedded.close();
    }
  }

  /** While the database is away HikariCP waits for its own pause, up to 5 s; nobody else need. */
  private void closePool() {
    Thread thread = new Thread(pool::close, "close-pool");
    thread.setDaemon(true);
    thread.start();
    try {
      thread.join(POOL_CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
