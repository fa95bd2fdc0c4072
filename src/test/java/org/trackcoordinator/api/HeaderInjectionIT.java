package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeSendingEvent;
import org.apache.camel.support.EventNotifierSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;

/**
 * What Camel's components take their orders from is never taken from a request: not from headers,
 * not from the query, not from keys of JSON (CVE-2025-27636, CVE-2025-29891 and their kin).
 */
@Tag("track-coordination")
class HeaderInjectionIT {

  private static final List<String> NAMES =
      List.of(
          "CamelSqlQuery",
          "CamelSqlParameters",
          "CamelSqlRetrieveGeneratedKeys",
          "CamelHttpUri",
          "CamelHttpPath",
          "CamelHttpRawQuery",
          "CamelHttpQuery",
          "CamelHttpMethod",
          "CamelHttpResponseCode",
          "CamelRestHttpUri",
          "CamelToDynamicEndpoint",
          "CamelSlipEndpoint",
          "CamelBeanMethodName",
          "CamelFileName",
          "CamelExecCommandExecutable",
          "CamelLanguageScript",
          "CamelTemplate",
          "CamelAuthentication",
          "operationName",
          "trackArguments",
          "trackCaller",
          "trackWait",
          "trackCorrelationId",
          "trackHandler",
          "trackWorkflow",
          "trackRunState",
          "Location",
          "Preference-Applied");

  private static final List<UnaryOperator<String>> SPELLINGS =
      List.of(
          UnaryOperator.identity(),
          name -> name.toLowerCase(Locale.ROOT),
          name -> name.toUpperCase(Locale.ROOT));

  private static final List<String> VALUES =
      List.of(
          "drop table public.processing_logs cascade",
          "http://127.0.0.1:9/{{env:PATH}}",
          "${sysenv.PATH}",
          "exec:touch?args=/tmp/injected");

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final RunningApi api =
      new RunningApi(database)
          .with("api.reads.per-second", "100000")
          .with("api.writes.per-second", "100000");

  private final KeptConnection connection = new KeptConnection(api.port());

  @BeforeEach
  void load() {
    database.load("{workflow: chain, tracks: {gmail: {}}}");
  }

  @AfterEach
  void allTablesAreStillThere() {
    connection.close();
    assertThat(database.count("select count(*) from processing_logs where event_type = 'x'"))
        .isZero();
    assertThat(database.count("select count(*) from track_coordination.workflows")).isOne();
  }

  private static Stream<String> spellings() {
    return SPELLINGS.stream().flatMap(spelling -> NAMES.stream().map(spelling));
  }

  /** All names in one request; in long tests also each by itself. */
  @TestFactory
  Stream<DynamicTest> aHeaderChangesNothing() {
    Stream<List<String>> together =
        SPELLINGS.stream().map(spelling -> NAMES.stream().map(spelling).toList());
    Stream<List<String>> alone = Counts.of(0, 1) == 0 ? Stream.empty() : spellings().map(List::of);
    return Stream.concat(together, alone)
        .map(names -> dynamicTest(names.get(0), () -> sameAsWithout(names)));
  }

