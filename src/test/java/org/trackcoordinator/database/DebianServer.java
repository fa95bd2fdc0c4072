package org.trackcoordinator.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.trackcoordinator.testing.Tool;

/** A PostgreSQL 15 as Debian has it, of a test's own, with a new database folder. */
public final class DebianServer implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 60;

  private final Path folder;
  private final int port;

  private DebianServer(Path folder, int port) {
    this.folder = folder;
    this.port = port;
  }

  /**
   * Starts it and returns when it answers.
   *
   * @param parent for its files
   * @param settings further lines of its configuration
   */
  public static DebianServer start(Path parent, String... settings) throws IOException {
    Path folder = parent.resolve("postgresql-15");
    DebianServer server = new DebianServer(folder, FreePort.forFolder(folder, 0));
    server.run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N");
    List<String> lines = new ArrayList<>();
    lines.add("port = " + server.port);
    lines.add("unix_socket_directories = ''");
    lines.add("max_connections = 300"); // as the embedded one
    lines.addAll(List.of(settings));
    Files.write(folder.resolve("postgresql.auto.conf"), lines);
    server.run("pg_ctl", "start", "-w", "-l", folder + ".log");
    return server;
  }

  /** Its database postgres, with a login that may do everything. */
  public String url() {
    return "jdbc:postgresql://localhost:" + port + "/postgres?user=postgres";
  }

  @Override
  public void close() throws IOException {
    run("pg_ctl", "stop", "-m", "fast", "-w");
  }

  private void run(String program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Tool.POSTGRESQL_15.path().resolveSibling(program).toString());
    command.addAll(List.of("-D", folder.toString()));
    command.addAll(List.of(arguments));
    Path output = folder.resolveSibling(folder.getFileName() + "." + program);
    Process process =
        AsServer.builder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException(program + " failed: " + Files.readString(output));
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
