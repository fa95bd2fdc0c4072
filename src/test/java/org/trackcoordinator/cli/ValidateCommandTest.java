package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("track-coordination")
class ValidateCommandTest {

  private static final String GOOD =
      """
      workflow: %s
      tracks:
        gmail: {}
        drive: { dependsOn: [gmail] }
        books: { dependsOn: [gmail, drive] }
      """;
  private static final String CYCLE =
      """
      workflow: round
      tracks:
        a: { dependsOn: [b] }
        b: { dependsOn: [a] }
      """;

  @TempDir Path directory;

  @Test
  void aGoodFileIsOneLine() throws IOException {
    write("intake.yaml", GOOD.formatted("intake"));
    CliRun run = run("validate", "intake.yaml");
    assertThat(run)
        .isEqualTo(
            new CliRun(
                0,
                "ok %s: intake, 3 tracks, 3 dependencies, depth 3%n"
                    .formatted(directory.resolve("intake.yaml")),
                onlyTheWorkflows()));
  }

  @Test
  void aBadFileIsNamedWithLineAndReasonAndTheOthersGoOn() throws IOException {
    write("a.yaml", CYCLE);
    write("b.yaml", GOOD.formatted("intake"));
    CliRun run = run("validate", ".");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out().lines().toList())
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith("refused " + directory.resolve("a.yaml") + ":")
                    .contains("a")
                    .contains("b"))
        .anySatisfy(line -> assertThat(line).startsWith("ok " + directory.resolve("b.yaml")));
    assertThat(run.err()).isEqualTo(onlyTheWorkflows());
  }

  @Test
  void aWorkflowIsDefinedOnce() throws IOException {
    write("a.yaml", GOOD.formatted("intake"));
    write("b.yaml", GOOD.formatted("intake"));
    CliRun run = run("validate", "a.yaml", "b.yaml");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .contains(
            "workflow 'intake' is defined in "
                + directory.resolve("a.yaml")
                + " already; rename one");
  }

  @Test
  void aConditionThatDoesNotParseIsRefusedWhereItStands() throws IOException {
    write(
        "a.yaml",
        """
        workflow: w
        tracks:
          a: { when: "${body[total]} > 1000" }
          b:
            dependsOn: [a]
            when: ${bdoy[total]} > 1000
          c: { when: "$.lines[?(@.amount >" }
        """);
    CliRun run = run("validate", "a.yaml");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out().lines().toList())
        .hasSize(3)
        .anyMatch(line -> line.startsWith("refused " + directory.resolve("a.yaml") + ": w, 3"))
        .anyMatch(
            line ->
                line.startsWith("refused " + directory.resolve("a.yaml") + ":6:5: tracks.b.when: ")
                    && line.contains("Unknown function: bdoy[total]"))
        .anyMatch(
            line ->
                line.startsWith("refused " + directory.resolve("a.yaml") + ":7:8: tracks.c.when: ")
                    && line.contains("JSONPath"));
  }

  @Test
  void jsonHasOneObjectPerFile() throws Exception {
    write("a.yaml", CYCLE);
    write("b.yaml", GOOD.formatted("intake"));
    List<String> lines = run("validate", "--json", ".").out().lines().toList();
    assertThat(lines).hasSize(2);
    JsonNode bad = new JsonMapper().readTree(lines.get(0));
    assertThat(bad.get("valid").asBoolean()).isFalse();
    assertThat(bad.get("problems").get(0).get("line").asInt()).isPositive();
    JsonNode good = new JsonMapper().readTree(lines.get(1));
    assertThat(good.get("valid").asBoolean()).isTrue();
    assertThat(good.get("workflow").asText()).isEqualTo("intake");
    assertThat(good.get("hash").asText()).hasSize(64);
    assertThat(good.get("depth").asInt()).isEqualTo(3);
  }

  @Test
  void withoutFilesItTakesTheConfiguredOnes() throws IOException {
    Files.createDirectories(directory.resolve("routes/workflows"));
    write("routes/workflows/intake.yml", GOOD.formatted("intake"));
    assertThat(run("validate").out()).contains("intake.yml: intake, 3 tracks");
  }

  @Test
  void nothingToValidateIsAMistake() throws IOException {
    assertThat(run("validate", "nowhere.yaml"))
        .satisfies(run -> assertThat(run.exitCode()).isEqualTo(1))
        .satisfies(run -> assertThat(run.out()).contains("nowhere.yaml: no such file or folder"));
    Files.createDirectory(directory.resolve("empty"));
    assertThat(run("validate", "empty"))
        .satisfies(run -> assertThat(run.exitCode()).isEqualTo(1))
        .satisfies(run -> assertThat(run.err()).startsWith("error: There are no workflow files"));
  }

  @Test
  void jsonHasFindingsWithTheirSeverityAndAnObjectForEachRouteFileWithSome() throws Exception {
    Files.createDirectories(directory.resolve("routes/workflows"));
    Files.createDirectories(directory.resolve("routes/tracks"));
    write("routes/workflows/intake.yml", GOOD.formatted("intake"));
    write("routes/errors.camel.yaml", "# none");
    String kamelet = "routes/kamelets/track-source.kamelet.yaml";
    Files.createDirectories(directory.resolve("routes/kamelets"));
    write(kamelet, Files.readString(Path.of(kamelet)));
    write(
        "routes/tracks/drive.camel.yaml",
        """
        - route:
            id: drive
            from:
              uri: kamelet:track-source?handler=drvie
              steps: []
        """);
    CliRun run = run("validate", "--json", "--served-elsewhere", "gmail,books");
    assertThat(run.exitCode()).isEqualTo(1);
    List<String> lines = run.out().lines().toList();
    assertThat(lines).hasSize(2);
    JsonNode workflow = new JsonMapper().readTree(lines.get(0));
    assertThat(workflow.get("valid").asBoolean()).isFalse();
    assertThat(workflow.get("problems")).isEmpty();
    assertThat(workflow.get("findings")).hasSize(1);
    JsonNode error = workflow.get("findings").get(0);
    assertThat(error.get("severity").asText()).isEqualTo("error");
    assertThat(error.get("line").asInt()).isEqualTo(4);
    assertThat(error.get("path").asText()).isEqualTo("tracks.drive");
    assertThat(error.get("message").asText()).startsWith("nobody serves the handler 'drive'");
    JsonNode route = new JsonMapper().readTree(lines.get(1));
    assertThat(route.get("file").asText()).endsWith("drive.camel.yaml");
    assertThat(route.get("valid").asBoolean()).isTrue();
    assertThat(route.get("findings").get(0).get("severity").asText()).isEqualTo("warning");
  }

  @Test
  void whatIsServedElsewhereIsSaidByOptionOrSetting() throws IOException {
    Files.createDirectories(directory.resolve("routes/workflows"));
    write("routes/workflows/intake.yml", GOOD.formatted("intake"));
    write("routes/errors.camel.yaml", "- beans: []\n");
    CliRun faulty = run("validate");
    assertThat(faulty.exitCode()).isEqualTo(1);
    assertThat(faulty.out())
        .startsWith("faulty " + directory.resolve("routes/workflows/intake.yml") + ": intake, ")
        .contains("%n  error %s:3:3: ".formatted(directory.resolve("routes/workflows/intake.yml")));
    assertThat(run("validate", "--served-elsewhere", "gmail,drive,books").exitCode()).isZero();
    write("application.properties", "tracks.handlers.elsewhere=gmail, drive");
    assertThat(run("validate").out()).contains("'books'").doesNotContain("'gmail'", "'drive'");
    assertThat(run("validate", "--served-elsewhere", "books").exitCode()).isZero();
  }

  @Test
  void whoWasSeenIsAskedOfADatabaseThatIsThere() throws IOException {
    write("intake.yml", GOOD.formatted("intake"));
    CliRun refused = run("validate", "intake.yml", "--workers-seen", "7d");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("There is no database: TRACKS_DATABASE_URL is not set");
  }

  private String onlyTheWorkflows() {
    return "Only the workflows were checked: there are no routes in %s (TRACKS_ROUTES)%n"
        .formatted(directory.resolve("routes"));
  }

  private CliRun run(String... arguments) {
    return CliRun.of(Map.of(), directory, arguments);
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(directory.resolve(file), text);
  }
}