  private void sameAsWithout(List<String> names) {
    for (RawRequest request :
        List.of(
            RawRequest.get("/api/workflows"),
            RawRequest.get("/api/runs/" + RestEntry.NO_RUN),
            RawRequest.post("/api/release", "{\"handler\": \"x\"}"))) {
      Reply without = connection.ask(request);
      for (String value : VALUES) {
        RawRequest with = request;
        for (String name : names) {
          with = with.with(name + ": " + value);
        }
        assertThat(connection.ask(with)).as(value).isEqualTo(without);
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> aParameterOfThatNameIsUnknown() {
    return spellings()
        .map(
            name ->
                dynamicTest(
                    name,
                    () -> {
                      for (RawRequest request :
                          List.of(
                              RawRequest.get("/api/queues?" + name + "=x"),
                              RawRequest.get(
                                  "/api/runs?limit=1&" + name + "=http%3A%2F%2F127.0.0.1%3A9"),
                              RawRequest.post(
                                  "/api/release?" + name + "=x", "{\"handler\": \"x\"}"))) {
                        Reply reply = connection.ask(request);
                        assertThat(reply.status()).isEqualTo(400);
                        assertThat(reply.body())
                            .contains("There is no parameter '" + name + "' here");
                      }
                    }));
  }

  @TestFactory
  Stream<DynamicTest> aKeyOfThatNameIsUnknown() {
    return spellings()
        .map(
            name ->
                dynamicTest(
                    name,
                    () -> {
                      String key = "\"" + name + "\": \"" + VALUES.get(0) + "\"";
                      for (String path :
                          List.of(
                              "/api/release",
                              "/api/workflows/chain/runs",
                              "/api/handlers/gmail/claims",
                              "/api/events")) {
                        Reply reply = connection.ask(RawRequest.post(path, "{" + key + "}"));
                        assertThat(reply.status()).isEqualTo(400);
                        assertThat(reply.body()).contains("unknown key " + name);
                      }
                    }));
  }

  @TestFactory
  Stream<DynamicTest> aPayloadWithThatKeyIsAPayload() {
    return spellings()
        .map(
            name ->
                dynamicTest(
                    name,
                    () -> {
                      String payload = "{\"" + name + "\": \"" + VALUES.get(1) + "\"}";
                      Reply reply =
                          connection.ask(
                              RawRequest.post(
                                  "/api/workflows/chain/runs", "{\"payload\": " + payload + "}"));
                      assertThat(reply.status()).isEqualTo(202);
                      assertThat(
                              database.count(
                                  "select count(*) from track_coordination.runs where payload = cast(? as jsonb)",
                                  payload))
                          .isOne();
                    }));
  }

  @Test
  void aRouteSeesNoHeaderButOurs() throws Exception {
    BlockingQueue<Map<String, Object>> seen = new LinkedBlockingQueue<>();
    EventNotifierSupport notifier =
        new EventNotifierSupport() {
          @Override
          public void notify(CamelEvent event) {
            if (event instanceof ExchangeSendingEvent sending
                && sending.getEndpoint().getEndpointUri().contains("list-queues")) {
              seen.add(new TreeMap<>(sending.getExchange().getMessage().getHeaders()));
            }
          }
        };
    RawRequest request = RawRequest.get("/api/queues").with("Prefer: wait=3");
    for (String name : spellings().toList()) {
      request = request.with(name + ": " + VALUES.get(0));
    }
    var management = api.coordinator().camel().getManagementStrategy();
    management.addEventNotifier(notifier);
    try {
      assertThat(connection.ask(request).status()).isEqualTo(200);
    } finally {
      management.removeEventNotifier(notifier);
    }
    assertThat(seen.poll(60, TimeUnit.SECONDS))
        .containsOnlyKeys("trackArguments", "trackCaller", "trackTraceparent", "trackWait")
        .containsEntry("trackArguments", "{}")
        .containsEntry("trackCaller", "operator over REST from 127.0.0.1")
        .containsEntry("trackTraceparent", "")
        .containsEntry("trackWait", 3L);
  }

  @Test
  void nobodySaysForWhomTheyAsk() {
    connection.ask(
        RawRequest.post("/api/hold", "{\"handler\": \"x\"}")
            .with("X-Forwarded-For: 10.0.0.1")
            .with("Forwarded: for=10.0.0.1")
            .with("trackCaller: somebody else"));
    assertThat(database.texts("select who from track_coordination.operator_actions"))
        .containsExactly("operator over REST from 127.0.0.1");
    connection.ask(RawRequest.post("/api/release", "{\"handler\": \"x\"}"));
  }

  /** A header of a message is no placeholder, and its value no expression. */
  @Test
  void whatIsSentBackIsWhatWasSent() {
    String body =
        "{\"payload\": {\"a\": \"{{env:PATH}} ${sysenv.PATH} ${body} {{sys:user.home}}\"}}";
    String run =
        connection
            .ask(RawRequest.post("/api/workflows/chain/runs", body))
            .body()
            .replaceAll(".*\"correlationId\": \"([^\"]+)\".*", "$1");
    database.awaitState(UUID.fromString(run), "gmail", "triggered");
    Reply work =
        connection.ask(
            RawRequest.post("/api/handlers/gmail/claims", "{\"worker\": \"${sysenv.PATH}\"}"));
    assertThat(work.body())
        .contains("{{env:PATH}} ${sysenv.PATH} ${body} {{sys:user.home}}")
        .contains(run);
    assertThat(database.texts("select worker from track_coordination.work_queue"))
        .containsExactly("${sysenv.PATH}");
  }
}
