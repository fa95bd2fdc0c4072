package org.trackcoordinator.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One PostgreSQL for all tests of a JVM; each asks for a database of its own in it. An embedded
 * one; or with {@code -Dtracks.test.postgres=15} one of Debian's PostgreSQL 15; or that of the
 * system property {@code tracks.test.url}: the JDBC URL of its database {@code postgres} with the
 * login of somebody who may create databases. What is created there stays.
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
      server = startServer();
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

  private static String startServer() {
    String version = System.getProperty("tracks.test.postgres");
    if (version == null) {
      return EmbeddedDatabase.temporary().url();
    }
    if (!version.equals("15")) {
      throw new IllegalArgumentException("-Dtracks.test.postgres=" + version + ": 15 or nothing");
    }
    try {
      Path folder = Files.createTempDirectory("track-coordinator-");
      DebianServer debian = DebianServer.start(folder, "fsync = off");
      ShutdownHook.add("stop-postgresql", () -> stop(debian, folder));
      return debian.url();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void stop(DebianServer server, Path folder) {
    try {
      server.close();
      new ProcessBuilder("rm", "-r", folder.toString()).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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
