package org.trackcoordinator.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.cli.CliRun;
import org.trackcoordinator.cli.TrackCoordinator;
import org.trackcoordinator.database.SharedPostgres;
import org.trackcoordinator.testing.ChildJvm;
import org.trackcoordinator.testing.Folders;

/** The steps of the tutorial, read from the page and done as a reader would. */
@Tag("e2e-track-workflow")
class TutorialIT {

  private static final String PROGRAM = "java -jar target/track-coordinator.jar ";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What a reader does, and what the page says comes of it, in the order of the page. */
  private static final Pattern STEP =
      Pattern.compile(
          "Save as `(?<saved>[^`]+)`:\n\n```yaml\n(?<text>.*?)```"
              + "|Add to the end of `(?<extended>[^`]+)`:\n\n```yaml\n(?<more>.*?)```"
              + "|Change `(?<before>[^`]+)` to `(?<after>[^`]+)` in `(?<changed>[^`]+)`"
              + "|```sh\n(?<commands>.*?)```"
              + "|```\n(?<said>.*?)```",
          Pattern.DOTALL);

  @TempDir private Path folder;
  private final Map<String, String> environment =
      Map.of(
          "TRACKS_DATABASE_URL",
          SharedPostgres.newDatabaseUrl(),
          "TRACKS_HTTP_PORT",
          "0",
          "TRACKS_MANAGEMENT_PORT",
          "0");
  private final List<String> outputs = new ArrayList<>();
  private Process program;
  private int saidBefore; // how much of the program's output earlier steps were about

  @AfterEach
  void stop() {
    if (program != null) {
      program.destroyForcibly();
    }
  }

  @Test
  void eachStepDoesWhatThePageSays() throws Exception {
    Folders.copy(Path.of("routes"), folder.resolve("routes"));
    Matcher step = STEP.matcher(Files.readString(Path.of("docs/tutorial.md")));
    int steps = 0;
    while (step.find()) {
      steps++;
      perform(step);
    }
    assertThat(steps).isEqualTo(12);
    assertThat(outputs)
        .anyMatch(
            output -> output.matches("ok .*invoice-intake.yaml: invoice-intake, 5 tracks, .*\\n"))
        .anyMatch(output -> output.matches("(?s).*ledger +completed.*"));
    assertThat(folder.resolve("data/ledger/deals.jsonl")).hasContent("{\"deal\": 4711}");
    assertThat(folder.resolve("invoice-intake.svg"))
        .as("the picture on the page; after a change of the sample copy the new one there")
        .hasSameTextualContentAs(Path.of("docs/pictures/tutorial-graph.svg"));
  }

  private void perform(Matcher step) throws Exception {
    if (step.group("saved") != null) {
      Files.writeString(folder.resolve(step.group("saved")), step.group("text"));
    } else if (step.group("extended") != null) {
      Files.writeString(
          folder.resolve(step.group("extended")), step.group("more"), StandardOpenOption.APPEND);
    } else if (step.group("changed") != null) {
      Path file = folder.resolve(step.group("changed"));
      assertThat(file).content().containsOnlyOnce(step.group("before"));
      Files.writeString(
          file, Files.readString(file).replace(step.group("before"), step.group("after")));
    } else if (step.group("commands") != null) {
      for (String line : step.group("commands").strip().lines().toList()) {
        assertThat(line).startsWith(PROGRAM);
        run(line.substring(PROGRAM.length()));
      }
    } else {
      awaitSaid(step.group("said").strip());
    }
  }

  private void run(String arguments) throws IOException {
    if (arguments.equals("run")) {
      ProcessBuilder builder =
          new ProcessBuilder(
                  ChildJvm.command(
                      "-cp",
                      absolute(System.getProperty("java.class.path")),
                      TrackCoordinator.class.getName(),
                      "run"))
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("output").toFile());
      builder.environment().putAll(environment);
      program = builder.start();
      awaitSaid("Coordinating [invoice-intake] …");
      return;
    }
    if (arguments.startsWith("chain ")) { // a reader is slower than the program
      await().atMost(PATIENCE).until(() -> command(arguments).matches("(?s).*ledger +completed.*"));
    }
    outputs.add(command(arguments));
  }

  private String command(String arguments) {
    CliRun run = CliRun.of(environment, folder, words(arguments));
    assertThat(run.exitCode()).as(arguments + "\n" + run).isZero();
    return run.out();
  }

  /** Waits until the program has written this line; … is whatever stands there. */
  private void awaitSaid(String line) {
    Pattern pattern =
        Pattern.compile(
            Stream.of(line.split("…", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
    await(line)
        .atMost(PATIENCE)
        .until(
            () -> {
              Matcher found = pattern.matcher(Files.readString(folder.resolve("output")));
              boolean said = found.find(saidBefore);
              saidBefore = said ? found.end() : saidBefore;
              return said;
            });
  }

  /** As a shell divides a line: what stands in single quotes is one. */
  private static String[] words(String line) {
    return Pattern.compile("'([^']*)'|\\S+")
        .matcher(line)
        .results()
        .map(word -> word.group(1) == null ? word.group() : word.group(1))
        .toArray(String[]::new);
  }

  private static String absolute(String classPath) {
    return Stream.of(classPath.split(java.io.File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(java.io.File.pathSeparator));
  }
}
