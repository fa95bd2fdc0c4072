package org.trackcoordinator.database;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Starts an embedded PostgreSQL server in a folder, making a new database if it is empty. */
final class ServerStart {

  /** Long enough for a crash recovery; a start that has failed is noticed at once. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final long LOOK_MILLIS = 50;
  private static final int PORTS_TRIED = 5;

  private final Path folder;
  private final boolean durable;
  private final ServerLog log;

  /**
   * @param durable whether what was committed outlives a crash of the machine
   */
  ServerStart(Path folder, boolean durable, ServerLog log) {
    this.folder = folder;
    this.durable = durable;
    this.log = log;
  }

  /**
   * Starts the server and waits until it answers.
   *
   * @throws DatabaseException if it does not start, with the reason that it gave
   */
  EmbeddedPostgres start() throws IOException, InterruptedException {
    for (int attempt = 0; attempt < PORTS_TRIED; attempt++) {
      log.begin();
      EmbeddedPostgres server = startOn(FreePort.forFolder(folder, attempt));
      if (ServerProbe.serves(server.getPort(), folder)) {
        return server;
      }
      server.close(); // another one answers at this port, which zonky took for ours
    }
    throw failed(null);
  }

  private EmbeddedPostgres startOn(int port) throws InterruptedException {
    FutureTask<EmbeddedPostgres> start = new FutureTask<>(builder(port)::start);
    Thread thread = new Thread(start, "start-postgresql");
    thread.setDaemon(true);
    thread.start();
    boolean given = false;
    while (true) {
      try {
        return start.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // zonky does not look at pg_ctl's exit code, it waits on; an interrupt ends its wait
        if (!given && log.contains("could not start server")) {
          thread.interrupt();
          given = true;
        }
      } catch (ExecutionException e) {
        throw failed(e.getCause());
      }
    }
  }

  private EmbeddedPostgres.Builder builder(int port) {
    return EmbeddedPostgres.builder()
        .setDataDirectory(folder)
        .setCleanDataDirectory(false)
        .setRegisterShutdownHook(false)
        .setPGStartupWait(PATIENCE)
        .setPort(port)
        // zonky is made for tests: it starts the server with "-F" and synchronous_commit=off
        .setServerConfig("fsync", durable ? "on" : "off")
        .setServerConfig("synchronous_commit", "on")
        // another user's stale socket in /tmp would stop the start; everybody connects by TCP
        .setServerConfig("unix_socket_directories", "")
        // statements that fail are the client's to report; they would fill the log
        .setServerConfig("log_min_messages", "log")
        .setServerConfig("log_checkpoints", "off")
        // the same order of texts on each machine
        .setLocaleConfig("locale", "C")
        .setLocaleConfig("locale-provider", "builtin")
        .setLocaleConfig("builtin-locale", "C.UTF-8")
        .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log.file().toFile()));
  }

  private DatabaseException failed(Throwable cause) {
    String reason = log.reason();
    return new DatabaseException(
        "The embedded PostgreSQL in %s did not start:%n  %s%n  Set TRACKS_DATABASE_URL to use another PostgreSQL; its whole log is %s"
            .formatted(folder, reason.isEmpty() && cause != null ? cause : reason, log.file()),
        cause);
  }
}
