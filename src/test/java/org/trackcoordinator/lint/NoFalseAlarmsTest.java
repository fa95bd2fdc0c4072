package org.trackcoordinator.lint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.cli.CliRun;

/**
 * Good files stay in peace: the sample set, which is the demo's too, and graphs of real workflows.
 */
@Tag("track-coordination")
class NoFalseAlarmsTest {

  private static final Path HERE = Path.of("");
  private static final String REAL_DAGS = Path.of("src/test/resources/real-dags").toString();
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "validate",
        "validate routes/workflows",
        "validate routes/workflows/invoice-intake.yaml"
      })
  void theSampleSetHasNoFinding(String command) throws IOException {
    assertThat(findings(Map.of(), command)).isEmpty();
    assertThat(findings(Map.of("GMAIL_ENABLED", "true"), command)).isEmpty();
  }

  @Test
  void aSourceThatIsTurnedOnNeedsItsWorkflow() throws IOException {
    assertThat(findings(Map.of("NIGHTLY_ENABLED", "true"), "validate"))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.get("severity").asText()).isEqualTo("warning");
              assertThat(finding.get("message").asText())
                  .startsWith("no file defines the workflow 'nightly'");
            });
    assertThat(
            findings(
                Map.of("NIGHTLY_ENABLED", "true", "NIGHTLY_WORKFLOW", "invoice-intake"),
                "validate"))
        .isEmpty();
  }

  /** As in the continuous integration of a repository that holds workflows only. */
  @Test
  void realGraphsWithoutRoutesHaveNoFinding() throws IOException {
    Path workflows = Files.createDirectories(directory.resolve("workflows"));
    for (Path file : realGraphs()) {
      Files.copy(file, workflows.resolve(file.getFileName()));
    }
    CliRun run = CliRun.of(Map.of(), directory, "validate", "workflows");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines()).hasSize(3).allMatch(line -> line.startsWith("ok "));
    assertThat(run.err())
        .isEqualTo(
            "Only the workflows were checked: there are no routes in %s (TRACKS_ROUTES)%n"
                .formatted(directory.resolve("routes")));
  }

  @Test
  void workflowsForOtherRoutesAreOneWarningEach() {
    CliRun run = CliRun.of(Map.of(), HERE, "validate", REAL_DAGS);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines().filter(line -> !line.startsWith("ok ")))
        .hasSize(3)
        .allMatch(line -> line.contains("the routes in routes serve none of its handlers ("));
  }

  /** A route in another file of the user's may be for it. */
  @Test
  void ofOneFileAloneNobodySaysThatItsRoutesAreUnused() throws IOException {
    Path routes = SeededFault.copySoundTo(directory);
    Files.createDirectories(directory.resolve("flows"));
    Files.move(routes.resolve("workflows/intake.yaml"), directory.resolve("flows/intake.yaml"));
    Files.delete(routes.resolve("workflows"));
    Files.writeString(
        directory.resolve("flows/other.yaml"), "workflow: other\ntracks: { drive: {} }\n");
    Files.writeString(
        routes.resolve("tracks/letters.camel.yaml"),
        "- route: { id: letters, from: { uri: 'track-work:letters', steps: [] } }");
    assertThat(SeededFault.validate(directory, "validate", "flows/other.yaml").out())
        .isEqualTo("ok flows/other.yaml: other, 1 tracks, 0 dependencies, depth 1\n");
    assertThat(SeededFault.validate(directory, "validate", "flows").out().lines())
        .hasSize(3)
        .last()
        .asString()
        .contains("no track of any workflow is for the handler 'letters'");
  }

  static Stream<Arguments> limits() {
    return Stream.of(
        arguments(
            "timeouts as long as the deadline", "deadline: 30m", "{ dependsOn: [gmail] }", ""),
        arguments(
            "data that may be ready at once",
            "deadline: 25m",
            "{ dependsOn: { track: gmail, on: data_ready } }",
            ""),
        arguments("no timeout", "deadline: 25m", "{ dependsOn: [gmail], timeout: none }", ""),
        arguments(
            "pauses that jitter may make short enough",
            "deadline: 1h",
            "{ dependsOn: [gmail], retry: { maxAttempts: 8, backoff: 10m, multiplier: 1, jitter: 0.5, maxBackoff: 10m } }",
            ""),
        arguments(
            "a trigger timeout as long as the deadline",
            "deadline: 1h",
            "{ dependsOn: [gmail], triggerTimeout: 1h }",
            ""),
        arguments(
            "ends that can happen",
            "deadline: 1h",
            "{ dependsOn: [gmail], onFailure: skip-downstream }",
            "on: { failed: drive, timed_out: drive, cancelled: drive, completed: drive }"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("limits")
  void aWorkflowMayHave(String what, String deadline, String drive, String on) throws IOException {
    Path routes = SeededFault.copySoundTo(directory);
    Files.writeString(
        routes.resolve("workflows/intake.yaml"),
        """
        workflow: intake
        %s
        tracks:
          gmail: { onFailure: continue }
          drive: %s
          books: { dependsOn: [drive], onFailure: continue }
        %s
        """
            .formatted(deadline, drive, on));
    CliRun run = SeededFault.validate(directory, "validate");
    assertThat(run.out())
        .isEqualTo("ok routes/workflows/intake.yaml: intake, 3 tracks, 2 dependencies, depth 3\n");
  }

  static Stream<Arguments> waysToServe() {
    return Stream.of(
        arguments("a track-work URI", "from: { uri: 'track-work:drive?lease=90s', steps: [] }"),
        arguments(
            "a route without its own head",
            "from: { uri: kamelet:track-source/own-id?handler=drive, steps: [] }"),
        arguments(
            "the kamelet as a parameter",
            "from: { uri: kamelet, parameters: { templateId: track-source, handler: drive }, steps: [] }"),
        arguments("a default", "from: { uri: 'track-work:{{store.handler:drive}}', steps: [] }"),
        arguments(
            "a setting beside the routes", "from: { uri: 'track-work:{{store.name}}', steps: [] }"),
        arguments(
            "events of its own",
            "from: { uri: timer:drive, steps: [ { to: { uri: kamelet:track-event-sink, parameters: { trackId: drive, eventType: completed } } } ] }"),
        arguments(
            "a kamelet of the user's own",
            "from: { uri: kamelet:store-source, parameters: { what: rive }, steps: [] }"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("waysToServe")
  void aHandlerIsServedBy(String way, String from) throws IOException {
    Path routes = SeededFault.copySoundTo(directory);
    Files.writeString(routes.resolve("tracks/drive.camel.yaml"), "- " + from);
    Files.writeString(routes.resolve("tracks/tracks.properties"), "store.name=drive");
    Files.writeString(
        routes.resolve("kamelets/store-source.kamelet.yaml"),
        """
        kind: Kamelet
        metadata: { name: store-source }
        spec:
          definition: { properties: { first: { default: d } } }
          template:
            route:
              from:
                uri: kamelet:track-source
                parameters: { handler: "{{first}}{{what}}" }
                steps: [ { to: kamelet:sink } ]
        """);
    CliRun run = SeededFault.validate(directory, "validate");
    assertThat(run)
        .isEqualTo(
            new CliRun(
                0,
                "ok routes/workflows/intake.yaml: intake, 3 tracks, 2 dependencies, depth 3\n",
                ""));
  }

  static Stream<Arguments> waysToHaveAKamelet() {
    return Stream.of(
        arguments("a template", "shelf", ""),
        arguments(
            "a library", "aws-s3-sink", "camel.component.kamelet.location=classpath:kamelets"),
        arguments("a name that a message gives", "${header.where}", ""));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("waysToHaveAKamelet")
  void aKameletIsThereBy(String way, String name, String settings) throws IOException {
    Path routes = SeededFault.copySoundTo(directory);
    Files.writeString(
        routes.resolve("tracks/tracks.properties"), "\n" + settings, StandardOpenOption.APPEND);
    Files.writeString(
        routes.resolve("tracks/more.camel.yaml"),
        """
        - routeTemplate:
            id: shelf
            from: { uri: kamelet:source, steps: [ { to: log:shelf } ] }
        - route:
            id: more
            from: { uri: direct:more, steps: [ { toD: "kamelet:%s" } ] }
        """
            .formatted(name));
    CliRun run = SeededFault.validate(directory, "validate");
    assertThat(run.out()).doesNotContain("kamelet");
    assertThat(run.exitCode()).isZero();
  }

  private static List<JsonNode> findings(Map<String, String> environment, String command)
      throws IOException {
    CliRun run = CliRun.of(environment, HERE, (command + " --json").split(" "));
    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEmpty();
    List<JsonNode> findings = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      new JsonMapper().readTree(line).get("findings").forEach(findings::add);
    }
    return findings;
  }

  private static List<Path> realGraphs() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(REAL_DAGS))) {
      return files.filter(file -> file.toString().endsWith(".json")).toList();
    }
  }
}
