package org.trackcoordinator.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** Makes Flyway treat our migrations as {@code psql -f} would. */
final class FlywaySetup {

  private static final String HISTORY = "schema_history";
  private static final int WAIT_FOR_OTHERS_SECONDS = 3600;

  /** A migration that waits for a lock makes all later statements of the host wait behind it. */
  static final Map<String, String> SETTINGS =
      Map.of("lock_timeout", "500ms", "client_min_messages", "warning");

  private FlywaySetup() {}

  /**
   * @param pooled whether a pooler may give each transaction another session
   */
  static Flyway of(DataSource source, String location, boolean pooled) {
    FluentConfiguration configuration =
        Flyway.configure()
            .dataSource(pooled ? new SourceBehindPooler(source) : new WithSettings(source))
            .locations(location)
            .sqlMigrationPrefix("")
            .sqlMigrationSeparator("_")
            .placeholderReplacement(false)
            .defaultSchema(Migrations.SCHEMA)
            .schemas(Migrations.SCHEMA)
            .table(HISTORY)
            // psql may have made the schema; Flyway then begins at the first migration, not after
            .baselineOnMigrate(true)
            .baselineVersion("0")
            .lockRetryCount(WAIT_FOR_OTHERS_SECONDS)
            .callbacks(new SearchPathAsInPsql());
    // A transaction that stays open for Flyway's own lock would keep "create index concurrently"
    // waiting for its end.
    configuration
        .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
        .setTransactionalLock(false);
    return configuration.load();
  }

  /**
   * Deletes what Flyway notes of a migration without a transaction that failed: it would demand a
   * repair by hand, and our migrations can be repeated.
   */
  static void forgetFailures(DataSource source) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          do $$ begin
            if to_regclass('%1$s.%2$s') is not null then
              delete from %1$s.%2$s where not success;
            end if;
          end $$"""
              .formatted(Migrations.SCHEMA, HISTORY));
    }
  }

  private static final class WithSettings extends DelegatingDataSource {

    WithSettings(DataSource source) {
      super(source);
    }

    @Override
    public Connection getConnection() throws SQLException {
      Connection connection = super.getConnection();
      try (Statement statement = connection.createStatement()) {
        for (Map.Entry<String, String> setting : SETTINGS.entrySet()) {
          statement.execute("set %s = '%s'".formatted(setting.getKey(), setting.getValue()));
        }
        return connection;
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
    }
  }

  /** Flyway puts our schema first, where unqualified names would then be made. */
  private static final class SearchPathAsInPsql implements Callback {

    @Override
    public boolean supports(Event event, Context context) {
      return event == Event.BEFORE_EACH_MIGRATE;
    }

    @Override
    public boolean canHandleInTransaction(Event event, Context context) {
      return true;
    }

    @Override
    public void handle(Event event, Context context) {
      try (Statement statement = context.getConnection().createStatement()) {
        statement.execute("reset search_path");
      } catch (SQLException e) {
        throw new FlywayException("The search path cannot be reset", e);
      }
    }

    @Override
    public String getCallbackName() {
      return "search-path-as-in-psql";
    }
  }
}
