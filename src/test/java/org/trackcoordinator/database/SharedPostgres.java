package org.trackcoordinator.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  private SharedPostgres() {}

  /** Whoever asks the test kit for a server himself says so before: it is the same one. */
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
