package org.trackcoordinator.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One PostgreSQL for all tests of a JVM; each asks for a database of its own in it. An embedded
 * one, or that of the system property {@code tracks.test.url}: the JDBC URL of its database {@code
 * postgres} with the login of somebody who may create databases. What is created there stays.
 */
public final class SharedPostgres {

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static String server;

  private SharedPostgres() {}

  /** A new, empty database; its URL holds the login. */
  public static synchronized String newDatabaseUrl() {
    if (server == null) {
      server = System.getProperty("tracks.test.url");
    }
    if (server == null) {
      server = EmbeddedDatabase.temporary().url();
    }
    String name = "test_" + ProcessHandle.current().pid() + "_" + COUNT.incrementAndGet();
    try (Connection connection = connect(server);
        Statement statement = connection.createStatement()) {
      statement.execute("create database " + name);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return server.replace("/postgres?", "/" + name + "?");
  }

  /** A new, empty database, ready for use. */
  public static Database newDatabase() {
    DataSources sources = new DataSources(newDatabaseUrl(), Optional.empty(), Optional.empty());
    return new Database(sources, "a test's database", null);
  }

  private static Connection connect(String url) throws SQLException {
    return new DataSources(url, Optional.empty(), Optional.empty()).plain().getConnection();
  }
}
