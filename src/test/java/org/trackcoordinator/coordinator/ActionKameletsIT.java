package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.util.PSQLException;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** The kamelets that stand in the middle of a route: run, complete, gate. */
@Tag("track-coordination")
class ActionKameletsIT {

  private static final String CHAIN =
      """
      workflow: chain
      defaults: {retry: {maxAttempts: 1}}
      tracks:
        gmail: {}
        freee: {dependsOn: [gmail], maxConcurrent: 1}
      """;

  @RegisterExtension
  static final CoordinatedDatabase database =
      CoordinatedDatabase.coordinated(ActionKameletsIT::routes);

  private static RouteBuilder routes() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        errorHandler(noErrorHandler());
        from("direct:run").to("kamelet:track-run-action?workflow=chain&wait=60s");
        from("direct:run-briefly").to("kamelet:track-run-action?workflow=chain&wait=300ms");
        from("direct:complete").to("kamelet:track-complete-action?trackId=gmail");
        from("direct:complete-named").to("kamelet:track-complete-action");
        from("direct:gate").to("kamelet:track-gate-action?handler=freee&wait=60s");
        from("direct:gate-briefly").to("kamelet:track-gate-action?handler=freee&wait=300ms");
      }
    };
  }

  @BeforeEach
  void load() {
    database.load(CHAIN);
  }

  @Test
  void aRunIsWaitedForAndItsResultIsTheBody() {
    CompletableFuture<Exchange> answer = sendSoon("direct:run", "{\"mail\": 7}", Map.of());
    complete("gmail");
    complete("freee");

    Exchange exchange = answer.join();
    assertThat(exchange.getException()).isNull();
    assertThat(exchange.getMessage().getBody(String.class))
        .isEqualTo("{\"by\": \"freee\", \"amount\": 1.10}");
    assertThat(exchange.getMessage().getHeader("trackRunState")).isEqualTo("completed");
    assertThat(exchange.getMessage().getHeader("trackCorrelationId", String.class)).hasSize(36);
  }

  @Test
  void aRunThatFailsIsAnException() {
    CompletableFuture<Exchange> answer = sendSoon("direct:run", "{}", Map.of());
    UUID run = onlyRun();
    database.sql().queryForList("select track_coordination.cancel(?)", run);
    assertThat(answer.join().getException())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("run " + run + " of workflow chain ended as cancelled");
  }

  @Test
  void aRunThatTakesTooLongIsAnExceptionAndGoesOn() {
    Exchange exchange =
        sendSoon("direct:run-briefly", "{}", Map.of("trackIdempotencyKey", "k")).join();
    UUID run = onlyRun();
    assertThat(exchange.getException())
        .isInstanceOf(TimeoutException.class)
        .hasMessage("run " + run + " of workflow chain has not ended within 300ms; it goes on");
    assertThat(database.state(run)).isEqualTo("running");
    // the same key waits for the same run
    CompletableFuture<Exchange> again =
        sendSoon("direct:run", "{}", Map.of("trackIdempotencyKey", "k"));
    complete("gmail");
    complete("freee");
    assertThat(again.join().getException()).isNull();
    assertThat(database.count("select count(*) from track_coordination.runs")).isEqualTo(1);
  }

  @Test
  void aTrackIsCompletedByItsAttemptAndThatIsFenced() {
    UUID run = database.startRun("chain");
    claim("gmail");
    Map<String, Object> of = Map.of("trackCorrelationId", run, "trackAttempt", 1);
    Exchange done = sendSoon("direct:complete", "{\"by\": \"partner\"}", of).join();
    assertThat(done.getException()).isNull();
    assertThat(done.getMessage().getHeader("trackEventId", Long.class)).isPositive();
    assertThat(done.getMessage().getBody()).isEqualTo("{\"by\": \"partner\"}");
    database.awaitState(run, "freee", "triggered");
    assertThat(database.input(run, "freee")).isEqualTo("{\"by\": \"partner\"}");
    assertThat(sendSoon("direct:complete", "{}", of).join().getException())
        .hasRootCauseInstanceOf(PSQLException.class)
        .hasStackTraceContaining("is not yours, or no longer");
  }

  @Test
  void withoutAnAttemptTheCurrentOneIsCompleted() {
    UUID run = database.startRun("chain");
    claim("gmail");
    sendSoon("direct:complete-named", "{}", Map.of("trackCorrelationId", run, "trackId", "gmail"))
        .join();
    database.awaitState(run, "freee", "triggered");
  }

  @Test
  void anExchangeIsHeldBackWhileTheHandlerIsHeld() {
    database
        .sql()
        .queryForList(
            "select track_coordination.hold(handler => 'freee', who => 'maria', why => 'month end')");
    assertThat(sendSoon("direct:gate-briefly", "{}", Map.of()).join().getException())
        .isInstanceOf(TimeoutException.class)
        .hasMessage("held back for 300ms: the gate of handler freee is closed: month end");
    CompletableFuture<Exchange> held = sendSoon("direct:gate", "payload", Map.of());
    await().atMost(Duration.ofSeconds(60)).until(() -> waiters().waiting() == 1);
    database.sql().queryForList("select track_coordination.release(handler => 'freee')");
    assertThat(held.join().getException()).isNull();
    assertThat(held.join().getMessage().getBody()).isEqualTo("payload");
    assertThat(held.join().getMessage().getHeaders())
        .doesNotContainKeys("trackHandler", "trackWait");
  }

  @Test
  void anExchangeIsHeldBackWhileTheHandlerIsAtItsLimit() {
    UUID run = database.startRun("chain");
    complete("gmail");
    claim("freee");
    assertThat(sendSoon("direct:gate-briefly", "{}", Map.of()).join().getException())
        .hasMessage("held back for 300ms: handler freee is at its limit: 1 of 1 in progress");
    CompletableFuture<Exchange> held = sendSoon("direct:gate", "{}", Map.of());
    database.sql().queryForList("select track_coordination.complete_work(?, 'freee', 1)", run);
    assertThat(held.join().getException()).isNull();
  }

  private static Waiters waiters() {
    return database.running().camel().getRegistry().lookupByNameAndType("awaitGate", Waiters.class);
  }

  private static CompletableFuture<Exchange> sendSoon(
      String uri, Object body, Map<String, Object> headers) {
    return database
        .running()
        .camel()
        .createProducerTemplate()
        .asyncSend(
            uri,
            exchange -> {
              exchange.getMessage().setBody(body);
              exchange.getMessage().setHeaders(new HashMap<>(headers));
            });
  }

  private static UUID onlyRun() {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> database.count("select count(*) from track_coordination.runs") == 1);
    database.awaitSettled();
    return UUID.fromString(
        database.texts("select correlation_id::text from track_coordination.runs").get(0));
  }

  private static void claim(String handler) {
    await("work for " + handler)
        .atMost(Duration.ofSeconds(60))
        .until(() -> !claimed(handler).isEmpty());
  }

  private static void complete(String handler) {
    await("work for " + handler)
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              List<Map<String, Object>> work = claimed(handler);
              work.forEach(
                  row ->
                      database
                          .sql()
                          .queryForList(
                              "select track_coordination.complete_work(?, ?, ?, cast(? as jsonb))",
                              row.get("correlation_id"),
                              row.get("track_id"),
                              row.get("attempt"),
                              "{\"by\": \"%s\", \"amount\": 1.10}".formatted(handler)));
              return !work.isEmpty();
            });
  }

  private static List<Map<String, Object>> claimed(String handler) {
    return database
        .sql()
        .queryForList(
            "select * from track_coordination.claim_work(?, 'test', 1, '1 minute')", handler);
  }
}
