package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;
import org.trackcoordinator.coordinator.DefinitionStore;
import org.trackcoordinator.database.SharedPostgres;
import org.trackcoordinator.workflow.WorkflowFiles;

/** The commands that talk to a database, with their output and exit codes. */
@Tag("track-coordination")
class DatabaseCommandsIT {

  private static final String RUN = "01890a5d-ac96-774b-bcce-b302099a8057";

  @TempDir Path directory;
  private String url;

  @BeforeEach
  void newDatabase() {
    url = SharedPostgres.newDatabaseUrl();
  }

  @Test
  void migrateListsWhatItApplied() {
    CliRun first = run("migrate");
    assertThat(first.exitCode()).isZero();
    assertThat(first.out())
        .startsWith("applied 001_create_processing_logs.sql")
        .containsPattern("PostgreSQL .+ at \\S+:\\d+/test_[_\\d]+: the schema is at migration ");
    CliRun second = run("migrate");
    assertThat(second.exitCode()).isZero();
    assertThat(second.out()).doesNotContain("applied").contains("the schema is at migration ");
  }

  @Test
  void migrateShowsTheMigrationsOwnWords() throws Exception {
    execute("create table public.processing_logs (payload text)");
    CliRun run = run("migrate");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .startsWith("error: Migration 010_add_track_coordination_columns.sql, line ")
        .contains("processing_logs.payload is of type text, the coordinator needs jsonb")
        .contains("Hint: Rename or change these columns")
        .doesNotContain("\tat ");
  }

  @Test
  void chainShowsARunsEvents() throws Exception {
    url = SharedPostgres.newMigratedDatabaseUrl();
    insertEvents();
    CliRun table = run("chain", RUN);
    assertThat(table.exitCode()).isZero();
    assertThat(table.out().lines().toList())
        .hasSize(4)
        .satisfies(lines -> assertThat(lines.get(0)).startsWith("track  event"))
        .satisfies(lines -> assertThat(lines.get(2)).startsWith("gmail  completed"))
        .satisfies(lines -> assertThat(lines.get(3)).startsWith("drive  triggered"));
    CliRun json = run("chain", "--json", RUN);
    List<JsonNode> events = json.out().lines().map(DatabaseCommandsIT::parse).toList();
    assertThat(events)
        .extracting(event -> event.get("trackId").asText())
        .containsExactly("gmail", "drive");
    assertThat(events.get(1).get("eventType").asText()).isEqualTo("triggered");
    assertThat(events.get(1).get("attempt").asInt()).isEqualTo(1);
    assertThat(events.get(1).get("sourceTrack").asText()).isEqualTo("gmail");
    assertThat(events.get(1).get("createdAt").asText()).endsWith("Z");
    assertThat(events.get(1).get("durationSeconds").isNull()).isTrue();
  }

  @Test
  void chainRefusesAnUnknownRun() {
    url = SharedPostgres.newMigratedDatabaseUrl();
    CliRun run = run("chain", RUN);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("error: PostgreSQL ").contains(" has no run " + RUN);
  }

  @Test
  void whySaysWhatStandsInTheWay() throws Exception {
    url = SharedPostgres.newMigratedDatabaseUrl();
    startRun();
    CliRun one = run("why", RUN, "drive");
    assertThat(one.exitCode()).isZero();
    assertThat(one.out().lines().toList())
        .containsExactly(
            "drive waits for gmail; gmail has all that it waits for, and its events wait for the coordinator",
            "  reason: dependency-missing",
            "  unblocked by: the coordinator");
    CliRun json = run("why", "--json", RUN);
    List<JsonNode> tracks = json.out().lines().map(DatabaseCommandsIT::parse).toList();
    assertThat(tracks)
        .extracting(track -> track.get("trackId").asText())
        .containsExactly("gmail", "drive");
    assertThat(tracks.get(1).get("missing").get(0).asText()).isEqualTo("gmail");
    assertThat(tracks.get(1).get("earliestAt").isNull()).isTrue();
  }

  @Test
  void whyRefusesAnUnknownRun() {
    url = SharedPostgres.newMigratedDatabaseUrl();
    CliRun run = run("why", RUN);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .startsWith("error: In PostgreSQL ")
        .contains("there is no run " + RUN + ". select");
  }

  @Test
  void auditIsSilentlyHealthyAndLoudlyNot() throws Exception {
    url = SharedPostgres.newMigratedDatabaseUrl();
    assertThat(run("audit"))
        .isEqualTo(new CliRun(0, "No invariant is broken." + System.lineSeparator(), ""));
    assertThat(run("audit", "--json")).isEqualTo(new CliRun(0, "", ""));
    execute(
        """
        drop function track_coordination.audit;
        create function track_coordination.audit()
        returns table (invariant text, correlation_id uuid, track_id text, detail text)
        language sql as $$ select 'one-trigger', '%s'::uuid, 'drive', '2 triggers' $$"""
            .formatted(RUN));
    CliRun broken = run("audit");
    assertThat(broken.exitCode()).isEqualTo(1);
    assertThat(broken.out().lines().skip(2))
        .containsExactly("one-trigger  " + RUN + "  drive  2 triggers");
    CliRun json = run("audit", "--json");
    assertThat(json.exitCode()).isEqualTo(1);
    assertThat(json.out())
        .isEqualToIgnoringNewLines(
            "{\"invariant\":\"one-trigger\",\"correlationId\":\"%s\",\"trackId\":\"drive\",\"detail\":\"2 triggers\"}"
                .formatted(RUN));
  }

  @Test
  void aDatabaseWithoutOurSchemaIsToldSo() {
    CliRun run = run("audit");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("lacks the coordinator's schema, or has an old one; 'migrate' makes it");
  }

  @Test
  void theEmbeddedDatabaseIsMadeByMigrateAndFoundByTheOthers() {
    CliRun before = CliRun.of(Map.of(), directory, "audit");
    assertThat(before.exitCode()).isEqualTo(1);
    assertThat(before.err())
        .contains("There is no database: TRACKS_DATABASE_URL is not set")
        .contains("Begin with 'run' or 'migrate'");
    CliRun migrate = CliRun.of(Map.of(), directory, "migrate");
    assertThat(migrate.exitCode()).isZero();
    assertThat(migrate.out()).contains("embedded, data in " + directory.resolve("data/postgres"));
    assertThat(CliRun.of(Map.of(), directory, "audit").exitCode()).isZero();
    assertThat(directory.resolve("data/postgres/postmaster.pid")).doesNotExist();
  }

  private CliRun run(String... arguments) {
    return CliRun.of(Map.of("TRACKS_DATABASE_URL", url), directory, arguments);
  }

  private void insertEvents() throws SQLException {
    execute(
        """
        insert into public.processing_logs (correlation_id, track_id, event_type, attempt, source_track)
        values ('%1$s', 'gmail', 'completed', null, null), ('%1$s', 'drive', 'triggered', 1, 'gmail')"""
            .formatted(RUN));
  }

  private void startRun() throws SQLException {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(url);
    new DefinitionStore(source, "test")
        .makeCurrent(
            WorkflowFiles.parse(
                "pair.yaml", "workflow: pair\ntracks: {gmail: {}, drive: {dependsOn: [gmail]}}\n"));
    execute("select track_coordination.start_run('pair', '{}', '%s')".formatted(RUN));
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static JsonNode parse(String line) {
    try {
      return new JsonMapper().readTree(line);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
