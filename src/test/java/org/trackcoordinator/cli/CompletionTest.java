package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.Tool;

/** The completion script as a shell reads it. */
@Tag("track-coordination")
@Needs(Tool.BASH)
class CompletionTest {

  @TempDir Path directory;
  private Path script;

  @BeforeEach
  void print() throws IOException {
    CliRun run = CliRun.of(Map.of(), directory, "completion");
    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEmpty();
    script = Files.writeString(directory.resolve("completion.bash"), run.out());
  }

  @Test
  void isValid() throws Exception {
    assertThat(bash("-n", script.toString())).isEmpty();
  }

  @Test
  void knowsEachCommand() throws Exception {
    TreeSet<String> commands =
        new TreeSet<>(TrackCoordinator.commandLine(Map.of(), directory).getSubcommands().keySet());
    assertThat(commands).contains("run", "demo", "graph", "completion");
    assertThat(completed("")).containsAll(commands);
  }

  @Test
  void completesCommandsOptionsAndWhatTheyTake() throws Exception {
    assertThat(completed("qua")).containsExactly("quarantine");
    assertThat(completed("quarantine", "re")).containsExactly("replay");
    assertThat(completed("start", "--pr")).containsExactly("--priority");
    assertThat(completed("runs", "--state", "ti")).containsExactly("timed_out");
  }

  /** What the shell offers for the last of these words. */
  private List<String> completed(String... words) throws Exception {
    String program =
        """
        source %s
        COMP_WORDS=(track-coordinator %s)
        COMP_CWORD=%d
        _complete_track-coordinator
        printf '%%s\\n' "${COMPREPLY[@]}"
        """
            .formatted(script, "'" + String.join("' '", words) + "'", words.length);
    return bash("-c", program).lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
  }

  private String bash(String... arguments) throws IOException, InterruptedException {
    Path said = directory.resolve("said");
    Path complaints = directory.resolve("complaints");
    String[] command = new String[arguments.length + 1];
    command[0] = Tool.BASH.path().toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    int exitCode =
        new ProcessBuilder(command)
            .redirectError(complaints.toFile())
            .redirectOutput(said.toFile())
            .start()
            .waitFor();
    assertThat(exitCode).as(Files.readString(complaints)).isZero();
    return Files.readString(said);
  }
}
