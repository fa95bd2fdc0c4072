package org.trackcoordinator.bench;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DurableServer;
import org.trackcoordinator.database.Migrations;

/** A migrated database of the bench's own, on a server that is durable; dropped at the end. */
final class BenchDatabase implements AutoCloseable {

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

  private final BenchServer server;
  private final String name;
  private final String url;
  private final Database database;

  private BenchDatabase(BenchServer server, String name) {
    this.server = server;
    this.name = name;
    this.url = server.url().replaceFirst("^(jdbc:postgresql://[^/]+/)[^?]*", "$1" + name);
    this.database = DurableServer.open(url);
  }

  /**
   * Creates and migrates it.
   *
   * @throws UnfitServerException if the server may lose commits
   */
  static BenchDatabase create(BenchServer server) throws SQLException {
    return create(server, "track_bench_" + ProcessHandle.current().pid());
  }

  /** Another one on the same server. */
  BenchDatabase another(String suffix) throws SQLException {
    return create(server, name + "_" + suffix);
  }

  private static BenchDatabase create(BenchServer server, String name) throws SQLException {
    onServer(server, "create database " + name);
    BenchDatabase created = new BenchDatabase(server, name);
    try (Sql sql = created.sql()) {
      requireDurability(sql);
      Migrations.migrate(created.plain());
      sql.execute("create schema bench");
      for (String extension : List.of("pg_stat_statements", "pg_walinspect")) {
        createIfPossible(sql, extension);
      }
      return created;
    } catch (SQLException | RuntimeException e) {
      created.close();
      throw e;
    }
  }

  /** The JDBC URL. */
  String url() {
    return url;
  }

  /** As any other program sees the database. */
  DataSource plain() {
    return database.plain();
  }

  /** What a coordinator gets; close it. */
  Database open() {
    return DurableServer.open(url);
  }

  /** A connection for the bench's own questions. */
  Sql sql() throws SQLException {
    return new Sql(plain());
  }

  /** The server's settings that figures depend on. */
  Map<String, String> settings() throws SQLException {
    Map<String, String> settings = new LinkedHashMap<>();
    try (Sql sql = sql()) {
      for (String setting : WORTH_TELLING) {
        settings.put(setting, sql.text("select current_setting(?, true)", setting));
      }
    }
    return settings;
  }

  private static void requireDurability(Sql sql) throws SQLException {
    for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
      String value = sql.text("select current_setting(?)", setting);
      if (!value.equals("on")) {
        throw new UnfitServerException(
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

  private static void onServer(BenchServer server, String statement) throws SQLException {
    try (Database any = DurableServer.open(server.url());
        Sql sql = new Sql(any.plain())) {
      sql.execute(statement);
    }
  }

  @Override
  public void close() throws SQLException {
    database.close();
    onServer(server, "drop database " + name + " with (force)");
  }
}
