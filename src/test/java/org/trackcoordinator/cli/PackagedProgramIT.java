package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar as users start it, in a folder that holds nothing else. */
@Tag("track-coordination")
class PackagedProgramIT {

  private static final String JAR =
      Path.of(System.getProperty("tracks.test.jar", "target/track-coordinator.jar"))
          .toAbsolutePath()
          .toString();

  @TempDir Path directory;

  @Test
  void tellsItsVersion() throws Exception {
    CliRun run = run("--version");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("track-coordinator 0.").contains("Apache Camel 4.");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void keepsDataOnStandardOutputAndLoggingOnStandardError() throws Exception {
    CliRun migrate = run("migrate");
    assertThat(migrate.exitCode()).as(migrate.err()).isZero();
    assertThat(migrate.out().lines()).allMatch(line -> line.matches("(applied|PostgreSQL) .*"));
    assertThat(migrate.err().lines())
        .allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT\\S+ INFO  \\w+ - .*"));
    CliRun audit = run("audit", "--json");
    assertThat(audit.exitCode()).as(audit.err()).isZero();
    assertThat(audit.out()).isEmpty();
  }

  @Test
  void endsWithTwoOnWrongUsage() throws Exception {
    assertThat(run("--nonsense").exitCode()).isEqualTo(2);
  }

  private CliRun run(String... arguments) throws IOException, InterruptedException {
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    List<String> command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-jar",
                    JAR),
                Stream.of(arguments))
            .toList();
    int exitCode =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start()
            .waitFor();
    return new CliRun(
        exitCode,
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
