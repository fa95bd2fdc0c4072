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
                ""));
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
    assertThat(run.err()).isEmpty();
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

  private CliRun run(String... arguments) {
    return CliRun.of(Map.of(), directory, arguments);
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(directory.resolve(file), text);
  }
}
