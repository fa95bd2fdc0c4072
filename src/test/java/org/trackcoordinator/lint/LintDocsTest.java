package org.trackcoordinator.lint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.cli.CliRun;

/** The page says what the command does. */
@Tag("track-coordination")
class LintDocsTest {

  private static final Path PAGE = Path.of("docs/lint.md");
  private static final String PROGRAM = "java -jar target/track-coordinator.jar ";

  @Test
  void itsCommandsGoWell() throws IOException {
    List<String> commands = block("sh");
    assertThat(commands).isNotEmpty();
    for (String command : commands) {
      assertThat(command).startsWith(PROGRAM);
      CliRun run = CliRun.of(Map.of(), Path.of(""), command.substring(PROGRAM.length()).split(" "));
      assertThat(run.exitCode()).as(command + "\n" + run).isZero();
    }
  }

  /** And {@link SeededFaultsTest} proves that these are printed. */
  @Test
  void itsExamplesAreFindingsOfSeededFaults() throws IOException {
    List<String> found = SeededFault.all().flatMap(fault -> fault.findings().stream()).toList();
    assertThat(block("")).isNotEmpty().allSatisfy(line -> assertThat(found).contains(line));
  }

  private static List<String> block(String language) throws IOException {
    Matcher block =
        Pattern.compile("(?ms)^```" + language + "\n(.*?)^```$").matcher(Files.readString(PAGE));
    int from = language.isEmpty() ? Files.readString(PAGE).indexOf("## What it looks like") : 0;
    assertThat(block.find(from)).isTrue();
    return block.group(1).lines().toList();
  }
}
