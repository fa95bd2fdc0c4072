package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What the program says without a database: help, versions, wrong usage, wrong configuration. */
@Tag("track-coordination")
class UsageTest {

  @TempDir Path directory;

  @Command(name = "run")
  static final class FakeRun implements Subcommand {
    private final RuntimeException failure;

    FakeRun(RuntimeException failure) {
      this.failure = failure;
    }

    @Override
    public Integer call() {
      if (failure != null) {
        throw failure;
      }
      return 0;
    }
  }

  @Test
  void helpListsTheCommands() {
    CliRun run = run("--help");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("migrate", "validate", "chain", "why", "audit", "Exit codes: 0 done");
    assertThat(run.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "migrate",
        "validate",
        "chain",
        "audit",
        "clean-up",
        "workflows",
        "retire",
        "what-if",
        "graph"
      })
  void eachCommandHasHelp(String command) {
    CliRun run = run(command, "--help");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("Usage: track-coordinator " + command);
  }

  @Test
  void versionNamesWhatItStandsOn() {
    CliRun run = run("--version");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines())
        .hasSize(4)
        .anyMatch(line -> line.equals("Apache Camel 4.18.0"))
        .anyMatch(line -> line.startsWith("PostgreSQL driver 42."))
        .anyMatch(line -> line.startsWith("Java " + System.getProperty("java.version")));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "chian 1               | Did you mean: track-coordinator chain",
        "chain                 | Missing required parameter: 'CORRELATION_ID'",
        "chain abc             | Invalid value for positional parameter at index 0 (CORRELATION_ID): 'abc' is not a UUID",
        "chain --jsno 01890a5d-ac96-774b-bcce-b302099a8057 | Unknown option: '--jsno'",
        "audit surplus         | Unmatched argument at index 1: 'surplus'",
      })
  void wrongUsageIsToldShortly(String arguments, String message) {
    CliRun run = run(arguments.strip().split(" "));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .startsWith("error: ")
        .contains(message)
        .contains("Try 'track-coordinator")
        .doesNotContain("Exception");
  }

  @Test
  void wrongConfigurationStopsACommand() {
    CliRun run = CliRun.of(Map.of("TRACKS_HTTP_PORT", "x"), directory, "migrate");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .isEqualToIgnoringNewLines(
            "error: The configuration has a mistake: TRACKS_HTTP_PORT=x (set in the environment) is not"
                + " valid: allowed is a whole number from 0 to 65535; 0 takes a free port");
  }

  @Test
  void withoutACommandItRuns() {
    assertThat(runWith(null).exitCode()).isZero();
    CliRun refused = runWith(new Refusal("not today"));
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).isEqualToIgnoringNewLines("error: not today");
  }

  @Test
  void onlyVerboseShowsAStackTrace() {
    RuntimeException failure = new IllegalStateException("broken");
    assertThat(runWith(failure, "run").err())
        .isEqualToIgnoringNewLines(
            "error: unexpected: java.lang.IllegalStateException: broken (--verbose shows where)");
    assertThat(runWith(failure, "run", "--verbose").err())
        .contains("at " + UsageTest.class.getName());
    assertThat(runWith(failure, "-v", "run").err()).contains("at " + UsageTest.class.getName());
  }

  private CliRun run(String... arguments) {
    return CliRun.of(Map.of(), directory, arguments);
  }

  private CliRun runWith(RuntimeException failure, String... arguments) {
    return CliRun.of(
        Map.of(), directory, commandLine -> replaceRun(commandLine, failure), arguments);
  }

  private static void replaceRun(CommandLine commandLine, RuntimeException failure) {
    if (commandLine.getSubcommands().containsKey("run")) {
      commandLine.getCommandSpec().removeSubcommand("run");
    }
    commandLine.addSubcommand(new FakeRun(failure));
    commandLine.setExecutionExceptionHandler(commandLine.getExecutionExceptionHandler());
  }
}
