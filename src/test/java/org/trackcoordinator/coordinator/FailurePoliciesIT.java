package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** What follows when a track has failed for good, for each policy and where several meet. */
@Tag("track-coordination")
class FailurePoliciesIT {

  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  /** How one side of a diamond may end, and what that means for the other tracks. */
  private enum Side {
    COMPLETES("fail-run", "completed", "none", Hands.RESULT),
    FAILS_THE_RUN("fail-run", "failed", "none", Hands.END),
    SKIPS("skip-downstream", "failed", "none", Hands.NOTHING),
    CONTINUES("continue", "failed", "none", Hands.ERROR),
    NEEDS_NO_FALLBACK("{fallback: f}", "completed", "skipped", Hands.RESULT),
    FALLS_BACK("{fallback: f}", "failed", "completed", Hands.FALLBACK),
    FALLBACK_FAILS("{fallback: f}", "failed", "failed", Hands.END),
    FALLBACK_SKIPS("{fallback: f}", "failed", "failed", Hands.NOTHING),
    FALLBACK_CONTINUES("{fallback: f}", "failed", "failed", Hands.ERROR);

    final String policy;
    final String state;
    final String fallbackState;
    final Hands hands;

    Side(String policy, String state, String fallbackState, Hands hands) {
      this.policy = policy;
      this.state = state;
      this.fallbackState = fallbackState;
      this.hands = hands;
    }

    boolean hasFallback() {
      return policy.startsWith("{");
    }

    String fallbackPolicy() {
      return switch (this) {
        case FALLBACK_SKIPS -> "skip-downstream";
        case FALLBACK_CONTINUES -> "continue";
        default -> "fail-run";
      };
    }
  }

  private enum Hands {
    RESULT,
    FALLBACK,
    ERROR,
    NOTHING,
    END
  }

  @Test
  void aDiamondEndsAsThePoliciesOfItsSidesSay() throws Exception {
    Map<UUID, Side[]> runs = new LinkedHashMap<>();
    try (Coordinator coordinator = database.coordinator().with(worker()).start()) {
      for (Side b : Side.values()) {
        for (Side c : EnumSet.range(b, Side.FALLBACK_CONTINUES)) { // each pair once
          String name = (b + "-" + c).toLowerCase().replace('_', '.');
          database.load(diamond(name, b, c));
          List<String> fails = new ArrayList<>();
          addFailing(fails, "b", b);
          addFailing(fails, "c", c);
          UUID run =
              database.startRun(
                  name, JSON.writeValueAsString(Map.of("fails", fails, "amount", "1234.50")));
          runs.put(run, new Side[] {b, c});
        }
      }
      database.awaitRunsEnded(runs.size());
      database.awaitSettled();
    }
    for (Map.Entry<UUID, Side[]> run : runs.entrySet()) {
      assertEndedAsSaid(run.getKey(), run.getValue()[0], run.getValue()[1]);
    }
    assertThat(database.audit()).isEmpty();
  }

  private void assertEndedAsSaid(UUID run, Side b, Side c) throws Exception {
    String what = b + " and " + c;
    boolean ends = b.hands == Hands.END || c.hands == Hands.END;
    boolean bothNothing = b.hands == Hands.NOTHING && c.hands == Hands.NOTHING;
    boolean failed = ends || b.hands == Hands.NOTHING || c.hands == Hands.NOTHING;
    assertThat(database.state(run)).as(what).isEqualTo(failed ? "failed" : "completed");
    assertThat(database.state(run, "d"))
        .as(what)
        .isEqualTo(ends ? "cancelled" : bothNothing ? "skipped" : "completed");
    if (!ends) {
      assertSide(run, "b", b, what);
      assertSide(run, "c", c, what);
      if (!bothNothing) {
        JsonNode input = JSON.readTree(database.input(run, "d"));
        assertHandedOn(input.get("b"), "b", b, what);
        assertHandedOn(input.get("c"), "c", c, what);
      }
    }
  }

  private void assertSide(UUID run, String track, Side side, String what) {
    assertThat(database.state(run, track)).as(what).isEqualTo(side.state);
    if (side.hasFallback()) {
      assertThat(database.state(run, "f" + track)).as(what).isEqualTo(side.fallbackState);
    }
  }

