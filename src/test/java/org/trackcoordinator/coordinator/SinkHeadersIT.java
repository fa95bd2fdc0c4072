package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/**
 * The kamelets as an attacker sees them who can give an exchange any header, as some components let
 * whoever sends a message: none of Camel's own names steers them, however it is spelt, and nothing
 * of a payload becomes a header.
 */
@Tag("track-coordination")
class SinkHeadersIT {

  private static final String DROP = "delete from track_coordination.workflows returning 1";

  private static final String CHAIN =
      """
      workflow: chain
      tracks:
        gmail: {}
        drive: {dependsOn: [gmail]}
      """;

  /** What Camel's components take their orders from, and what our routes say to each other. */
  private static final List<String> NAMES =
      List.of(
          "CamelSqlQuery",
          "CamelSqlParameters",
          "CamelSqlRetrieveGeneratedKeys",
          "CamelSqlGeneratedColumns",
          "CamelHttpUri",
          "CamelHttpPath",
          "CamelHttpQuery",
          "CamelHttpMethod",
          "CamelRestHttpUri",
          "CamelToDynamicEndpoint",
          "CamelBeanMethodName",
          "CamelBeanName",
          "CamelFileName",
          "CamelExecCommandExecutable",
          "CamelLanguageScript",
          "CamelJmsDestinationName",
          "operationName",
          "trackWorkflow",
          "trackPayload",
          "trackMetadata",
          "trackEventType",
          "trackArguments",
          "trackCaller",
          "trackOutcome",
          "org.apache.cxf.message.Message.REQUEST_URI");

  private static final BlockingQueue<Map<String, Object>> atWork = new LinkedBlockingQueue<>();

  @RegisterExtension
  static final CoordinatedDatabase database =
      CoordinatedDatabase.coordinated(SinkHeadersIT::routes);

  private static RouteBuilder routes() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        errorHandler(noErrorHandler());
        from("direct:start").to("kamelet:track-start-sink?workflow=chain&completes=gmail");
        from("direct:event").to("kamelet:track-event-sink?trackId=gmail&eventType=data_ready");
        from("direct:complete").to("kamelet:track-complete-action?trackId=gmail");
        from("direct:run").to("kamelet:track-run-action?workflow=chain&wait=1ms");
        from("kamelet:track-source?handler=drive")
            .process(
                exchange -> {
                  if (exchange.getMessage().getBody(String.class).contains("tell")) {
                    atWork.add(new TreeMap<>(exchange.getMessage().getHeaders()));
                  }
                });
      }
    };
  }

  @BeforeEach
  void load() {
    database.load(CHAIN);
  }

  static Stream<String> spellings() {
    return NAMES.stream()
        .flatMap(
            name ->
                Stream.of(
                    name,
                    name.toLowerCase(Locale.ROOT),
                    name.toUpperCase(Locale.ROOT),
                    alternating(name),
                    name.replace('s', 'ſ').replace('S', 'ſ'), // long s: its capital is S
                    name.replace('k', 'K'))) // the sign of Kelvin: its small letter is k
        .distinct();
  }

  private static String alternating(String name) {
    StringBuilder mixed = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      mixed.append(i % 2 == 0 ? Character.toLowerCase(c) : Character.toUpperCase(c));
    }
    return mixed.toString();
  }

  @TestFactory
  Stream<DynamicTest> aHeaderSteersNoKamelet() {
    return spellings().map(header -> dynamicTest(header, () -> steersNothing(header)));
  }

  private static void steersNothing(String header) {
    Map<String, Object> headers = Map.of(header, DROP);
    Exchange started = send("direct:start", headers);
    assertThat(started.getException()).isNull();
    String run = started.getMessage().getHeader("trackCorrelationId", String.class);
    Map<String, Object> ofTheRun = new HashMap<>(headers);
    ofTheRun.put("trackCorrelationId", run);
    assertThat(send("direct:event", ofTheRun).getException()).isNull();
    assertThat(send("direct:complete", ofTheRun).getException()).isNull();
    if (header.toLowerCase(Locale.ROOT).startsWith("camels")) {
      assertThat(send("direct:run", headers).getException())
          .hasMessageContaining("has not ended within 1ms");
    }
    assertThat(database.count("select count(*) from track_coordination.workflows")).isOne();
    assertThat(database.input(UUID.fromString(run), "gmail")).isEqualTo("{\"n\": 1}");
  }

  @Test
  void nothingOfAPayloadBecomesAHeaderOfAWorker() throws InterruptedException {
    List<String> keys = new ArrayList<>();
    spellings().map(name -> "\"" + name + "\": \"" + DROP + "\"").forEach(keys::add);
    Exchange exchange =
        database
            .running()
            .camel()
            .createProducerTemplate()
            .send(
                "direct:start",
                sent ->
                    sent.getMessage().setBody("{\"tell\": 1, " + String.join(", ", keys) + "}"));
    assertThat(exchange.getException()).isNull();
    Map<String, Object> headers = atWork.poll(60, TimeUnit.SECONDS);
    assertThat(headers).isNotNull();
    assertThat(headers.keySet())
        .isSubsetOf(
            Set.of(
                "trackCorrelationId",
                "trackId",
                "trackAttempt",
                "trackIdempotencyKey",
                "trackUserId"));
    assertThat(headers.values().toString()).doesNotContain("delete");
  }

  private static Exchange send(String uri, Map<String, Object> headers) {
    return database
        .running()
        .camel()
        .createProducerTemplate()
        .send(
            uri,
            exchange -> {
              exchange.getMessage().setBody("{\"n\": 1}");
              exchange.getMessage().setHeaders(new HashMap<>(headers));
            });
  }
}
