package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.Tool;
import org.trackcoordinator.workflow.WorkflowFiles;

/** The requests in the docs, as a reader would copy them. */
@Tag("track-coordination")
class RestDocsIT {

  private static final Pattern BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();
  @RegisterExtension static final RunningApi api = new RunningApi(database);

  static Stream<String> blocks() {
    return Stream.of("README.md", "docs/rest.md")
        .flatMap(page -> BLOCK.matcher(read(page)).results())
        .map(MatchResult::group)
        .map(block -> block.replaceAll("```(sh\n)?", ""))
        .filter(block -> block.contains("curl "));
  }

  @ParameterizedTest
  @MethodSource("blocks")
  @Needs({Tool.BASH, Tool.CURL})
  void goWell(String block) throws Exception {
    database.load(WorkflowFiles.read(Path.of("routes/workflows/invoice-intake.yaml")));
    String script = block.replace("127.0.0.1:8080", "127.0.0.1:" + api.port());
    Process bash =
        new ProcessBuilder(Tool.BASH.path().toString(), "-e", "-u", "-o", "pipefail", "-c", script)
            .redirectErrorStream(true)
            .start();
    String said = new String(bash.getInputStream().readAllBytes());
    assertThat(bash.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(bash.exitValue()).as(said).isZero();
    assertThat(said).contains("correlationId").doesNotContain("\"status\":4");
  }

  private static String read(String page) {
    try {
      return Files.readString(Path.of(page));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
