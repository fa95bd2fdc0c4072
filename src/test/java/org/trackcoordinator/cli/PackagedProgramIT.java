package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.database.SharedPostgres;
import org.trackcoordinator.testing.ChildJvm;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.Tool;

/** The jar as users start it, in a folder that holds nothing else. */
@Tag("track-coordination")
class PackagedProgramIT {

  private static final String JAR =
      Path.of(System.getProperty("tracks.test.jar", "target/track-coordinator.jar"))
          .toAbsolutePath()
          .toString();

  private static final String RUN = "01890a5d-ac96-774b-bcce-b302099a8057";

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

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "elsewhere 'script' takes other arguments")
  @Needs(Tool.SCRIPT)
  void coloursAreForTerminalsOnlyAndForNobodyWhoWantsNone() throws Exception {
    String url = SharedPostgres.newDatabaseUrl();
    Map<String, String> environment = Map.of("TRACKS_DATABASE_URL", url);
    assertThat(CliRun.of(environment, directory, "migrate").exitCode()).isZero();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "insert into processing_logs (correlation_id, track_id, event_type) values ('%s', 'gmail', 'completed')"
              .formatted(RUN));
    }
    String program =
        "'%s' chain %s".formatted(String.join("' '", ChildJvm.command("-jar", JAR)), RUN);
    List<String> onATerminal = List.of(Tool.SCRIPT.path().toString(), "-qec", program, "/dev/null");
    assertThat(run(environment, onATerminal).out()).contains("\u001b[32mcompleted\u001b[39m");
    Map<String, String> without = new HashMap<>(environment);
    without.put("NO_COLOR", "1");
    assertThat(run(without, onATerminal).out()).contains("completed").doesNotContain("\u001b");
    assertThat(run(environment, List.of("sh", "-c", program)).out())
        .contains("completed")
        .doesNotContain("\u001b");
  }

  private CliRun run(String... arguments) throws IOException, InterruptedException {
    List<String> command = ChildJvm.command("-jar", JAR);
    command.addAll(List.of(arguments));
    return run(Map.of(), command);
  }

  private CliRun run(Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    ProcessBuilder process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    process.environment().keySet().removeAll(List.of("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"));
    process.environment().putAll(environment);
    int exitCode = process.start().waitFor();
    return new CliRun(
        exitCode,
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
