package org.trackcoordinator.database;

import java.io.IOException;
import java.nio.file.Path;
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
