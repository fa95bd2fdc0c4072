package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands that ask somebody say before they ask: help and wrong usage. */
@Tag("track-coordination")
class OperationUsageTest {

  private static final String RUN = "01890a5d-ac96-774b-bcce-b302099a8057";

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "start",
        "event",
        "runs",
        "chain",
        "why",
        "queues",
        "gates",
        "retry",
        "skip",
        "cancel",
        "hold",
        "release",
        "quarantine list",
        "quarantine replay",
        "quarantine dismiss",
        "workflows",
        "retire",
        "audit",
        "graph"
      })
  void eachCanAskAServer(String command) {
    CliRun help = run(command + " --help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.out())
        .startsWith("Usage: track-coordinator " + command)
        .contains("--server=URL", "--token-file=FILE");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run",
        "migrate",
        "validate",
        "simulate a.yaml",
        "what-if a.yaml",
        "clean-up",
        "demo"
      })
  void whatWorksOnFilesOrTheDatabaseItselfRefusesAServer(String command) {
    for (String server :
        new String[] {" --server http://127.0.0.1:1", " --server=http://[::1]:1"}) {
      CliRun refused = run(command + server);
      assertThat(refused.exitCode()).isEqualTo(2);
      assertThat(refused.out()).isEmpty();
      assertThat(refused.err())
          .startsWith(
              "error: '%s' works on files and the database itself, never through a server"
                  .formatted(command.split(" ")[0]));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--server http://a audit | --server comes after the command that is to ask it",
        "quarantine --server http://a list | --server comes after the command",
        "quarantine | Say what: list, replay or dismiss",
        "quarantine replay | Missing required parameter: 'EVENT_ID'",
        "quarantine dismiss seven | 'seven' is not a long",
        "audit --server 127.0.0.1:8080 | Invalid value for option '--server': it is no URL",
        "audit --server ftp://a | 'ftp://a' is no address of a server, such as http://127.0.0.1:8080",
        "audit --token-file t | --token-file is for a server; give --server too",
        "start | Missing required parameter: 'WORKFLOW'",
        "start --wait | Missing required parameter: 'WORKFLOW'",
        "start w --wait=soon | Invalid value for option '--wait'",
        "start w --wait=-1 | --wait must be at least 0 seconds, not -1",
        "start w --payload [1] | '--payload': it is to be a JSON object, such as {\"mail\": 7}",
        "start w --payload {\"a\":1,\"a\":2} | Duplicate field 'a' (line 1, column ",
        "start w --payload @nowhere.json | '--payload': nowhere.json is no readable file",
        "start w --payload @latin.json | '--payload': latin.json is not UTF-8",
        "start w --priority high | Invalid value for option '--priority': 'high' is not an int",
        "start w --correlation-id 7 | '7' is not a UUID",
        "event RUN gmail completed --payload - --metadata - | Only one of --payload and --metadata can be",
        "event RUN gmail | Missing required parameter: 'EVENT_TYPE'",
        "skip RUN | Missing required parameter: 'TRACK'",
        "runs --limit 0 | --limit must be at least 1, not 0",
        "runs --limit 5 --all | --limit=N, --all are mutually exclusive",
        "hold | Missing required argument",
        "hold --handler a --user b | are mutually exclusive",
        "hold --handler a --run RUN | are mutually exclusive",
        "release --track a | Missing required argument(s): --run=CORRELATION_ID",
      })
  void wrongUsageIsToldBeforeAnybodyIsAsked(String arguments, String message) throws IOException {
    Files.write(directory.resolve("latin.json"), new byte[] {'{', '"', (byte) 0xFC, '"'});
    CliRun wrong = run(arguments.strip().replace("RUN", RUN));
    assertThat(wrong.err())
        .startsWith("error: ")
        .contains(message)
        .contains("Try 'track-coordinator")
        .doesNotContain("Exception", "There is no database");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.out()).isEmpty();
  }

  @Test
  void aWaitTakesSecondsOrNothing() {
    for (String arguments : new String[] {"start w --wait", "start --wait w", "start --wait 5 w"}) {
      assertThat(run(arguments).err()).startsWith("error: There is no database");
    }
  }

  @Test
  void aPasswordInTheAddressIsNotShown() {
    assertThat(run("audit --server http://me:geheim@a").err())
        .contains("TRACKS_API_TOKEN")
        .doesNotContain("geheim");
  }

  @Test
  void aTokenFileThatHoldsNoTokenIsToldWithoutIt() throws IOException {
    Files.writeString(directory.resolve("token"), "operator:geheim");
    CliRun run = run("audit --server http://127.0.0.1:1 --token-file token");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("allowed is one token without its role")
        .doesNotContain("geheim");
  }

  private CliRun run(String arguments) {
    return CliRun.of(Map.of(), directory, arguments.split(" "));
  }
}
