package org.trackcoordinator.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DurableServer;

/**
 * The PostgreSQL that is measured: an embedded server with settings as a small server has them, or
 * that of a URL as it stands.
 */
final class BenchServer implements AutoCloseable {

  private static final Map<String, String> SETTINGS =
      Map.of(
          "shared_buffers", "1GB",
          "max_wal_size", "8GB",
          "checkpoint_timeout", "30min",
          "jit", "off",
          "shared_preload_libraries", "pg_stat_statements");

  private final String url;
  private final DurableServer embedded;
  private final Path folder;
  private final Thread hook = new Thread(this::end, "stop-benched-server");

  private BenchServer(String url, DurableServer embedded, Path folder) {
    this.url = url;
    this.embedded = embedded;
    this.folder = folder;
    if (embedded != null) {
      Runtime.getRuntime().addShutdownHook(hook);
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
    return new BenchServer(server.url(), server, folder);
  }

  /**
   * Uses a server that runs already.
   *
   * @param url of a database of it, with the login of somebody who may create databases
   */
  static BenchServer at(String url) {
    return new BenchServer(url, null, null);
  }

  /** The JDBC URL of a database that is there already. */
  String url() {
    return url;
  }

  private void end() {
    embedded.close();
    try {
      Folders.delete(folder);
    } catch (IOException e) {
      System.err.println(folder + " can't be deleted: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    if (embedded != null) {
      Runtime.getRuntime().removeShutdownHook(hook);
      end();
    }
  }
}
