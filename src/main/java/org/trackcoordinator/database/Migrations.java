package org.trackcoordinator.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.session.Pooler;

/**
 * Brings the schema of a database up to this program's version.
 *
 * <p>A migration is one numbered SQL file, {@code 010_add_track_coordination_columns.sql}, and runs
 * in one transaction; one that cannot, such as {@code create index concurrently}, has a file {@code
 * <name>.sql.conf} with {@code executeInTransaction=false} beside it. All of them can be repeated,
 * so {@code psql -f} in order does the same.
 */
public final class Migrations {

  /** Where all tables and functions are that are ours alone. */
  public static final String SCHEMA = "track_coordination";

  private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

  private static final Set<MigrationState> FUTURE =
      Set.of(MigrationState.FUTURE_SUCCESS, MigrationState.FUTURE_FAILED);

  private static final String LOCATION = "classpath:migrations";
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final DataSource source;
  private final Flyway flyway;
  private final SchemaVersion program;
  private final Duration patience;

  private Migrations(
      DataSource source,
      String location,
      SchemaVersion program,
      Duration patience,
      boolean pooled) {
    this.source = source;
    this.flyway = FlywaySetup.of(source, location, pooled);
    this.program = program;
    this.patience = patience;
  }

  /**
   * What was done.
   *
   * @param applied the files that ran, in order
   * @param current the number of the newest migration in the database; empty if there is none
   * @param newer the version of the program that made the schema, if that is newer than this one
   */
  public record Report(List<String> applied, Optional<String> current, Optional<String> newer) {}

  /**
   * Runs the migrations that the database has not seen yet. One that cannot get its locks within
   * half a second gives up, lets the host's statements pass and tries again, for up to a minute.
   *
   * @param source connections with the server's own settings, as {@link Database#plain()}
   * @throws DatabaseException if a migration fails, naming file and line; if one was changed after
   *     it ran; or if the schema is newer than this program can work with
   */
  public static Report migrate(DataSource source) {
    return migrate(source, LOCATION, SchemaVersion.CURRENT, PATIENCE);
  }

  static Report migrate(
      DataSource source, String location, SchemaVersion program, Duration patience) {
    return new Migrations(source, location, program, patience, isPooled(source)).migrate();
  }

  private static boolean isPooled(DataSource source) {
    try (Connection connection = source.getConnection()) {
      return Pooler.isBehind(connection);
    } catch (SQLException e) {
      throw MigrationFailure.exception(e);
    }
  }

  private Report migrate() {
    try {
      Optional<String> newer = requireUsable();
      if (newer.isPresent()) {
        return new Report(List.of(), current(), newer);
      }
      List<String> before = applied();
      migrateWithRetries();
      program.writeTo(source);
      List<String> applied = new ArrayList<>(applied());
      applied.removeAll(before);
      if (!applied.isEmpty()) {
        LOG.info(
            "Applied {} migrations, {} to {}",
            applied.size(),
            applied.get(0),
            applied.get(applied.size() - 1));
      }
      return new Report(List.copyOf(applied), current(), Optional.empty());
    } catch (FlywayException | SQLException e) {
      throw MigrationFailure.exception(e);
    }
  }

  private void migrateWithRetries() throws SQLException {
    long deadline = System.nanoTime() + patience.toNanos();
    Duration pause = FIRST_PAUSE;
    while (true) {
      try {
        FlywaySetup.forgetFailures(source);
        flyway.migrate();
        return;
      } catch (FlywayException e) {
        if (!MigrationFailure.isLockConflict(e) || System.nanoTime() > deadline) {
          throw e;
        }
        LOG.warn(
            "{}; next try in {}", MigrationFailure.exception(e).getMessage(), Pause.text(pause));
        Pause.of(pause, "waiting for the locks of a migration");
        pause = Pause.longer(pause, LONGEST_PAUSE);
      }
    }
  }

  /** The later version that the schema has, if this program works with it. */
  private Optional<String> requireUsable() throws SQLException {
    Optional<MigrationInfo> future =
        Arrays.stream(flyway.info().applied())
            .filter(migration -> FUTURE.contains(migration.getState()))
            .reduce((first, second) -> second);
    if (future.isEmpty()) {
      return Optional.empty();
    }
    Optional<SchemaVersion> schema = SchemaVersion.of(source);
    if (schema.filter(program::worksWith).isEmpty()) {
      throw new DatabaseException(
          "The schema in the database is of version %s (migration %s); this program is of version %s and works with schemas up to %d.%d: use a newer program"
              .formatted(
                  schema.map(SchemaVersion::toString).orElse("unknown"),
                  future.get().getScript(),
                  program,
                  program.major(),
                  program.minor() + 1));
    }
    LOG.info("The schema is of version {}, this program of {}", schema.get(), program);
    return schema.map(SchemaVersion::toString);
  }

  private List<String> applied() {
    return Arrays.stream(flyway.info().applied())
        .filter(migration -> migration.getVersion() != null && !migration.getType().isBaseline())
        .map(MigrationInfo::getScript)
        .toList();
  }

  private Optional<String> current() {
    return Optional.ofNullable(flyway.info().current())
        .map(migration -> migration.getVersion().getVersion());
  }
}
