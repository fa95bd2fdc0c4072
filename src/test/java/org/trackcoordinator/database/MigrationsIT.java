package org.trackcoordinator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.database.Migrations.Report;

/** Migrations on a host's database: in order, once, politely, and with errors that tell where. */
@Tag("processing-logs")
class MigrationsIT {

  private static final List<String> BASE = List.of("001_create_log.sql", "010_create_things.sql");
  private static final SchemaVersion PROGRAM = new SchemaVersion(0, 1);

  private final Database database = SharedPostgres.newDatabase();
  private final DataSource source = database.plain();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void runsEachMigrationOnceInOrder() throws SQLException {
    Report first = migrate("base");
    assertThat(first.applied()).isEqualTo(BASE);
    assertThat(first.current()).contains("010");
    assertThat(first.newer()).isEmpty();
    Report second = migrate("base");
    assertThat(second.applied()).isEmpty();
    assertThat(second.current()).contains("010");
    assertThat(
            Query.column(
                source,
                "select tablename from pg_tables where schemaname = 'track_coordination' order by 1"))
        .containsExactly("schema_history", "things");
  }

  @Test
  void leavesWhatTheHostHasInPublic() throws SQLException {
    Query.execute(source, "create table public.log (id bigint); insert into public.log values (7)");
    migrate("base");
    assertThat(Query.column(source, "select id from public.log")).containsExactly("7");
    assertThat(Query.value(source, "select to_regclass('public.unqualified')"))
        .as("names without a schema go where psql puts them")
        .isEqualTo("unqualified");
  }

  @Test
  void takesOverASchemaThatPsqlMade() throws Exception {
    for (String file : BASE) {
      Query.execute(source, Files.readString(folder("base").resolve(file)));
    }
    assertThat(migrate("base").applied()).isEqualTo(BASE);
  }

  @Test
  void ofTwoInstancesAtOnceEachMigrationRunsOnce() throws Exception {
    CompletableFuture<Report> one = CompletableFuture.supplyAsync(() -> migrate("base"));
    CompletableFuture<Report> other = CompletableFuture.supplyAsync(() -> migrate("base"));
    one.get();
    other.get();
    assertThat(
            Query.column(
                source,
                "select script from track_coordination.schema_history where version > '0' order by installed_rank"))
        .isEqualTo(BASE);
  }

