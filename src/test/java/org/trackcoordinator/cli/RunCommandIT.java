package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.database.SharedPostgres;
import org.trackcoordinator.testing.Folders;

/** What {@code run} needs and can't have. */
@Tag("track-coordination")
class RunCommandIT {

  private static final String ROUTE =
      """
      - route:
          id: more
          from:
            uri: direct:more
            steps:
              - to:
                  uri: %s
      """;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"TRACKS_HTTP_PORT", "TRACKS_MANAGEMENT_PORT"})
  void aPortThatIsTakenIsAnErrorThatNamesItsSetting(String variable) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Map<String, String> environment = new HashMap<>();
      environment.put("TRACKS_DATABASE_URL", SharedPostgres.newDatabaseUrl());
      environment.put("TRACKS_HTTP_PORT", "0");
      environment.put("TRACKS_MANAGEMENT_PORT", "0");
      environment.put(variable, Integer.toString(taken.getLocalPort()));
      CliRun run = CliRun.of(environment, Path.of(""), "run");
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err())
          .contains("can't listen on 127.0.0.1, port " + taken.getLocalPort())
          .contains("Set " + variable + " to another port");
    }
  }

  private static final String OPERATION =
      """
      - rest:
          path: /api/runs
          get:
            - id: more
              security:
                - key: token
                  scopes: reader
              to: direct:list-runs
      """;

  static Stream<Arguments> faults() {
    return Stream.of(
        arguments(
            "no YAML", "route: [", "2:1: not readable as YAML or JSON: while parsing a flow node"),
        arguments(
            "a kamelet that is not there",
            ROUTE.formatted("kamelet:stmap"),
            "7:18: [0].route.from.steps[0].to.uri: there is no kamelet 'stmap', so run will not start; write kamelets/stmap.kamelet.yaml"),
        arguments(
            "a component that is not there",
            ROUTE.formatted("fiel:data"),
            "7:1: route more: No endpoint could be found for: fiel://data"),
        arguments(
            "a setting that is not there",
            ROUTE.formatted("\"log:{{no.such.setting}}\""),
            "7:1: route more: Property with key [no.such.setting] not found"),
        arguments(
            "a statement that is not there",
            ROUTE.formatted("sql:classpath:sql/missing.sql"),
            "7:1: route more: Cannot find resource: classpath:sql/missing.sql"),
        arguments(
            "an id given twice",
            ROUTE.formatted("log:x").replace("id: more", "id: gmail"),
            "1:1: route.id: the route 'gmail' is in routes/tracks/gmail.camel.yaml:1, too; an id is given once"),
        arguments(
            "a request that another operation answers",
            OPERATION,
            "4:1: operation.path: GET /api/runs is in routes/api/runs.camel.yaml:"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void aFaultyRouteFileIsAnErrorThatNamesItsPlace(String what, String text, String said)
      throws Exception {
    Folders.copy(Path.of("routes"), directory.resolve("routes"));
    Files.writeString(directory.resolve("routes/tracks/more.camel.yaml"), text + "\n");
    Map<String, String> environment =
        Map.of(
            "TRACKS_DATABASE_URL", SharedPostgres.newMigratedDatabaseUrl(),
            "TRACKS_HTTP_PORT", "0",
            "TRACKS_MANAGEMENT_PORT", "0");
    CliRun run = CliRun.of(environment, directory, "run");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err().replace(directory + "/", ""))
        .startsWith("error: routes/tracks/more.camel.yaml:" + said);
  }
}
