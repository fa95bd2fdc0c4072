package org.trackcoordinator.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.trackcoordinator.testkit.TestServer;

/**
 * Databases for tests in the one PostgreSQL of this JVM; {@link TestServer} says which it is. With
 * {@code -Dtracks.test.postgres=15} it is one of Debian's PostgreSQL 15, which ends with the JVM.
 */
public final class SharedPostgres {

  private static final String VERSION = "tracks.test.postgres";

  static {
    String version = System.getProperty(VERSION);
    if (version != null) {
      System.setProperty("tracks.test.url", startDebian(version));
    }
  }

  private static String migratedUrl; // of the database that others are copies of
  private static int copies;

  private SharedPostgres() {}

  /** Said before anybody asks the test kit for a server, which is then the same one. */
  public static void choose() {
    // it is chosen when this class is loaded
  }

  /** A new, empty database; its URL holds the login. */
  public static String newDatabaseUrl() {
    return TestServer.newDatabaseUrl();
  }

  /** A new, empty database, ready for use. */
  public static Database newDatabase() {
    return Databases.at(newDatabaseUrl());
  }

  /**
   * A new database that is migrated already: a copy of one that is migrated once in this JVM, which
   * is much cheaper. Its URL holds the login.
   */
  public static synchronized String newMigratedDatabaseUrl() {
    if (migratedUrl == null) {
      String url = newDatabaseUrl();
      try (Database database = Databases.at(url)) {
        Migrations.migrate(database.plain());
      }
      migratedUrl = url;
    }
    String template = migratedUrl.replaceAll("[^?]*/([^/?]+)[?].*", "$1");
    String copy = template + "_" + ++copies;
    try (Connection connection = DriverManager.getConnection(inUrl(template, "postgres"));
        Statement statement = connection.createStatement()) {
      statement.execute("create database %s template %s".formatted(copy, template));
    } catch (SQLException e) {
      throw new IllegalStateException("no migrated database can be made", e);
    }
    return inUrl(template, copy);
  }

  private static String inUrl(String template, String name) {
    return migratedUrl.replace("/" + template + "?", "/" + name + "?");
  }

  /** A new database that is migrated already, ready for use. */
  public static Database newMigratedDatabase() {
    return Databases.at(newMigratedDatabaseUrl());
  }

  private static String startDebian(String version) {
    if (!version.equals("15")) {
      throw new IllegalArgumentException("-D%s=%s: 15 or nothing".formatted(VERSION, version));
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
}
