package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumerAware;
import org.apache.camel.support.service.ServiceHelper;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.api.RunningApi.Answer;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** What the REST interface does: each operation once, and what it answers when it can't. */
@Tag("track-coordination")
class ApiIT {

  private static final String CHAIN =
      """
      workflow: chain
      defaults: {retry: {maxAttempts: 1}}
      tracks:
        gmail: {}
        drive: {dependsOn: [gmail]}
      """;

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();
  @RegisterExtension static final RunningApi api = new RunningApi(database);

  @BeforeEach
  void load() {
    database.load(CHAIN);
  }

  @Test
  void anOperationThatClosesWaitsForWhoHasFoundItAndAnswersHim() throws Exception {
    CountDownLatch onItsWay = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    io.vertx.ext.web.Route slow =
        api.server()
            .router()
            .route("/api/audit")
            .order(-1) // its route is found before, and taken after
            .handler(
                request -> {
                  onItsWay.countDown();
                  awaitLatch(goesOn);
                  request.next();
                });
    PlatformHttpConsumer audit =
        ((PlatformHttpConsumerAware) api.coordinator().camel().getRoute("api-audit").getConsumer())
            .getPlatformHttpConsumer();
    try {
      CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> api.get("/audit"));
      awaitLatch(onItsWay);
      Thread closing = new Thread(() -> ServiceHelper.stopService(audit));
      closing.start();
      await().during(Duration.ofMillis(200)).until(closing::isAlive);
      goesOn.countDown();
      closing.join();
      assertThat(answer.get().status()).isEqualTo(200);
    } finally {
      goesOn.countDown();
      slow.remove();
      ServiceHelper.startService(audit);
    }
    assertThat(api.get("/audit").status()).isEqualTo(200);
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aWorkerElsewhereDoesARunFromItsStartToItsEnd() {
    String run = start("{\"payload\": {\"mail\": 7}, \"userId\": \"maria\", \"priority\": 3}");
    JsonNode work = claim("gmail").get(0);
    assertThat(work.path("payload").toString()).isEqualTo("{\"mail\":7}");
    assertThat(work.path("idempotencyKey").asText()).isEqualTo(run + "/gmail");
    assertThat(work.path("userId").asText()).isEqualTo("maria");
    assertThat(report(run, "gmail", "heartbeat", "{\"attempt\": 1, \"doing\": \"parsing\"}"))
        .isEqualTo(200);
    assertThat(api.get("/runs/" + run + "/tracks/gmail").json().path("doing").asText())
        .isEqualTo("parsing");
    assertThat(
            report(run, "gmail", "complete", "{\"attempt\": 1, \"payload\": {\"amount\": 12.10}}"))
        .isEqualTo(200);
    claim("drive");
    report(run, "drive", "complete", "{\"attempt\": 1, \"payload\": {\"amount\": 12.10}}");

    Answer result = api.get("/runs/" + run + "/result", "Prefer", "wait=60");
    assertThat(result.json().path("state").asText()).isEqualTo("completed");
    assertThat(result.response().body()).contains("12.10"); // not 12.1: amounts stay as they are
    List<String> events =
        StreamSupport.stream(api.get("/runs/" + run).json().path("events").spliterator(), false)
            .map(event -> event.path("trackId").asText() + " " + event.path("eventType").asText())
            .toList();
    assertThat(events)
        .containsExactly(
            "gmail triggered",
            "gmail started",
            "gmail completed",
            "drive triggered",
            "drive started",
            "drive completed");
    assertThat(api.get("/audit").json().path("findings")).isEmpty();
  }

  @Test
  void anAttemptThatIsNotTheWorkersAnyMoreIsRefused() {
    String run = start("{}");
    claim("gmail");
    assertThat(report(run, "gmail", "give-back", "{\"attempt\": 1}")).isEqualTo(200);
    for (String what : List.of("complete", "heartbeat", "give-back")) {
      Answer late = api.post("/runs/" + run + "/tracks/gmail/" + what, "{\"attempt\": 1}");
      assertThat(late.status()).as(what).isEqualTo(409);
      assertThat(late.json().path("detail").asText()).contains("is not yours, or no longer");
      assertThat(late.json().path("hint").asText()).isNotEmpty();
    }
  }