  private static void assertHandedOn(JsonNode handed, String track, Side side, String what) {
    switch (side.hands) {
      case RESULT -> assertThat(handed).as(what).hasToString("{\"by\":\"" + track + "\"}");
      case FALLBACK -> assertThat(handed).as(what).hasToString("{\"by\":\"f" + track + "\"}");
      case ERROR -> {
        assertThat(handed.at("/error/class").asText())
            .as(what)
            .isEqualTo("java.lang.IllegalStateException");
        assertThat(handed.at("/error/message").asText()).as(what).endsWith("is told to fail");
        assertThat(handed.at("/error/attempts").asInt()).as(what).isEqualTo(1);
      }
      default -> assertThat(handed).as(what).isNull();
    }
  }

  private static void addFailing(List<String> fails, String track, Side side) {
    if (side.state.equals("failed")) {
      fails.add(track);
    }
    if (side.fallbackState.equals("failed")) {
      fails.add("f" + track);
    }
  }

  private static String diamond(String name, Side b, Side c) {
    StringBuilder yaml = new StringBuilder();
    yaml.append("workflow: ").append(name).append('\n');
    yaml.append("defaults: {retry: {maxAttempts: 1}}\ntracks:\n");
    yaml.append("  a: {handler: work}\n");
    addSide(yaml, "b", b);
    addSide(yaml, "c", c);
    yaml.append("  d: {handler: work, dependsOn: [b, c]}\n");
    return yaml.toString();
  }

  private static void addSide(StringBuilder yaml, String track, Side side) {
    yaml.append(
        "  %s: {handler: work, dependsOn: [a], onFailure: %s}\n"
            .formatted(track, side.policy.replace("f}", "f" + track + "}")));
    if (side.hasFallback()) {
      yaml.append(
          "  f%s: {handler: work, onFailure: %s}\n".formatted(track, side.fallbackPolicy()));
    }
  }

