package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** The kamelets that start runs and record events. */
@Tag("event-publisher")
class EventSinksIT {

  private static final String CHAIN =
      """
      workflow: chain
      tracks:
        gmail: {}
        drive: {dependsOn: [{track: gmail, on: data_ready}]}
        freee: {dependsOn: [drive]}
      """;

  @RegisterExtension
  static final CoordinatedDatabase database = CoordinatedDatabase.coordinated(EventSinksIT::routes);

  @BeforeEach
  void load() {
    database.load(CHAIN);
    database.load(CHAIN.replace("workflow: chain", "workflow: other"));
  }

  private static RouteBuilder routes() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        errorHandler(noErrorHandler());
        from("direct:start").to("kamelet:track-start-sink?workflow=chain");
        from("direct:start-done").to("kamelet:track-start-sink?workflow=chain&completes=gmail");
        from("direct:start-wrong").to("kamelet:track-start-sink?workflow=chain&completes=freee");
        from("direct:data-ready").to("kamelet:track-event-sink?trackId=gmail&eventType=data_ready");
        from("direct:completed").to("kamelet:track-event-sink?trackId=gmail&eventType=completed");
      }
    };
  }

  @Test
  void aRunIsStartedWithTheBodyAndItsIdComesBack() {
    Exchange exchange = send("direct:start", "{\"amount\": 1.10}", Map.of("trackUserId", "u-7"));
    UUID run = runOf(exchange);
    database.awaitState(run, "gmail", "triggered");
    assertThat(exchange.getMessage().getBody()).as("body").isEqualTo("{\"amount\": 1.10}");
    assertThat(run.version()).isEqualTo(7);
    assertThat(database.input(run, "gmail")).isEqualTo("{\"amount\": 1.10}");
    assertThat(database.sql().queryForList("select user_id from processing_logs", String.class))
        .containsExactly("u-7");
    assertThat(database.chain(run)).containsExactly("gmail triggered");
  }

  @Test
  void aRunIsStartedByAMapOrNothing() {
    UUID map = runOf(send("direct:start", Map.of("n", 1), Map.of()));
    UUID nothing = runOf(send("direct:start", null, Map.of()));
    database.awaitState(map, "gmail", "triggered");
    database.awaitState(nothing, "gmail", "triggered");
    assertThat(database.input(map, "gmail")).isEqualTo("{\"n\": 1}");
    assertThat(database.input(nothing, "gmail")).isEqualTo("{}");
  }

  @Test
  void aRootThatIsThePollItselfIsCompletedWithTheBody() {
    UUID run = runOf(send("direct:start-done", "{\"mail\": 3}", Map.of()));
    database.awaitState(run, "drive", "triggered");
    assertThat(database.chain(run))
        .containsExactly("gmail triggered", "gmail completed", "drive triggered");
    assertThat(database.input(run, "drive")).isEqualTo("{\"mail\": 3}");
    assertThat(
            database
                .sql()
                .queryForObject(
                    "select cast(metadata as text) from processing_logs where event_type = 'completed'",
                    String.class))
        .isEqualTo("{\"targetTracks\": [\"drive\"]}");
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void onlyARootCanHaveBeenDoneBefore() {
    Exchange exchange = send("direct:start-wrong", "{}", Map.of());
    assertThat(exchange.getException())
        .hasStackTraceContaining("track 'freee' is no root of workflow chain");
    assertThat(database.count("select count(*) from track_coordination.runs")).isZero();
  }

  @Test
  void theSameKeyStartsOneRunAndRefusesAnotherPayload() {
    Map<String, Object> key = Map.of("trackIdempotencyKey", "<mail-1@example.com>");
    UUID first = runOf(send("direct:start-done", "{\"mail\": 1, \"n\": 2}", key));
    UUID second = runOf(send("direct:start-done", "{\"n\": 2.0, \"mail\": 1}", key));
    assertThat(second).isEqualTo(first);
    assertThat(send("direct:start-done", "{\"mail\": 2}", key).getException())
        .hasStackTraceContaining("run " + first + " was started with another workflow or payload");
    assertThat(database.count("select count(*) from track_coordination.runs")).isEqualTo(1);
  }

  @Test
  void aCorrelationIdMayBeGiven() {
    UUID run = UUID.randomUUID();
    Map<String, Object> given = Map.of("trackCorrelationId", run);
    assertThat(runOf(send("direct:start", "{}", given))).isEqualTo(run);
    assertThat(send("direct:start", "{}", Map.of("trackCorrelationId", "no id")).getException())
        .hasStackTraceContaining("invalid input syntax for type uuid: \"no id\"");
  }

  @Test
  void anEventIsRecordedForTheRunOfTheHeader() {
    UUID run = runOf(send("direct:start", "{}", Map.of()));
    database.awaitState(run, "gmail", "triggered");
    Exchange exchange =
        send(
            "direct:data-ready",
            "{\"page\": 1}",
            Map.of("trackCorrelationId", run.toString(), "trackUserId", "u-1"));
    assertThat(exchange.getException()).isNull();
    assertThat(exchange.getMessage().getBody()).isEqualTo("{\"page\": 1}");
    database.awaitState(run, "drive", "triggered");
    assertThat(database.input(run, "drive")).isEqualTo("{\"page\": 1}");
    Long id = exchange.getMessage().getHeader("trackEventId", Long.class);
    assertThat(
            database.count(
                "select count(*) from processing_logs where event_id = ? and event_type = 'data_ready' and track_id = 'gmail' and user_id = 'u-1'",
                id))
        .isEqualTo(1);
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void anEventNeedsARun() {
    assertThat(send("direct:data-ready", "{}", Map.of()).getException())
        .hasStackTraceContaining("correlation_id is missing");
    assertThat(database.count("select count(*) from processing_logs")).isZero();
  }

  @Test
  void anEventOfAnUnknownRunMayStartOne() {
    UUID run = UUID.randomUUID();
    send("direct:completed", Map.of("workflow", "chain"), Map.of("trackCorrelationId", run));
    database.awaitSettled();
    assertThat(
            database
                .sql()
                .queryForObject("select reason from track_coordination.quarantine", String.class))
        .as("two workflows have this root")
        .contains("is the root of no current workflow, or of several");
  }

  @Test
  void headersOfTheSqlComponentHaveNoEffect() {
    Map<String, Object> headers =
        Stream.of("CamelSqlQuery", "cAmElSqLqUeRy", "CAMELSQLQUERY", "CamelSqlParameters")
            .collect(
                Collectors.toMap(
                    name -> name, name -> "delete from track_coordination.workflows returning 1"));
    UUID run = runOf(send("direct:start", "{\"n\": 1}", headers));
    database.awaitState(run, "gmail", "triggered");
    headers.put("trackCorrelationId", run.toString());
    assertThat(send("direct:data-ready", "{}", headers).getException()).isNull();
    database.awaitState(run, "drive", "triggered");
    assertThat(database.count("select count(*) from track_coordination.workflows")).isEqualTo(2);
  }

  @Test
  void onlyTheKameletsOptionsSayWhatIsStartedAndRecorded() {
    Map<String, Object> misleading = new HashMap<>();
    for (String name :
        List.of("trackWorkflow", "trackCompletes", "trackPayload", "trackId", "trackEventType")) {
      misleading.put(name, "misleading");
    }
    misleading.put("trackMetadata", "{\"attempt\": 9}");
    UUID byHeaders = runOf(send("direct:start-done", "{\"n\": 1}", misleading));
    UUID byBody = runOf(send("direct:start-done", misleading, Map.of()));
    database.awaitState(byHeaders, "drive", "triggered");
    database.awaitState(byBody, "drive", "triggered");
    assertThat(database.input(byHeaders, "drive")).isEqualTo("{\"n\": 1}");
    assertThat(database.input(byBody, "drive")).contains("\"trackPayload\": \"misleading\"");

    UUID run = runOf(send("direct:start", "{}", Map.of()));
    database.awaitState(run, "gmail", "triggered");
    Map<String, Object> headers = new HashMap<>(misleading);
    headers.put("trackCorrelationId", run.toString());
    Exchange recorded = send("direct:data-ready", Map.of("trackId", "freee"), headers);
    assertThat(recorded.getException()).isNull();
    database.awaitState(run, "drive", "triggered");
    assertThat(database.input(run, "drive")).isEqualTo("{\"trackId\": \"freee\"}");
  }

  @Test
  void aBodyCannotSaySomebodyElsesUserOrRun() {
    Map<String, Object> body =
        Map.of(
            "trackUserId",
            "somebody else",
            "trackIdempotencyKey",
            "k",
            "trackCorrelationId",
            UUID.randomUUID().toString());
    UUID first = runOf(send("direct:start", body, Map.of("trackUserId", "u-1")));
    UUID second = runOf(send("direct:start", body, Map.of("trackUserId", "u-1")));
    assertThat(second).isNotEqualTo(first);
    assertThat(
            database
                .sql()
                .queryForList("select distinct user_id from track_coordination.runs", String.class))
        .containsExactly("u-1");
  }

  private Exchange send(String uri, Object body, Map<String, Object> headers) {
    return database
        .running()
        .camel()
        .createProducerTemplate()
        .send(
            uri,
            exchange -> {
              exchange.getMessage().setBody(body);
              exchange.getMessage().setHeaders(new HashMap<>(headers));
            });
  }

  private static UUID runOf(Exchange exchange) {
    assertThat(exchange.getException()).isNull();
    return UUID.fromString(exchange.getMessage().getHeader("trackCorrelationId", String.class));
  }
}