  @Test
  void aFailureIsRecordedWithItsErrorAndAnOperatorRetriesIt() {
    String run = start("{}");
    claim("gmail");
    report(
        run,
        "gmail",
        "fail",
        "{\"attempt\": 1, \"error\": {\"class\": \"Full\", \"message\": \"no space\", \"status\": 507, \"retryable\": false}}");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> "failed".equals(database.state(UUID.fromString(run))));
    assertThat(api.get("/runs?state=failed").json().at("/runs/0/error").asText())
        .isEqualTo("gmail: no space");
    assertThat(
            api.get("/runs/" + run + "/why?trackId=gmail").json().at("/reasons/0/reason").asText())
        .isEqualTo("failed");

    Answer retried =
        api.post("/runs/" + run + "/retry", "{\"who\": \"maria\", \"why\": \"space again\"}");
    assertThat(retried.json().path("reopened").asInt()).isEqualTo(1);
    assertThat(claim("gmail").get(0).path("attempt").asInt()).isEqualTo(2);
    assertThat(
            database.texts(
                "select action || ' ' || who || ' ' || why from track_coordination.operator_actions"))
        .containsExactly("retry maria space again");
  }

  @Test
  void operatorsHoldReleaseSkipAndCancel() {
    String run = start("{}");
    assertThat(
            api.post("/handlers/drive/hold", "{\"why\": \"month end\"}")
                .json()
                .path("held")
                .asBoolean())
        .isTrue();
    assertThat(api.get("/gates").response().body())
        .contains("month end")
        .contains("operator over REST from 127.0.0.1");
    assertThat(api.post("/handlers/drive/release", "{}").json().path("released").asBoolean())
        .isTrue();
    assertThat(api.post("/runs/" + run + "/hold", "{\"trackId\": \"drive\"}").status())
        .isEqualTo(200);
    assertThat(api.post("/runs/" + run + "/release", "{\"trackId\": \"drive\"}").status())
        .isEqualTo(200);
    assertThat(api.post("/hold", "{\"userId\": \"a b/c\"}").status()).isEqualTo(200);
    assertThat(api.post("/release", "{\"userId\": \"a b/c\"}").status()).isEqualTo(200);
    assertThat(
            api.post(
                    "/runs/" + run + "/skip",
                    "{\"trackId\": \"gmail\", \"payload\": {\"by\": \"hand\"}}")
                .json()
                .path("skipped")
                .asBoolean())
        .isTrue();
    assertThat(claim("drive").get(0).path("payload").toString()).isEqualTo("{\"by\":\"hand\"}");
    assertThat(api.post("/runs/" + run + "/cancel", "{}").json().path("cancelled").asBoolean())
        .isTrue();
    assertThat(api.post("/runs/" + run + "/cancel", "{}").json().path("cancelled").asBoolean())
        .isFalse();
  }

  @Test
  void anEventOfAForeignTrackStartsARun() {
    UUID run = UUID.randomUUID();
    Answer answer =
        api.post(
            "/events",
            "{\"correlationId\": \"%s\", \"trackId\": \"gmail\", \"eventType\": \"completed\", \"payload\": {\"a\": 1}}"
                .formatted(run));
    assertThat(answer.json().path("eventId").asLong()).isPositive();
    assertThat(claim("drive").get(0).path("payload").toString()).isEqualTo("{\"a\":1}");
  }

  @Test
  void quarantinedEventsAreReplayedAndDismissed() {
    database.insertEvent(UUID.randomUUID(), "nobody", "completed", "{}");
    database.insertEvent(UUID.randomUUID(), "nobody", "completed", "{}");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> api.get("/quarantine").json().path("events").size() == 2);
    JsonNode first = api.get("/quarantine?limit=1").json();
    assertThat(first.path("events")).hasSize(1);
    JsonNode second = api.get("/quarantine?limit=1&after=" + first.path("next").asText()).json();
    long one = first.at("/events/0/eventId").asLong();
    long other = second.at("/events/0/eventId").asLong();
    assertThat(one).isNotEqualTo(other);
    assertThat(
            api.post("/quarantine/" + one + "/dismiss", "{}").json().path("dismissed").asBoolean())
        .isTrue();
    assertThat(
            api.post("/quarantine/" + other + "/replay", "{}").json().path("replayed").asBoolean())
        .isTrue();
    assertThat(api.post("/quarantine/" + one + "/dismiss", "{}").status()).isEqualTo(404);
  }

  @Test
  void aListIsReadInPages() {
    for (int i = 0; i < 5; i++) {
      start("{}");
    }
    List<String> seen = new ArrayList<>();
    String next = "";
    do {
      JsonNode page =
          api.get("/runs?limit=2&workflow=chain" + (next.isEmpty() ? "" : "&after=" + next)).json();
      page.path("runs").forEach(run -> seen.add(run.path("correlationId").asText()));
      next = page.path("next").asText("");
    } while (!next.isEmpty() && !next.equals("null"));
    assertThat(seen).hasSize(5).doesNotHaveDuplicates();
  }

  @Test
  void aWorkflowIsReadAndRetired() {
    JsonNode workflow = api.get("/workflows/chain").json();
    assertThat(workflow.at("/document/tracks/drive/dependsOn").toString()).contains("gmail");
    assertThat(api.get("/workflows").json().findValuesAsText("workflow")).contains("chain");
    String hash = workflow.path("hash").asText();
    assertThat(
            api.post("/workflows/chain/definitions/" + hash + "/retire", "{}")
                .json()
                .path("retired")
                .asBoolean())
        .isTrue();
    assertThat(api.post("/workflows/chain/runs", "{}").problem())
        .startsWith("400 definition")
        .contains("is retired");
  }

  @Test
  void aWorkflowIsDrawn() {
    Answer picture = api.get("/workflows/chain/graph");
    assertThat(picture.header("Content-Type")).isEqualTo("image/svg+xml");
    assertThat(picture.header("Content-Security-Policy")).contains("style-src 'sha256-");
    assertThat(picture.response().body()).contains("data-track=\"gmail\"");
    assertThat(api.get("/workflows/chain/graph?format=mermaid").response().body())
        .startsWith("flowchart");
    assertThat(api.get("/workflows/chain/graph?format=dot").response().body()).contains("digraph");
    assertThat(api.get("/workflows/chain/graph?format=json").json().isObject()).isTrue();
    assertThat(api.get("/workflows/chain/graph?format=png").json().path("hint").asText())
        .isEqualTo("Allowed are: svg, mermaid, dot, json");
    assertThat(api.get("/workflows/nope/graph").status()).isEqualTo(404);
  }

  @Test
  void ofAWorkflowThatIsTooLargeForAPictureIsSaidWhatToAskFor() {
    String tracks =
        IntStream.range(2, 330)
            .mapToObj(i -> ", t%d: {dependsOn: [t0, t%d]}".formatted(i, i - 1))
            .collect(Collectors.joining());
    database.load("{workflow: wide, tracks: {t0: {}, t1: {dependsOn: [t0]}" + tracks + "}}");
    assertThat(api.get("/workflows/wide/graph").problem())
        .startsWith("400 workflow 'wide' is too large for a picture: it has 330 tracks")
        .endsWith("(at most 50,000); ask for json or dot");
    assertThat(api.get("/workflows/wide/graph?format=json").status()).isEqualTo(200);
    assertThat(api.get("/workflows/wide/graph?format=dot").status()).isEqualTo(200);
  }

  @Test
  void whatOthersGotInTheWayOfIsTriedAgainForOperators() {
    for (String state : List.of("40P01", "40001")) {
      assertThat(whileUndone(state, 3, "/hold", "{\"handler\": \"undone\"}").status())
          .isEqualTo(200);
      assertThat(whileUndone(state, 9, "/hold", "{\"handler\": \"undone\"}").status())
          .isEqualTo(503);
      // it may have begun already: whoever sent it repeats it, or not
      assertThat(whileUndone(state, 1, "/workflows/chain/runs", "{}").status()).isEqualTo(503);
    }
    assertThat(whileUndone("08006", 1, "/hold", "{\"handler\": \"undone\"}").status())
        .isEqualTo(503);
  }

  private static Answer whileUndone(String state, int times, String path, String body) {
    AtomicInteger left = new AtomicInteger(times);
    api.database()
        .failWith(
            () -> {
              if (left.getAndDecrement() > 0) {
                throw new SQLException("undone", state);
              }
            });
    try {
      return api.post(path, body);
    } finally {
      api.database().failNoMore();
    }
  }

  @Test
  void eventsThatAWriterNumberedItselfAreDismissedAndReplayedByTheirNumbers() {
    for (long event : List.of(-7L, Long.MIN_VALUE)) {
      database
          .sql()
          .update(
              "insert into processing_logs (event_id, correlation_id, track_id, event_type) values (?, ?, 'nobodys', 'completed')",
              event,
              UUID.randomUUID());
      await()
          .until(() -> api.get("/quarantine").json().toString().contains("\"eventId\":" + event));
      assertThat(api.post("/quarantine/" + event + "/dismiss", "{}").status()).isEqualTo(200);
      assertThat(api.post("/quarantine/" + event + "/dismiss", "{}").status()).isEqualTo(404);
    }
    assertThat(api.post("/quarantine/9223372036854775808/dismiss", "{}").problem())
        .startsWith("400 'eventId' is '9223372036854775808', not a whole number");
  }

  @Test
  void theSameKeyStartsOneRunAndAnotherPayloadIsRefused() {
    String body = "{\"idempotencyKey\": \"k\", \"payload\": {\"a\": %d}}";
    assertThat(start(body.formatted(1))).isEqualTo(start(body.formatted(1)));
    assertThat(api.post("/workflows/chain/runs", body.formatted(2)).status()).isEqualTo(409);
  }

  @Test
  void whatIsNotThereIsNotFoundAndWhatIsWrongSaysWhere() {
    UUID nobody = UUID.randomUUID();
    assertThat(api.get("/runs/" + nobody).problem()).isEqualTo("404 there is no run " + nobody);
    assertThat(api.post("/runs/" + nobody + "/hold", "{}").problem())
        .isEqualTo("404 there is no run " + nobody);
    assertThat(api.get("/runs/" + nobody + "/events").status()).isEqualTo(404);
    assertThat(api.get("/runs/" + nobody + "/result").status()).isEqualTo(404);
    assertThat(api.get("/runs/" + nobody + "/result", "Prefer", "wait=5").status()).isEqualTo(404);
    assertThat(api.get("/runs/7").problem())
        .contains("400 ")
        .contains("correlationId")
        .contains("UUID");
    assertThat(api.post("/workflows/nope/runs", "{}").json().path("hint").asText())
        .contains("chain");
    assertThat(api.post("/workflows/chain/runs", "{\"payload\": [1]}").problem())
        .startsWith("400 ")
        .contains("payload");
    assertThat(api.post("/workflows/chain/runs", "{\"pay\": 1}").problem())
        .isEqualTo("400 unknown key pay");
    assertThat(api.post("/workflows/chain/runs", "{").problem())
        .startsWith("400 invalid input syntax for type json");
    assertThat(api.post("/workflows/chain/runs", "[]").problem())
        .isEqualTo("400 the body is a JSON array, not an object");
    assertThat(api.post("/workflows/chain/runs", "{\"workflow\": \"other\"}").problem())
        .isEqualTo("400 key workflow of the body is not what the path says");
    assertThat(api.get("/runs?limit=ten").problem())
        .isEqualTo("400 'limit' is 'ten', not a whole number");
    assertThat(api.get("/runs?limits=10").json().path("hint").asText()).contains("limit");
    assertThat(api.get("/runs?limit=1&limit=2").problem())
        .isEqualTo("400 Parameter 'limit' is there twice");
    assertThat(api.get("/runs?after=x").status()).isEqualTo(400);
    assertThat(api.get("/nothing").problem()).isEqualTo("404 There is nothing at this path");
    assertThat(
            api.send(
                    api.request("/runs")
                        .DELETE()
                        .header("Content-Type", "application/json")
                        .build())
                .problem())
        .isEqualTo("405 This path has no such method");
  }

  @Test
  void everyProblemIsOneByItsContentType() {
    for (String path : List.of("/nothing", "/runs?x=1", "/runs/" + UUID.randomUUID())) {
      Answer answer = api.get(path);
      assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(answer.json().path("status").asInt()).isEqualTo(answer.status());
      assertThat(answer.json().path("title").asText()).isNotEmpty();
    }
  }

  @Test
  void tooLargeAPayloadIsRefusedAndTheLargestIsNot() {
    String most = "x".repeat(1_048_576 - "{\"a\": \"\"}".length());
    assertThat(
            api.post("/workflows/chain/runs", "{\"payload\": {\"a\": \"%s\"}}".formatted(most))
                .status())
        .isEqualTo(202);
    assertThat(
            api.post("/workflows/chain/runs", "{\"payload\": {\"a\": \"%sx\"}}".formatted(most))
                .problem())
        .startsWith("413 payload has 1048577 bytes");
    assertThat(
            api.post(
                    "/workflows/chain/runs",
                    "{\"payload\": {\"a\": \"%s\"}}".formatted("x".repeat(2_000_000)))
                .status())
        .isEqualTo(413);
  }

  @Test
  void aClaimWaitsForWork() {
    CompletableFuture<Answer> first =
        api.sendSoon(api.posting("/handlers/gmail/claims?wait=60", "{\"worker\": \"a\"}"));
    CompletableFuture<Answer> second =
        api.sendSoon(
            api.posting("/handlers/gmail/claims", "{\"worker\": \"b\"}", "Prefer", "wait=60"));
    assertThat(api.post("/handlers/gmail/claims", "{\"worker\": \"c\"}").json().path("work"))
        .isEmpty();
    start("{}");
    CompletableFuture.anyOf(first, second).join();
    assertThat(first.isDone() && second.isDone()).isFalse(); // one piece of work, one worker
    start("{}");
    assertThat(first.join().json().path("work")).hasSize(1);
    assertThat(second.join().json().path("work")).hasSize(1);
  }

  @Test
  void aClaimThatWaitsInVainIsAnsweredInTime() {
    long begun = System.nanoTime();
    Answer answer = api.post("/handlers/gmail/claims?wait=1", "{\"worker\": \"a\"}");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("work")).isEmpty();
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(900));
  }

  @Test
  void aWorkerThatWentAwayWhileItWaitedGetsNothing() {
    CompletableFuture<Answer> gone =
        api.sendSoon(api.posting("/handlers/gmail/claims?wait=60", "{\"worker\": \"gone\"}"));
    await().atMost(Duration.ofSeconds(60)).until(() -> api.waitingForWork() == 1);
    gone.cancel(true);
    await().atMost(Duration.ofSeconds(60)).until(() -> api.waitingForWork() == 0);
    start("{}");
    assertThat(claim("gmail").get(0).path("attempt").asInt()).isEqualTo(1);
  }

  @Test
  void tellsItsHealth() {
    Answer health = api.get("/health");
    assertThat(health.json().path("status").asText()).isEqualTo("UP");
    assertThat(health.json().path("checks").findValuesAsText("name"))
        .contains("database", "workflow-definitions");
  }

  static String start(String body) {
    Answer answer = api.post("/workflows/chain/runs", body);
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(202);
    return answer.json().path("correlationId").asText();
  }

  private static JsonNode claim(String handler) {
    Answer answer =
        api.post("/handlers/" + handler + "/claims?wait=60", "{\"worker\": \"test\", \"max\": 1}");
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    assertThat(answer.json().path("work")).hasSize(1);
    return answer.json().path("work");
  }

  private static int report(String run, String track, String what, String body) {
    return api.post("/runs/" + run + "/tracks/" + track + "/" + what, body).status();
  }
}
