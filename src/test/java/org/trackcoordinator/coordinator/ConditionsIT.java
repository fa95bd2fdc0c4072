package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Tracks with {@code when}: done, skipped, or held where that can't be told. */
@Tag("track-coordination")
class ConditionsIT {

  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  private final Rules rules = new Rules();
  private Coordinator coordinator;

  /** A bean that conditions ask. */
  public static final class Rules {
    private final AtomicInteger asked = new AtomicInteger();
    private volatile RuntimeException broken;
    private volatile boolean answer = true;

    public boolean allow(Map<String, Object> body) {
      asked.incrementAndGet();
      if (broken != null) {
        throw broken;
      }
      return answer;
    }
  }

  @BeforeEach
  void start() throws Exception {
    coordinator = database.coordinator().with("rules", rules).with(worker()).start();
  }

  @AfterEach
  void everyInvariantHolds() {
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
    coordinator.close();
  }

  /**
   * Completes with what the run's payload says under the track's id, else with the input; fails if
   * that says so.
   */
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
                  if (input.path("fails").asText().equals(track)) {
                    exchange.getMessage().setHeader("trackRetry", false); // no circuit's fault
                    throw new IllegalStateException(track + " is told to fail");
                  }
                });
      }
    };
  }

  private UUID run(String payload) {
    UUID run = database.startRun("w", payload);
    database.awaitRunsEnded(1);
    database.awaitSettled();
    return run;
  }

  private String reason(UUID run, String track) {
    return database
        .texts(
            "select metadata ->> 'reason' from processing_logs where correlation_id = ? and track_id = ? and event_type = 'skipped' order by event_id desc limit 1",
            run,
            track)
        .get(0);
  }

  private String gate(UUID run, String track) {
    List<String> reasons =
        database.texts(
            "select reason from track_coordination.gates where kind = 'quarantine' and state = 'closed' and correlation_id = ? and track_id = ?",
            run,
            track);
    return reasons.isEmpty() ? null : reasons.get(0);
  }

  private boolean did(String call, Object... parameters) {
    return database
        .sql()
        .queryForObject("select track_coordination." + call, Boolean.class, parameters);
  }

  @Test
  void whatIsFalseIsSkippedWithWhatDependsOnItAlone() {
    database.load(
        """
        workflow: w
        tracks:
          a: {handler: work}
          b: {handler: work, dependsOn: a, when: "${body[total]} > 1000"}
          c: {handler: work, dependsOn: b}
          d: {handler: work, dependsOn: c}
        """);
    UUID run = run("{\"total\": 1000.00}");
    assertThat(database.state(run)).isEqualTo("completed");
    for (String skipped : List.of("b", "c", "d")) {
      assertThat(database.state(run, skipped)).as(skipped).isEqualTo("skipped");
    }
    assertThat(reason(run, "b")).isEqualTo("its condition is false: ${body[total]} > 1000");
    assertThat(reason(run, "c")).isEqualTo("all that it depends on was skipped");
    assertThat(database.chain(run))
        .containsExactly(
            "a triggered", "a started", "a completed", "b skipped", "c skipped", "d skipped");
    UUID large = run("{\"total\": 1000.50}");
    assertThat(database.state(large, "d")).isEqualTo("completed");
    assertThat(database.chain(large)).doesNotContain("b skipped");
  }

  @Test
  void aFanInGoesOnWithTheOthers() throws Exception {
    database.load(
        """
        workflow: w
        tracks:
          a: {handler: work}
          b: {handler: work, dependsOn: a, when: "$[?(@.total > 1000)]"}
          c: {handler: work, dependsOn: a}
          d: {handler: work, dependsOn: [b, c], when: "${body[c][total]} > 10"}
          e: {handler: work, dependsOn: [b, c], when: "${body?[b]?[total]} > 10"}
          f: {handler: work, dependsOn: [d, e]}
        """);
    UUID run = run("{\"total\": 20.10}");
    assertThat(database.state(run, "b")).isEqualTo("skipped");
    assertThat(database.input(run, "d")).isEqualTo("{\"c\": {\"total\": 20.10}}");
    assertThat(database.state(run, "d")).isEqualTo("completed");
    assertThat(database.state(run, "e")).isEqualTo("skipped");
    assertThat(JSON.readTree(database.input(run, "f")).fieldNames())
        .toIterable()
        .containsExactly("d");
    assertThat(database.state(run)).isEqualTo("completed");
  }

  @Test
  void aRootIsAskedOverThePayloadOfTheRun() {
    database.load(
        """
        workflow: w
        tracks:
          a: {handler: work, when: "${body[kind]} == 'invoice' && ${header.trackId} == 'a'"}
          b: {handler: work, when: "$.vip"}
          c: {handler: work, dependsOn: [a, b]}
        """);
    UUID first = run("{\"kind\": \"invoice\"}");
    assertThat(database.state(first, "a")).isEqualTo("completed");
    assertThat(database.state(first, "b")).isEqualTo("skipped");
    assertThat(database.state(first, "c")).isEqualTo("completed");
    UUID nothing = run("{\"kind\": \"letter\"}");
    assertThat(database.state(nothing, "a")).isEqualTo("skipped");
    assertThat(database.state(nothing, "c")).isEqualTo("skipped");
    assertThat(database.state(nothing)).isEqualTo("completed");
  }

  /** Own workers take both from one settling, handed over or claimed. */
  @Test
  void tracksOfOneHandlerMayHaveAConditionOrNone() {
    database.load(
        """
        workflow: w
        tracks:
          a: {handler: work}
          b: {handler: work, dependsOn: a, when: "${body[n]} > 0"}
          c: {handler: work, dependsOn: a, when: "${body[n]} < 0"}
          d: {handler: work, dependsOn: a}
          e: {handler: work, dependsOn: [b, c, d]}
        """);
    for (int n = 0; n < 20; n++) {
      database.startRun("w", "{\"n\": %d}".formatted(n % 2 == 0 ? 1 : -1));
    }
    database.awaitRunsEnded(20);
    assertThat(
            database.texts(
                """
                select t.track_id || ' ' || a.state || ' ' || count(*)
                  from track_coordination.activations a join track_coordination.definition_tracks t using (definition_id, track_no)
                 group by t.track_id, a.state order by 1
                """))
        .containsExactly(
            "a completed 20",
            "b completed 10",
            "b skipped 10",
            "c completed 10",
            "c skipped 10",
            "d completed 20",
            "e completed 20");
  }

  @Test
  void aFallbackWhoseConditionIsFalseHandsOnNothing() {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {handler: work, onFailure: {fallback: fa}}
          fa: {handler: work, when: "${body[error][message]} contains 'told' && ${body[again]} == true"}
          b: {handler: work, dependsOn: a}
        """);
    UUID steps = run("{\"fails\": \"a\", \"again\": true}");
    assertThat(database.state(steps, "fa")).isEqualTo("completed");
    assertThat(database.state(steps, "b")).isEqualTo("completed");
    UUID not = run("{\"fails\": \"a\"}");
    assertThat(database.state(not, "fa")).isEqualTo("skipped");
    assertThat(database.state(not, "b")).isEqualTo("skipped");
    assertThat(database.state(not)).isEqualTo("completed");
    UUID good = run("{\"again\": true}");
    assertThat(reason(good, "fa")).isEqualTo("the track that it steps in for completed");
    assertThat(database.state(good, "b")).isEqualTo("completed");
  }

  @Test
  void aConditionOverDataReadyIsAskedOverThatEvent() {
    database.load(
        """
        workflow: w
        tracks:
          a: {}
          b: {handler: work, dependsOn: {track: a, on: data_ready}, when: "${body[page]} == 1"}
          c: {handler: work, dependsOn: {track: a, on: data_ready}, when: "${body[page]} == 2"}
        """);
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    database.insertEvent(run, "a", "data_ready", "{\"page\": 1}");
    database.awaitState(run, "b", "completed");
    database.awaitState(run, "c", "skipped");
    assertThat(database.state(run)).as("waits for the track itself").isEqualTo("running");
    database.insertEvent(run, "a", "completed", "{\"page\": 2}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run, "c")).isEqualTo("skipped");
    assertThat(database.state(run)).isEqualTo("completed");
  }

  /** Its work is done already. */
  @Test
  void aRootThatAForeignWriterReportsOnIsNotAsked() {
    database.load(
        """
        workflow: w
        tracks:
          a: {when: "false"}
          b: {handler: work, when: "${body[n]} == 2"}
          c: {handler: work, dependsOn: [a, b], when: "${body[a][n]} == 1"}
        """);
    UUID run = UUID.randomUUID();
    database.insertEvent(run, "a", "completed", "{\"n\": 1}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run, "a")).isEqualTo("completed");
    assertThat(database.state(run, "b")).isEqualTo("skipped");
    assertThat(database.state(run, "c")).isEqualTo("completed");
    UUID completes =
        database
            .sql()
            .queryForObject(
                "select track_coordination.start_run('w', '{\"n\": 2}', completes => 'a')",
                UUID.class);
    database.awaitRunsEnded(2);
    assertThat(database.state(completes, "a")).isEqualTo("completed");
    assertThat(database.state(completes, "b")).isEqualTo("completed");
    assertThat(database.state(completes, "c")).isEqualTo("skipped");
  }

  @Test
  void aConditionThatCannotBeEvaluatedHoldsItsTrackUntilItCan() {
    database.load(
        """
        workflow: w
        tracks:
          a: {handler: work}
          b: {handler: work, dependsOn: a, when: "${bean:rules.allow}"}
          c: {handler: work, dependsOn: a}
        """);
    rules.broken = new IllegalStateException("the list of customers is not loaded");
    UUID run = database.startRun("w", "{\"n\": 1}");
    UUID other = database.startRun("w", "{\"n\": 1}");
    database.awaitState(run, "b", "held");
    database.awaitState(other, "b", "held");
    database.awaitState(run, "c", "completed");
    assertThat(gate(run, "b"))
        .isEqualTo(
            "its condition can't be evaluated: ${bean:rules.allow}: the list of customers is not loaded");
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
    assertThat(did("release(correlation_id => ?, track_id => 'b')", run)).isTrue();
    database.awaitSettled();
    await().until(() -> gate(run, "b") != null);
    assertThat(database.state(run, "b")).as("asked again, in vain").isEqualTo("held");
    rules.broken = null;
    assertThat(did("release(correlation_id => ?, track_id => 'b')", run)).isTrue();
    assertThat(did("release(correlation_id => ?, track_id => 'b')", run)).isFalse();
    database.awaitState(run, "b", "completed");
    rules.answer = false;
    assertThat(did("release(correlation_id => ?, track_id => 'b')", other)).isTrue();
    database.awaitRunsEnded(2);
    assertThat(database.state(run, "b")).isEqualTo("completed");
    assertThat(database.state(other, "b")).isEqualTo("skipped");
    assertThat(reason(other, "b")).isEqualTo("its condition is false: ${bean:rules.allow}");
    assertThat(database.count("select count(*) from track_coordination.gates")).isZero();
    assertThat(
            database.count(
                "select count(*) from track_coordination.operator_actions where action = 'release'"))
        .isEqualTo(3);
  }

  @Test
  void whatIsHeldByItsConditionMayBeSkippedAndTheEndOfItsRunOpensTheGate() {
    database.load(
        """
        workflow: w
        tracks:
          a: {handler: work}
          b: {handler: work, dependsOn: a, when: "${body[n].nothing()}"}
          c: {handler: work, dependsOn: b}
        """);
    UUID skipped = database.startRun("w", "{\"n\": \"1\\n2026-11-28 ERROR forged\"}");
    UUID cancelled = database.startRun("w", "{\"n\": 1}");
    database.awaitState(skipped, "b", "held");
    database.awaitState(cancelled, "b", "held");
    assertThat(gate(skipped, "b")).contains("on bean: 1 2026-11-28 ERROR forged of type");
    assertThat(did("skip(?, 'b', '{\"by\": \"hand\"}')", skipped)).isTrue();
    database.awaitState(skipped, "c", "completed");
    assertThat(database.input(skipped, "c")).isEqualTo("{\"by\": \"hand\"}");
    assertThat(gate(skipped, "b")).isNull();
    assertThat(gate(cancelled, "b")).isNotNull();
    assertThat(did("cancel(?)", cancelled)).isTrue();
    database.awaitRunsEnded(2);
    assertThat(database.count("select count(*) from track_coordination.gates")).isZero();
    assertThat(database.state(cancelled, "b")).isEqualTo("cancelled");
  }

  /** Of another version, for instance: what this one would not have loaded. */
  @Test
  void aConditionThatDoesNotParseHoldsItsTrackToo() {
    database.load(
        """
        workflow: w
        tracks:
          a: {handler: work, when: "${body[${body[key]}]} == 1"}
          b: {handler: work, when: "$[?(@.n >"}
        """);
    UUID run = database.startRun("w", "{\"key\": \"n\", \"n\": 1}");
    database.awaitState(run, "a", "held");
    database.awaitState(run, "b", "held");
    assertThat(gate(run, "a")).contains("a function within a function");
    assertThat(gate(run, "b")).startsWith("its condition can't be evaluated: $[?(@.n >: ");
  }

  @Test
  void whatIsFalseWaitsBehindNoGateAndWhatIsTrueIsAskedAgainWhenItIsLetGo() {
    database.load(
        """
        workflow: w
        tracks:
          a: {handler: work, when: "${bean:rules.allow}"}
          b: {handler: work, when: "${body[n]} > 1"}
        """);
    database.sql().queryForList("select track_coordination.hold(handler => 'work')");
    UUID run = database.startRun("w", "{\"n\": 1}");
    database.awaitState(run, "a", "held");
    assertThat(database.state(run, "b")).isEqualTo("skipped");
    assertThat(rules.asked).hasValue(1);
    rules.answer = false;
    database.sql().queryForList("select track_coordination.release(handler => 'work')");
    database.awaitRunsEnded(1);
    assertThat(rules.asked).hasValue(2);
    assertThat(database.state(run, "a")).isEqualTo("skipped");
  }

  @Test
  void aRetryAsksAgainWhatWasSkippedBecauseOfWhatFailed() {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {onFailure: continue}
          b: {handler: work, dependsOn: a, when: "${body[ok]}"}
          c: {handler: work, dependsOn: b}
          d: {handler: work, when: "false"}
          e: {dependsOn: b}
          f: {handler: work, dependsOn: [b, g]}
          g: {handler: work}
        """);
    UUID run = database.startRun("w", "{}");
    database.awaitState(run, "a", "triggered");
    database.insertEvent(run, "a", "failed", "{\"error\": {\"message\": \"no\"}}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run, "b")).isEqualTo("skipped");
    assertThat(database.state(run, "c")).isEqualTo("skipped");
    assertThat(database.state(run, "f")).isEqualTo("completed");
    database.awaitSettled();
    assertThat(
            database.sql().queryForObject("select track_coordination.retry(?)", Integer.class, run))
        .isEqualTo(4);
    database.awaitState(run, "a", "triggered");
    database.insertEvent(run, "a", "completed", "{\"ok\": true}");
    database.awaitState(run, "b", "completed");
    database.awaitState(run, "c", "completed");
    database.insertEvent(run, "e", "completed", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run, "d")).as("not because of a").isEqualTo("skipped");
    assertThat(database.chain(run)).as("went on without b").containsOnlyOnce("f triggered");
    assertThat(database.state(run)).isEqualTo("completed");
  }

  /** A batch each, so that no stack grows with the graph. */
  @Test
  void aLongLadderOfFalseConditionsIsSkippedStepByStep() {
    StringBuilder yaml = new StringBuilder("workflow: w\ntracks:\n  a: {handler: work}\n");
    int steps = 150;
    for (int n = 1; n <= steps; n++) {
      yaml.append("  t%d: {handler: work, when: \"${body?[no]}\", ".formatted(n))
          .append("dependsOn: [a%s]}\n".formatted(n == 1 ? "" : ", t" + (n - 1)));
    }
    database.load(yaml.toString());
    UUID run = run("{}");
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(
            database.count(
                "select count(*) from track_coordination.activations where state = 'skipped'"))
        .isEqualTo(steps);
  }

  @Test
  void anInputStaysTextWhateverItSays() throws Exception {
    database.load(
        """
        workflow: w
        tracks:
          a: {handler: work}
          b: {handler: work, dependsOn: a, when: "${body[name]} == 'Müller'"}
          c: {handler: work, dependsOn: a, when: "$[?(@.name == 'Müller')]"}
          d: {handler: work, dependsOn: a, when: "${body[name]} == ${body[copy]}"}
        """);
    List<String> hostile =
        List.of("${bean:rules.allow}", "{{sys:user.home}}", "${body}", "$..*", "' || 'a' == 'a");
    for (String text : hostile) {
      String payload = JSON.writeValueAsString(Map.of("name", text, "copy", text, text, text));
      UUID run = database.startRun("w", payload);
      database.awaitState(run, "d", "completed");
      database.awaitState(run, "b", "skipped");
      database.awaitState(run, "c", "skipped");
      assertThat(JSON.readTree(database.input(run, "d"))).isEqualTo(JSON.readTree(payload));
    }
    assertThat(rules.asked).as("calls of the bean").hasValue(0);
    database.awaitRunsEnded(hostile.size());
  }

  /** Skipped in the same transaction as the end of its run's last other track, from either side. */
  @Test
  void aRunThatFailsMeanwhileCancelsInsteadOfAsking() {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {}
          b: {}
          c: {handler: work, dependsOn: b, when: "${bean:rules.allow}"}
        """);
    rules.broken = new IllegalStateException("not now");
    UUID run = database.startRun("w", "{}");
    database.awaitState(run, "b", "triggered");
    database.insertEvent(run, "b", "completed", "{}");
    database.awaitState(run, "c", "held");
    database.insertEvent(run, "a", "failed", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run, "c")).isEqualTo("cancelled");
    rules.broken = null;
    database.sql().queryForList("select track_coordination.retry(?)", run);
    database.awaitState(run, "c", "completed");
    database.insertEvent(run, "a", "completed", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("completed");
  }
}
