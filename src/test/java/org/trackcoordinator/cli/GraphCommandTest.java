package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command graph, of files. */
@Tag("track-coordination")
class GraphCommandTest {

  private static final String PAIR =
      "workflow: pair\ntracks:\n  gmail: {}\n  drive: {dependsOn: [gmail]}\n";

  @TempDir Path directory;

  @BeforeEach
  void aFolderOfWorkflows() throws IOException {
    Files.createDirectories(directory.resolve("routes/workflows"));
    Files.writeString(directory.resolve("routes/workflows/first.yaml"), PAIR);
  }

  @Test
  void aFileIsMermaidByDefault() throws IOException {
    Files.writeString(directory.resolve("other.yaml"), PAIR.replace("pair", "other"));
    CliRun run = run("graph", "other.yaml");
    assertThat(run)
        .isEqualTo(
            new CliRun(
                0,
                """
                flowchart LR
                  accTitle: other
                  t1["gmail"]
                  t2["drive"]
                  t1 --> t2
                """,
                ""));
  }

  @Test
  void aNameIsThatOfAWorkflowOfTheFolder() {
    CliRun run = run("graph", "pair");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("flowchart LR").contains("accTitle: pair");
  }

  @Test
  void aFileOfThatNameComesFirst() throws IOException {
    Files.writeString(directory.resolve("pair"), PAIR.replace("drive", "books"));
    assertThat(run("graph", "pair").out()).contains("books").doesNotContain("drive");
  }

  @Test
  void jsonIsOneDocument() throws IOException {
    CliRun run = run("graph", "pair", "--format", "json");
    assertThat(run.out().lines()).hasSize(1);
    JsonNode graph = JsonMapper.builder().build().readTree(run.out());
    assertThat(graph.get("nodes")).hasSize(2);
    assertThat(graph.get("edges").get(0).get("from").asText()).isEqualTo("gmail");
    assertThat(run.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "a.svg, <svg ",
    "a.mmd, flowchart LR",
    "a.mermaid, flowchart LR",
    "A.DOT, digraph",
    "a.gv, digraph",
    "a.json, '{\"workflow\"'",
  })
  void theOutputsNameSaysTheFormat(String file, String beginning) throws IOException {
    CliRun run = run("graph", "pair", "--output", file);
    assertThat(run).isEqualTo(new CliRun(0, "", ""));
    assertThat(Files.readString(directory.resolve(file))).startsWith(beginning);
  }

  @Test
  void theFormatIsStrongerThanTheOutputsName() throws IOException {
    assertThat(run("graph", "pair", "--format", "DOT", "--output", "a.svg").exitCode()).isZero();
    assertThat(Files.readString(directory.resolve("a.svg"))).startsWith("digraph");
  }

  @Test
  void wrongUsage() {
    CliRun png = run("graph", "pair", "--output", "a.png");
    assertThat(png.exitCode()).isEqualTo(2);
    assertThat(png.err())
        .contains(
            "The name of a.png does not say the format; say it with --format, one of svg, mermaid,"
                + " dot, json");
    CliRun pdf = run("graph", "pair", "--format", "pdf");
    assertThat(pdf.exitCode()).isEqualTo(2);
    assertThat(pdf.err())
        .contains(
            "--format", "there is no graph format 'pdf'; allowed are svg, mermaid, dot, json");
    CliRun nothing = run("graph");
    assertThat(nothing.exitCode()).isEqualTo(2);
    assertThat(nothing.err()).contains("Missing required parameter: 'FILE|WORKFLOW'");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    CliRun run = run("graph", "routes/workflows/pair.yaml");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .isEqualToIgnoringNewLines(
            "error: " + directory.resolve("routes/workflows/pair.yaml") + ": no such file");
  }

  @Test
  void aFaultyFileIsRefusedWithItsFaults() throws IOException {
    Files.writeString(
        directory.resolve("round.yaml"), "workflow: round\ntracks: {a: {dependsOn: b}}");
    CliRun run = run("graph", "round.yaml");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("round.yaml:2:25: tracks.a.dependsOn: unknown track 'b'");
  }

  @Test
  void anUnknownNameTellsWhatThereIs() throws IOException {
    Files.writeString(directory.resolve("routes/workflows/second.yaml"), "workflow: [");
    CliRun run = run("graph", "pear");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains("second.yaml is faulty and left out; 'validate' says why")
        .contains("error: There is no workflow 'pear' in the files of ")
        .contains("(they define pair), and the database could not be asked: There is no database");
  }

  @Test
  void aPictureThatIsTooLargeIsRefused() throws IOException {
    StringBuilder file = new StringBuilder("workflow: wide\ntracks:\n");
    for (int i = 0; i < 10_001; i++) {
      file.append("  t").append(i).append(":\n");
    }
    Files.writeString(directory.resolve("wide.yaml"), file);
    CliRun run = run("graph", "wide.yaml", "--format", "svg");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).startsWith("error: workflow 'wide' is too large for a picture");
    assertThat(run("graph", "wide.yaml", "--format", "dot").exitCode()).isZero();
  }

  @Test
  void anOutputThatCannotBeWrittenIsNamed() {
    CliRun run = run("graph", "pair", "--output", "nowhere/a.svg");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains(directory.resolve("nowhere/a.svg") + " cannot be written: ")
        .doesNotContain("unexpected");
  }

  private CliRun run(String... arguments) {
    return CliRun.of(Map.of(), directory, arguments);
  }
}
