package org.trackcoordinator.database;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.trackcoordinator.testing.Tool;

/**
 * A PgBouncer of a test's own before a server on this machine. It has fewer sessions than we have
 * connections and goes round them, so that two transactions of one connection seldom meet in one.
 */
public final class PgBouncer implements AutoCloseable {

  private static final int SESSIONS = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Process process;
  private final Path log;
  private final int port;

  private PgBouncer(Process process, Path log, int port) {
    this.process = process;
    this.log = log;
    this.port = port;
  }

  /** In transaction mode, with all else as it comes. */
  public static PgBouncer before(String url, Path folder) throws IOException {
    return before(url, folder, "transaction");
  }

  /**
   * Starts one and returns when it takes connections.
   *
   * @param url of any database of the server
   * @param folder for its files
   * @param settings further lines of its configuration
   */
  public static PgBouncer before(String url, Path folder, String poolMode, String... settings)
      throws IOException {
    Properties server = Driver.parseURL(url, null);
    Path own = Files.createTempDirectory(folder, "pgbouncer-");
    int port = FreePort.forFolder(own, 0);
    Path users = own.resolve("users.txt");
    Files.writeString(
        users,
        "\"%s\" \"%s\"%n"
            .formatted(
                server.getProperty(PGProperty.USER.getName(), "postgres"),
                server.getProperty(PGProperty.PASSWORD.getName(), "")));
    Path configuration = own.resolve("pgbouncer.ini");
    Path log = own.resolve("pgbouncer.log");
    Files.writeString(
        configuration,
        """
        [databases]
        * = host=127.0.0.1 port=%s
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir =
        auth_type = trust
        auth_file = %s
        pool_mode = %s
        default_pool_size = %d
        server_round_robin = 1
        max_client_conn = 300
        %s
        """
            .formatted(
                server.getProperty(PGProperty.PG_PORT.getName()),
                port,
                users,
                poolMode,
                SESSIONS,
                String.join(System.lineSeparator(), settings)));
    Process process =
        AsServer.builder(List.of(Tool.PGBOUNCER.path().toString(), configuration.toString()))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    PgBouncer started = new PgBouncer(process, log, port);
    Awaitility.await("PgBouncer answers").atMost(PATIENCE).until(started::answers);
    return started;
  }

  private boolean answers() throws IOException {
    if (!process.isAlive()) {
      throw new IllegalStateException("PgBouncer did not start: " + log());
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }

  /** The same database by way of this. */
  public String url(String direct) {
    String there = direct.replaceFirst("//[^/]+/", "//127.0.0.1:" + port + "/");
    if (there.equals(direct)) {
      throw new IllegalArgumentException(direct);
    }
    return there;
  }

  /** What it wrote. */
  public String log() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}
