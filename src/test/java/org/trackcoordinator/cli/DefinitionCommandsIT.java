package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
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
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/** The commands about versions of workflows. */
@Tag("track-coordination")
class DefinitionCommandsIT {

  private static final String RUN = "01890a5d-ac96-774b-bcce-b302099a8057";
  private static final String PAIR =
      "workflow: pair\ntracks:\n  gmail: {}\n  drive: {dependsOn: [gmail]}\n";

  @TempDir Path directory;
  private String url;

  @BeforeEach
  void newDatabase() {
    url = SharedPostgres.newMigratedDatabaseUrl();
  }

  @Test
  void workflowsShowsEachDefinition() throws Exception {
    Definition old = load(PAIR);
    Definition current = load(PAIR + "  freee: {dependsOn: [drive]}\n");
    execute("select track_coordination.start_run('pair', '{}', '%s')".formatted(RUN));
    List<String> table = run("workflows").out().lines().toList();
    assertThat(table).hasSize(4);
    assertThat(table.get(0)).startsWith("workflow  definition  state");
    assertThat(table.get(2))
        .matches(
            "pair +%s +current +3 +1 +0 +\\d.* test +%s"
                .formatted(current.hash().substring(0, 8), RUN));
    assertThat(table.get(3))
        .matches("pair +%s +replaced +2 +0 +0 +\\d.*".formatted(old.hash().substring(0, 8)));
    JsonNode json = parse(run("workflows", "--json").out().lines().toList().get(0));
    assertThat(json.get("hash").asText()).isEqualTo(current.hash());
    assertThat(json.get("current").asBoolean()).isTrue();
    assertThat(json.get("loadedBy").asText()).isEqualTo("test");
    assertThat(json.get("running").asLong()).isEqualTo(1);
    assertThat(json.get("oldestRunning").asText()).isEqualTo(RUN);
    assertThat(json.get("retiredAt").isNull()).isTrue();
  }

