package org.trackcoordinator.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DurableServer;
import org.trackcoordinator.database.Migrations;

/**
 * The PostgreSQL that is measured, durable or refused, with a migrated database of the bench's own:
 * an embedded server with settings as a small server has them, or that of a URL as it stands.
 */
final class BenchServer implements AutoCloseable {

  private static final Map<String, String> SETTINGS =
      Map.of(
          "shared_buffers", "1GB",
          "max_wal_size", "8GB",
          "checkpoint_timeout", "30min",
          "jit", "off",
          "shared_preload_libraries", "pg_stat_statements");

  private static final List<String> WORTH_TELLING =
      List.of(
          "server_version",
          "shared_buffers",
          "max_wal_size",
          "checkpoint_timeout",
          "jit",
          "fsync",
          "synchronous_commit",
          "full_page_writes",
          "wal_compression",
          "shared_preload_libraries");

  private static final String DATABASE = "track_bench_" + ProcessHandle.current().pid();

  private final DurableServer embedded;
  private final Path folder;
  private final String serverUrl;
  private final String name;
  private final String url;

  private BenchServer(DurableServer embedded, Path folder, String serverUrl, String name)
      throws SQLException {
    this.name = name;
    this.embedded = embedded;
    this.folder = folder;
    this.serverUrl = serverUrl;
    this.url = serverUrl.replaceFirst("^(jdbc:postgresql://[^/]+/)[^?]*", "$1" + name);
    try (Database server = DurableServer.open(serverUrl);
        Sql sql = new Sql(server.plain())) {
      sql.execute("create database " + name);
    }
    try (Sql sql = sql()) {
      Migrations.migrate(plain());
      sql.execute("create schema bench");
      requireDurability(sql);
      for (String extension : List.of("pg_stat_statements", "pg_walinspect")) {
        createIfPossible(sql, extension);
      }
    }
  }

  /** Starts an embedded one in a new temporary folder, which is deleted at the end. */
  static BenchServer embedded() throws IOException, SQLException {
    Path folder = Folders.create();
    Path data = folder.resolve("postgres");
    try (DurableServer first = new DurableServer(data);
        Database database = first.open();
        Sql sql = new Sql(database.plain())) {
      for (Map.Entry<String, String> setting : SETTINGS.entrySet()) {
        sql.execute("alter system set %s = '%s'".formatted(setting.getKey(), setting.getValue()));
      }
    }
    DurableServer server = new DurableServer(data);
    return new BenchServer(server, folder, server.url(), DATABASE);
  }

  /**
   * Uses a server that runs already.
   *
   * @param url of a database of it, with the login of somebody who may create databases
   */
  static BenchServer at(String url) throws SQLException {
    return new BenchServer(null, null, url, DATABASE);
  }

  /** Another database on the same server, dropped when it is closed. */
  BenchServer another(String suffix) throws SQLException {
    return new BenchServer(null, null, serverUrl, name + "_" + suffix);
  }

  /** The JDBC URL of the bench's database. */
  String url() {
    return url;
  }

  /** As any other program sees the database. */
  DataSource plain() {
    return DurableServer.open(url).plain();
  }

  /** What a coordinator gets; close it. */
  Database open() {
    return DurableServer.open(url);
  }

  /** A connection for the bench's own questions. */
  Sql sql() throws SQLException {
    return new Sql(plain());
  }

  /** The settings that figures depend on. */
  Map<String, String> settings() throws SQLException {
    Map<String, String> settings = new LinkedHashMap<>();
    try (Sql sql = sql()) {
      for (String name : WORTH_TELLING) {
        settings.put(name, sql.text("select current_setting(?, true)", name));
      }
    }
    return settings;
  }

  private static void requireDurability(Sql sql) throws SQLException {
    for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
      String value = sql.text("select current_setting(?)", setting);
      if (!value.equals("on")) {
        throw new IllegalStateException(
            setting + " is " + value + ": figures of a server that may lose commits say nothing");
      }
    }
  }

  private static void createIfPossible(Sql sql, String extension) {
    try {
      sql.execute("create extension if not exists " + extension);
    } catch (SQLException e) {
      System.err.println(extension + " can't be used here: " + e.getMessage());
    }
  }

  @Override
  public void close() throws SQLException, IOException {
    if (embedded == null) {
      try (Database server = DurableServer.open(serverUrl);
          Sql sql = new Sql(server.plain())) {
        sql.execute("drop database " + name + " with (force)");
      }
      return;
    }
    embedded.close();
    Folders.delete(folder);
  }
}
