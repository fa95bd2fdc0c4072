package org.trackcoordinator.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.cli.CliRun;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/** The pages show what the program draws. */
@Tag("track-coordination")
class GraphDocsTest {

  private static final Path PAGE = Path.of("docs/graphs.md");
  private static final String PROGRAM = "java -jar target/track-coordinator.jar ";

  @Test
  void thePictureIsThatOfTheWorkflowAboveIt() throws IOException {
    Matcher block =
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE));
    assertThat(block.find()).isTrue();
    Definition definition = WorkflowFiles.parse(PAGE.toString(), block.group(1));
    Path drawn = Path.of("target/graphs.svg");
    Files.writeString(drawn, new WorkflowGraph().render(definition, GraphFormat.SVG, Map.of()));
    assertThatShown(Path.of("docs/graphs.svg"), drawn);
  }

  /** What the command gives is what the README shows. */
  @Test
  void theSampleWorkflowIsAsItIsDrawn() throws IOException {
    Path drawn = Path.of("target/invoice-intake.svg");
    CliRun run =
        CliRun.of(Map.of(), Path.of(""), "graph", "invoice-intake", "--output", drawn.toString());
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThatShown(Path.of("docs/pictures/invoice-intake.svg"), drawn);
    assertThat(Files.readString(Path.of("README.md")))
        .contains("](docs/pictures/invoice-intake.svg)");
  }

  private static void assertThatShown(Path picture, Path drawn) throws IOException {
    assertThat(Files.readString(drawn))
        .as("%s is out of date: copy %s there and look at it", picture, drawn)
        .isEqualTo(Files.readString(picture));
  }

  @Test
  void itsCommandsDoWhatTheySay() throws IOException {
    Matcher block =
        Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE));
    assertThat(block.find()).isTrue();
    for (String command : block.group(1).lines().toList()) {
      assertThat(command).startsWith(PROGRAM);
      String[] arguments = command.substring(PROGRAM.length()).split(" ");
      assertThat(CliRun.of(Map.of(), Path.of(""), arguments).exitCode()).as(command).isZero();
    }
  }

  @Test
  void theTableHasEachFormat() throws IOException {
    String page = Files.readString(PAGE);
    for (GraphFormat format : GraphFormat.values()) {
      assertThat(page)
          .containsPattern(
              "\\| `"
                  + format.word()
                  + "`[^|]*\\| `"
                  + Pattern.quote(format.contentType())
                  + "` \\|");
      format.fileEndings().forEach(ending -> assertThat(page).contains("`." + ending + "`"));
    }
  }
}