  @Test
  void givesWayToTheHostAndTriesAgain() throws Exception {
    Query.execute(source, "create table public.log (id bigint, payload jsonb)");
    CompletableFuture<Report> migration;
    try (Connection host = source.getConnection();
        Statement statement = host.createStatement()) {
      host.setAutoCommit(false);
      statement.execute("select * from public.log");
      migration = CompletableFuture.supplyAsync(() -> migrate("base"));
      awaitSessionThatWaitsForALock();
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () ->
                  assertThat(sessionsThatWaitForALock())
                      .as("it lets go after its lock timeout")
                      .isZero());
      assertThat(migration).isNotDone();
      host.commit();
    }
    assertThat(migration.get().applied()).isEqualTo(BASE);
  }

  @Test
  void givesUpWhenTheLocksStayTaken() throws Exception {
    Query.execute(source, "create table public.log (id bigint, payload jsonb)");
    try (Connection host = source.getConnection();
        Statement statement = host.createStatement()) {
      host.setAutoCommit(false);
      statement.execute("select * from public.log");
      assertThatThrownBy(() -> migrate("base", PROGRAM, Duration.ofMillis(800)))
          .isInstanceOf(DatabaseException.class)
          .hasMessage(
              "Migration 010_create_things.sql, line 5: canceling statement due to lock timeout (SQLSTATE 55P03)");
    }
    assertThat(migrate("base").applied()).containsExactly("010_create_things.sql");
  }

  @Test
  void repeatsAnIndexThatCouldNotBeBuiltConcurrently() throws Exception {
    Query.execute(source, "create table public.log (id bigint, payload jsonb)");
    CompletableFuture<Report> migration;
    try (Connection host = source.getConnection();
        Statement statement = host.createStatement()) {
      host.setAutoCommit(false);
      statement.execute("insert into public.log values (1)");
      migration = CompletableFuture.supplyAsync(() -> migrate("concurrent"));
      await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .until(
              () ->
                  Query.value(
                          source,
                          "select count(*) from track_coordination.schema_history where not success")
                      .equals("1"),
              failed -> failed);
      host.commit();
    }
    assertThat(migration.get().applied()).contains("015_create_index.sql");
    assertThat(
            Query.value(
                source,
                "select indisvalid from pg_index where indexrelid = 'public.log_id'::regclass"))
        .isEqualTo("t");
  }

  @Test
  void namesFileAndLineOfAMistake() {
    assertThatThrownBy(() -> migrate("broken"))
        .isInstanceOf(DatabaseException.class)
        .hasMessage(
            "Migration 010_create_things.sql, line 8: type \"txt\" does not exist (SQLSTATE 42704)");
  }

  @Test
  void passesOnWhatAMigrationSaysItself() {
    assertThatThrownBy(() -> migrate("clash"))
        .isInstanceOf(DatabaseException.class)
        .hasMessage(
            String.join(
                System.lineSeparator(),
                "Migration 010_check_columns.sql, line 6: processing_logs.payload is of type text, the coordinator needs jsonb",
                "  Hint: Rename the column, then migrate again. (SQLSTATE 42804)"));
  }

  @Test
  void refusesAMigrationThatWasChangedAfterItRan() {
    migrate("base");
    assertThatThrownBy(() -> migrate("changed"))
        .isInstanceOf(DatabaseException.class)
        .hasMessageStartingWith(
            "The migrations that the database has seen are not those of this program")
        .hasMessageContaining("010");
  }

  @Test
  void worksWithASchemaThatIsOneMinorVersionNewer() {
    migrate("newer", new SchemaVersion(0, 2), Duration.ofSeconds(10));
    Report report = migrate("base");
    assertThat(report.applied()).isEmpty();
    assertThat(report.current()).contains("020");
    assertThat(report.newer()).contains("0.2");
  }

  @Test
  void refusesASchemaThatIsTooNew() {
    migrate("newer", new SchemaVersion(0, 3), Duration.ofSeconds(10));
    assertThatThrownBy(() -> migrate("base"))
        .isInstanceOf(DatabaseException.class)
        .hasMessage(
            "The schema in the database is of version 0.3 (migration 020_create_more.sql);"
                + " this program is of version 0.1 and works with schemas up to 0.2: use a newer program");
  }

  @Test
  void theProductsOwnRunOnAnEmptyDatabase() throws Exception {
    Report report = Migrations.migrate(source);
    try (Stream<Path> files = Files.list(Path.of("migrations"))) {
      assertThat(report.applied())
          .isEqualTo(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.matches("\\d{3}_.*\\.sql"))
                  .sorted()
                  .toList());
    }
    assertThat(Migrations.migrate(source).applied()).isEmpty();
    assertThat(Query.column(source, "select * from track_coordination.audit()")).isEmpty();
  }

  private Report migrate(String folder) {
    return migrate(folder, PROGRAM, Duration.ofSeconds(20));
  }

  private Report migrate(String folder, SchemaVersion program, Duration patience) {
    return Migrations.migrate(source, "classpath:migration-tests/" + folder, program, patience);
  }

  private static Path folder(String name) throws IOException {
    return Path.of("src", "test", "resources", "migration-tests", name);
  }

  private void awaitSessionThatWaitsForALock() {
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofSeconds(20))
        .until(() -> sessionsThatWaitForALock() > 0);
  }

  private long sessionsThatWaitForALock() throws SQLException {
    return Long.parseLong(
        Query.value(
            source,
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"));
  }
}
