package org.trackcoordinator.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.config.Settings;
import org.trackcoordinator.session.Pooler;

/** Opens the database that the settings name, or the embedded one if they name none. */
public final class Databases {

  private static final Logger LOG = LoggerFactory.getLogger(Databases.class);

  private Databases() {}

  /**
   * Opens the database for a program that serves: it waits until the database is up, and says so.
   *
   * @throws DatabaseException if waiting is of no use: a wrong password, an unknown database, a
   *     server that is too old or cannot be started
   */
  public static Database open(Settings settings) {
    return open(settings, null, LOG::warn);
  }

  /**
   * Opens the database for a command that is done soon.
   *
   * @param patience how long to wait for a database that is down
   * @throws DatabaseException as {@link #open(Settings)}, and if the database stays down
   */
  public static Database open(Settings settings, Duration patience) {
    return open(settings, patience, LOG::warn);
  }

  /**
   * Wraps an embedded database, which is closed with the result.
   *
   * @throws DatabaseException if it does not answer
   */
  public static Database of(EmbeddedDatabase embedded) {
    DataSources sources = new DataSources(embedded.url(), Optional.empty(), Optional.empty());
    try {
      ServerVersion version = server(sources, Duration.ofSeconds(10), LOG::warn).version();
      String description =
          "PostgreSQL %s on localhost:%d, embedded, data in %s"
              .formatted(version.text(), embedded.port(), embedded.folder());
      return new Database(sources, description, embedded);
    } catch (DatabaseException e) {
      embedded.close();
      throw e;
    }
  }

  /** Wraps a database that is known to be up and new enough: for tests. Its URL has the login. */
  public static Database at(String url) {
    DataSources sources = new DataSources(url, Optional.empty(), Optional.empty());
    return new Database(sources, "PostgreSQL at " + sources.place(), null);
  }

  static Database open(Settings settings, Duration patience, Consumer<String> report) {
    Optional<String> url = settings.databaseUrl();
    if (url.isEmpty()) {
      return of(EmbeddedDatabase.in(settings.databaseFolder()));
    }
    DataSources sources =
        new DataSources(url.get(), settings.databaseUsername(), settings.databasePassword());
    Server server = server(sources, patience, report);
    String description =
        "PostgreSQL %s at %s%s"
            .formatted(
                server.version().text(),
                sources.place(),
                server.pooled() ? " (by way of a connection pooler)" : "");
    return new Database(sources, description, null);
  }

  private record Server(ServerVersion version, boolean pooled) {}

  private static Server server(DataSources sources, Duration patience, Consumer<String> report) {
    DatabaseWait wait = new DatabaseWait(sources.place(), patience, report);
    try (Connection connection = wait.connect(sources.plain())) {
      boolean pooled = Pooler.isBehind(connection);
      if (pooled) {
        connection.setAutoCommit(false); // a pooler that shares out statements refuses to begin
      }
      return new Server(ServerVersion.of(connection).requireSupported(sources.place()), pooled);
    } catch (SQLException e) {
      throw new DatabaseException(
          "The database %s cannot be used: %s"
              .formatted(sources.place(), ConnectionFailure.cause(e)),
          e);
    }
  }
}
