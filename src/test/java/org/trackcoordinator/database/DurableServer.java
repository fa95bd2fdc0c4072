package org.trackcoordinator.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A PostgreSQL of a test's own, with durability on, that crashes and comes back where it was. */
public final class DurableServer implements AutoCloseable {

  private final Path folder;
  private EmbeddedDatabase server;

  /**
   * Starts it, or uses the one that runs there.
   *
   * @param folder for the data, empty or not there yet
   */
  public DurableServer(Path folder) {
    this.folder = folder;
    this.server = EmbeddedDatabase.in(folder);
  }

  public String url() {
    return server.url();
  }

  /** What a client gets from it; not for longer than it stands. */
  public Database open() {
    return new Database(
        new DataSources(url(), Optional.empty(), Optional.empty()), "a test's server", null);
  }

  /**
   * What a client gets that knows several servers and wants the one that is the primary; not for
   * longer than they stand.
   */
  public static Database open(DurableServer... servers) {
    StringBuilder hosts = new StringBuilder();
    for (DurableServer server : servers) {
      hosts.append(hosts.isEmpty() ? "" : ",").append("localhost:").append(server.server.port());
    }
    return open("jdbc:postgresql://" + hosts + "/postgres?user=postgres");
  }

  /** What a client gets at this URL. */
  public static Database open(String url) {
    return new Database(
        new DataSources(url, Optional.empty(), Optional.empty()), "a test's server", null);
  }

  public int port() {
    return server.port();
  }

  /**
   * Makes a standby that follows this server, and lets this server answer no commit before the
   * standby has it.
   *
   * @param standby a folder that is not there yet
   */
  public DurableServer withStandby(Path standby) throws IOException, SQLException {
    server.close();
    copy(folder, standby);
    server = EmbeddedDatabase.in(folder);
    Files.createFile(standby.resolve("standby.signal"));
    Files.writeString(
        standby.resolve("postgresql.auto.conf"),
        "primary_conninfo = 'host=localhost port=%d user=postgres'%n".formatted(server.port()));
    DurableServer follower = new DurableServer(standby);
    execute("alter system set synchronous_standby_names = '*'");
    execute("select pg_reload_conf()");
    return follower;
  }

  /** Makes a standby the primary. */
  public void promote() throws SQLException {
    execute("select pg_promote(true, 30)");
  }

  /** {@code kill -STOP}: all connections stay open and nobody answers. */
  public void silence() throws IOException, InterruptedException {
    signal("-STOP");
  }

  /** {@code kill -CONT} */
  public void speak() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    ProcessHandle postmaster =
        ProcessHandle.of(PostmasterFile.read(folder).orElseThrow().pid()).orElseThrow();
    List<String> command = new ArrayList<>(List.of("kill", signal, "" + postmaster.pid()));
    postmaster.descendants().forEach(child -> command.add("" + child.pid()));
    new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection =
            new DataSources(url(), Optional.empty(), Optional.empty()).plain().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Process copy =
        new ProcessBuilder("cp", "-a", from.toString(), to.toString()).inheritIO().start();
    try {
      if (copy.waitFor() != 0) {
        throw new IOException(from + " can't be copied");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** {@code pg_ctl stop -m immediate}: no checkpoint, no goodbye. */
  public void crash() throws IOException, InterruptedException {
    PostmasterFile running = PostmasterFile.read(folder).orElseThrow();
    String postgres = ProcessHandle.of(running.pid()).orElseThrow().info().command().orElseThrow();
    List<String> command = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      command.addAll(List.of("unshare", "-U")); // pg_ctl refuses to run as root
    }
    command.add(Path.of(postgres).resolveSibling("pg_ctl").toString());
    command.addAll(List.of("stop", "-m", "immediate", "-w", "-D", folder.toString()));
    Process stop =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!stop.waitFor(30, TimeUnit.SECONDS) || stop.exitValue() != 0) {
      throw new IllegalStateException(command + " did not stop the server");
    }
  }

  /** Starts it again on the same port and returns when it answers. */
  public void restart() {
    String before = url();
    server.close();
    server = EmbeddedDatabase.in(folder);
    if (!server.url().equals(before)) {
      throw new IllegalStateException("the server moved from " + before + " to " + server.url());
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