  /** Throws where the run's payload says so; the first track hands the payload on. */
  private static RouteBuilder worker() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-work?handler=work")
            .routeId("work")
            .routeConfigurationId("one-attempt")
            .process(
                exchange -> {
                  String track = exchange.getMessage().getHeader("trackId", String.class);
                  JsonNode input = JSON.readTree(exchange.getMessage().getBody(String.class));
                  for (JsonNode failing : input.path("fails")) {
                    if (failing.asText().equals(track)) {
                      exchange.getMessage().setHeader("trackRetry", false); // no circuit's fault
                      throw new IllegalStateException(track + " is told to fail");
                    }
                  }
                  if (!track.equals("a")) {
                    exchange.getMessage().setBody("{\"by\": \"" + track + "\"}");
                  }
                });
      }
    };
  }

  @Test
  void aFallbackGetsWhatTheFailedTrackGotAndItsError() throws Exception {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {handler: work, onFailure: {fallback: fa}}
          fa: {handler: work}
          d: {handler: work, dependsOn: [a]}
        """);
    try (Coordinator coordinator = database.coordinator().with(worker()).start()) {
      UUID run = database.startRun("w", "{\"fails\": [\"a\"], \"amount\": 12.50}");
      database.awaitRunsEnded(1);
      JsonNode input = JSON.readTree(database.input(run, "fa"));
      assertThat(database.input(run, "fa")).contains("\"amount\": 12.50");
      assertThat(input.at("/error/message").asText()).isEqualTo("a is told to fail");
      assertThat(
              database.count(
                  """
                  select count(*) from processing_logs t
                   where t.track_id = 'fa' and t.event_type = 'triggered'
                     and t.metadata -> 'consumed' = (select jsonb_agg(f.event_id) from processing_logs f
                                                      where f.track_id = 'a' and f.event_type = 'failed')
                  """))
          .isEqualTo(1);
      assertThat(database.input(run, "d")).isEqualTo("{\"by\": \"fa\"}");
      assertThat(database.state(run)).isEqualTo("completed");
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void ofAChainOfFallbacksTheLastOneSpeaksForTheTrack() throws Exception {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {handler: work, onFailure: {fallback: b}}
          b: {handler: work, onFailure: {fallback: c}}
          c: {handler: work, onFailure: {fallback: x}}
          x: {handler: work}
          d: {handler: work, dependsOn: [a, z]}
          z: {handler: work}
        """);
    try (Coordinator coordinator = database.coordinator().with(worker()).start()) {
      UUID run = database.startRun("w", "{\"fails\": [\"a\", \"b\"]}");
      database.awaitRunsEnded(1);
      assertThat(database.state(run)).isEqualTo("completed");
      assertThat(database.state(run, "c")).isEqualTo("completed");
      assertThat(database.state(run, "x")).isEqualTo("skipped");
      assertThat(database.input(run, "d"))
          .isEqualTo("{\"a\": {\"by\": \"c\"}, \"z\": {\"by\": \"z\"}}");
      assertThat(database.audit()).isEmpty();
    }
  }

  /** Whether the track completes, or is skipped itself. */
  @ParameterizedTest
  @CsvSource({"'[]', completed", "'[\"first\"]', skipped"})
  void fallbacksOfAFallbackThatIsNotNeededAreSkippedWithIt(String fails, String state)
      throws Exception {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          first: {handler: work, onFailure: skip-downstream}
          a: {handler: work, dependsOn: [first], onFailure: {fallback: b}}
          b: {handler: work, onFailure: {fallback: c}}
          c: {handler: work, onFailure: {fallback: x}}
          x: {handler: work}
        """);
    try (Coordinator coordinator = database.coordinator().with(worker()).start()) {
      UUID run = database.startRun("w", "{\"fails\": " + fails + "}");
      database.awaitRunsEnded(1);
      assertThat(database.state(run, "a")).isEqualTo(state);
      for (String fallback : List.of("b", "c", "x")) {
        assertThat(database.state(run, fallback)).as(fallback).isEqualTo("skipped");
      }
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void whatIsSkippedSkipsWhatDependsOnItAloneLevelByLevel() throws Exception {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {handler: work, onFailure: skip-downstream}
          b: {handler: work, dependsOn: [a]}
          c: {handler: work, dependsOn: [b], onFailure: {fallback: fc}}
          fc: {handler: work}
          d: {handler: work, dependsOn: [c]}
          other: {handler: work}
          end: {handler: work, dependsOn: [d, other]}
        """);
    try (Coordinator coordinator = database.coordinator().with(worker()).start()) {
      UUID run = database.startRun("w", "{\"fails\": [\"a\"]}");
      database.awaitRunsEnded(1);
      for (String skipped : List.of("b", "c", "fc", "d")) {
        assertThat(database.state(run, skipped)).as(skipped).isEqualTo("skipped");
      }
      assertThat(database.state(run, "end")).isEqualTo("completed");
      assertThat(database.input(run, "end")).isEqualTo("{\"other\": {\"by\": \"other\"}}");
      assertThat(database.state(run)).isEqualTo("failed");
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void dataThatWasReportedBeforeTheFailureIsHandedOnOnce() throws Exception {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {onFailure: {fallback: fa}}
          fa: {handler: work}
          d: {handler: work, dependsOn: [{track: a, on: data_ready}, z]}
          z: {}
        """);
    try (Coordinator coordinator = database.coordinator().with(worker()).start()) {
      UUID run = database.startRun("w");
      database.awaitState(run, "a", "triggered");
      database.insertEvent(run, "a", "data_ready", "{\"part\": 1}");
      database.insertEvent(run, "a", "failed", "{}");
      database.awaitState(run, "fa", "completed");
      database.awaitSettled();
      assertThat(database.state(run, "d")).isEqualTo("waiting");
      database.insertEvent(run, "z", "completed", "{}");
      database.awaitRunsEnded(1);
      assertThat(database.input(run, "d")).isEqualTo("{\"a\": {\"part\": 1}, \"z\": {}}");
      assertThat(database.state(run)).isEqualTo("completed");
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void theHandlerForTheEndOfARunIsActivatedOnceWithItsSummary() throws Exception {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {handler: work}
          b: {handler: work, dependsOn: [a]}
        on: {failed: alert, completed: archive}
        """);
    try (Coordinator coordinator =
        database
            .coordinator()
            .with(worker())
            .with(CoordinationIT.workers("alert", "archive"))
            .start()) {
      UUID good = database.startRun("w", "{}");
      UUID bad = database.startRun("w", "{\"fails\": [\"a\"]}");
      database.awaitState(good, "on.completed", "completed");
      database.awaitState(bad, "on.failed", "completed");
      database.awaitSettled();
      assertThat(database.chain(good)).doesNotContain("on.failed triggered");
      assertThat(database.chain(bad))
          .containsOnlyOnce("on.failed triggered")
          .doesNotContain("on.completed triggered");
      JsonNode summary = JSON.readTree(database.input(bad, "on.failed"));
      assertThat(summary.get("workflow").asText()).isEqualTo("w");
      assertThat(summary.get("state").asText()).isEqualTo("failed");
      assertThat(summary.get("correlationId").asText()).isEqualTo(bad.toString());
      assertThat(summary.at("/tracks/b").asText()).isEqualTo("cancelled");
      assertThat(summary.at("/notCompleted/0/error/message").asText())
          .isEqualTo("a is told to fail");
      assertThat(database.state(good)).isEqualTo("completed");
      assertThat(database.audit()).isEmpty();
    }
  }
}