  @Test
  void retireTakesOneOutOfUseOrSaysWhyNot() throws Exception {
    Definition current = load(PAIR);
    String digits = current.hash().substring(0, 8);
    execute("select track_coordination.start_run('pair', '{}', '%s')".formatted(RUN));
    CliRun refused = run("retire", "pair", digits);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err())
        .contains(
            "definition " + digits + " of workflow 'pair' cannot be retired: 1 run is still on it")
        .contains("They are: " + RUN);
    execute("select track_coordination.cancel('%s')".formatted(RUN));
    CliRun done = run("retire", "pair", digits, "--who", "ann", "--why", "no more of it");
    assertThat(done.exitCode()).isZero();
    assertThat(done.out())
        .isEqualToIgnoringNewLines("Definition " + digits + " of pair is retired");
    assertThat(run("retire", "pair", digits).out())
        .isEqualToIgnoringNewLines("Definition " + digits + " of pair was retired before");
    assertThat(run("workflows").out().lines().toList().get(2))
        .contains("current, retired")
        .contains("ann");
  }

  @Test
  void retireUnusedLeavesWhatIsCurrentOrRuns() throws Exception {
    load(PAIR);
    execute("select track_coordination.start_run('pair', '{}', '%s')".formatted(RUN));
    Definition unused = load(PAIR + "  freee: {dependsOn: [drive]}\n");
    load(PAIR + "  freee: {dependsOn: [gmail]}\n");
    CliRun done = run("retire", "--unused", "--json");
    assertThat(done.exitCode()).isZero();
    assertThat(done.out())
        .isEqualToIgnoringNewLines(
            "{\"workflow\":\"pair\",\"hash\":\"%s\",\"retired\":true}".formatted(unused.hash()));
    assertThat(run("retire", "--unused").out())
        .isEqualToIgnoringNewLines("No definition is unused.");
  }

  @Test
  void retireWithoutADefinitionIsWrongUsage() {
    CliRun wrong = run("retire", "pair");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("Name a WORKFLOW and a HASH, or --unused");
  }

  @Test
  void graphDrawsWhatTheDatabaseHas() throws Exception {
    Definition old = load(PAIR);
    load(PAIR + "  freee: {dependsOn: [drive]}\n");
    CliRun current = run("graph", "pair");
    assertThat(current.exitCode()).isZero();
    assertThat(current.out()).contains("t3[\"freee\"]", "t2 --> t3");
    CliRun replaced =
        run("graph", "pair", "--hash", old.hash().substring(0, 8), "--format", "json");
    assertThat(parse(replaced.out()).get("hash").asText()).isEqualTo(old.hash());
    assertThat(parse(replaced.out()).get("nodes")).hasSize(2);
    CliRun unknown = run("graph", "pear");
    assertThat(unknown.exitCode()).isEqualTo(1);
    assertThat(unknown.err())
        .contains("There is no workflow 'pear', neither in the files of ")
        .contains("(there are none) nor in the database; 'workflows' shows what the database has");
    CliRun unknownHash = run("graph", "pair", "--hash", "01234567");
    assertThat(unknownHash.exitCode()).isEqualTo(1);
    assertThat(unknownHash.err()).contains("there is no definition 01234567 of workflow 'pair'");
  }

  @Test
  void graphPrefersTheFileOfAWorkflow() throws Exception {
    load(PAIR);
    Files.createDirectories(directory.resolve("routes/workflows"));
    Files.writeString(
        directory.resolve("routes/workflows/pair.yaml"), PAIR.replace("drive", "books"));
    assertThat(run("graph", "pair").out()).contains("books").doesNotContain("drive");
  }

  @Test
  void validateCountsTheWorkersThatTheDatabaseSaw() throws Exception {
    Files.createDirectories(directory.resolve("routes/workflows"));
    Files.writeString(directory.resolve("routes/errors.camel.yaml"), "- beans: []\n");
    Files.writeString(directory.resolve("routes/workflows/pair.yaml"), PAIR);
    execute(
        """
        select track_coordination.claim_work('gmail', 'edge-function', 1, '1 minute');
        select track_coordination.claim_work('drive', 'edge-function', 1, '1 minute');
        """);
    assertThat(run("validate").out()).contains("handler 'gmail'", "handler 'drive'");
    assertThat(run("validate", "--workers-seen", "7d").exitCode()).isZero();
    execute(
        "update track_coordination.worker_sightings set seen_at = seen_at - interval '8 days' where handler = 'drive'");
    CliRun later = run("validate", "--workers-seen", "7d");
    assertThat(later.exitCode()).isEqualTo(1);
    assertThat(later.out()).contains("handler 'drive'").doesNotContain("handler 'gmail'");
    assertThat(run("validate", "--workers-seen", "soon").err())
        .contains("--workers-seen", "'soon' is not a time such as 7d or 12h");
  }

  @Test
  void whatIfShowsWhatAChangedFileWouldDo() throws Exception {
    load(PAIR);
    execute(
        """
        insert into track_coordination.runs (correlation_id, definition_id, state, remaining_leaves, payload, finished_at)
        select '%1$s', definition_id, 'completed', 0, '{}', now() from track_coordination.workflows;
        insert into public.processing_logs (correlation_id, track_id, event_type)
        select '%1$s', split_part(e, ' ', 1), split_part(e, ' ', 2)
          from unnest(array['gmail triggered', 'gmail completed', 'drive triggered', 'drive completed']) with ordinality u (e, n) order by n
        """
            .formatted(RUN));
    Path same = Files.writeString(directory.resolve("same.yaml"), PAIR);
    Path changed =
        Files.writeString(
            directory.resolve("changed.yaml"),
            "workflow: pair\ntracks:\n  drive: {}\n  scan: {dependsOn: [drive]}\n");
    assertThat(run("what-if", same.toString()).out())
        .matches(
            "pair [0-9a-f]{8} \\(2 tracks\\): 1 ended runs replayed in [0-9.]+ s, no difference; 0 left out that still run\\s+");
    CliRun table = run("what-if", changed.toString(), "--since", "1d");
    assertThat(table.exitCode()).isZero();
    assertThat(table.out().lines().skip(1).map(line -> line.replaceAll(" {2,}", "|")))
        .containsExactlyInAnyOrder(
            "change|track|runs|why|for example",
            table.out().lines().skip(2).findFirst().orElseThrow().replaceAll(" {2,}", "|"),
            "lost|gmail|1|it is no track any more|" + RUN,
            "reordered|drive|1|earlier: at the run's start instead of after gmail|" + RUN,
            "added|scan|1|a new track, taken to be completed at once|" + RUN);
    JsonNode json = parse(run("what-if", changed.toString(), "--json", "--examples", "1").out());
    assertThat(json.get("runs").asLong()).isEqualTo(1);
    assertThat(json.get("differences")).hasSize(3);
    assertThat(json.get("differences").get(0).get("examples").get(0).asText()).isEqualTo(RUN);
    CliRun wrong = run("what-if", changed.toString(), "--since", "soon");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("'soon' is not a time such as 7d or 12h");
  }

  private CliRun run(String... arguments) {
    return CliRun.of(Map.of("TRACKS_DATABASE_URL", url), directory, arguments);
  }

  private Definition load(String yaml) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(url);
    Definition definition = WorkflowFiles.parse("pair.yaml", yaml);
    new DefinitionStore(source, "test").makeCurrent(definition);
    return definition;
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
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
