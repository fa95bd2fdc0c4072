package org.trackcoordinator.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** One embedded PostgreSQL for all tests of a JVM; each asks for a database of its own in it. */
public final class SharedPostgres {

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static EmbeddedDatabase server;

  private SharedPostgres() {}

  /** A new, empty database; its URL holds the login. */
  public static synchronized String newDatabaseUrl() {
    if (server == null) {
      server = EmbeddedDatabase.temporary();
    }
    String name = "test_" + COUNT.incrementAndGet();
    try (Connection connection = connect(server.url());
        Statement statement = connection.createStatement()) {
      statement.execute("create database " + name);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return server.url().replace("/postgres?", "/" + name + "?");
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
