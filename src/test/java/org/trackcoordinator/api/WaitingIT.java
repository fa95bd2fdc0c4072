package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.api.RunningApi.Answer;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** A start that waits is answered with the run at its end, and holds nothing meanwhile. */
@Tag("track-coordination")
class WaitingIT {

  private static final String PAIR =
      "{workflow: pair, tracks: {gmail: {}, drive: {dependsOn: [gmail]}}}";

  private static final int WAITERS = 1_000;

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();
  @RegisterExtension static final RunningApi api = new RunningApi(database);

  @Test
  void isAnsweredWithTheResultWhenTheRunEnds() {
    database.load(PAIR);
    CompletableFuture<Answer> answer =
        api.sendSoon(
            api.posting(
                "/workflows/pair/runs", "{\"payload\": {\"mail\": 7}}", "Prefer", "wait=60"));
    complete("gmail", "{\"file\": 1}");
    assertThat(answer).isNotDone();
    complete("drive", "{\"stored\": true}");

    assertThat(answer.join().status()).isEqualTo(200);
    assertThat(answer.join().header("Preference-Applied")).isEqualTo("wait=60");
    assertThat(answer.join().json().path("state").asText()).isEqualTo("completed");
    assertThat(answer.join().json().path("result").toString()).isEqualTo("{\"stored\":true}");
  }

  @Test
  void isAnsweredWithItsPlaceWhenTimeIsUp() {
    database.load(PAIR);
    Answer answer = api.post("/workflows/pair/runs", "{}", "Prefer", "respond-async, wait=1");
    String run = answer.json().path("correlationId").asText();

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.header("Location")).isEqualTo("/api/runs/" + run);
    assertThat(answer.json().path("state").asText()).isEqualTo("running");
    assertThat(api.get("/runs/" + run).status()).isEqualTo(200);
  }

  @Test
  void doesNotWaitWhoDoesNotAskForIt() {
    database.load(PAIR);
    Answer answer = api.post("/workflows/pair/runs", "{}");
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.header("Preference-Applied")).isNull();
    assertThat(database.count("select count(*) from track_coordination.runs where awaited"))
        .isZero();
  }

  @Test
  void theResultOfARunThatEndedIsThereAtOnce() {
    database.load(PAIR);
    String run = startOf("pair", "first");
    database.sql().queryForList("select track_coordination.cancel(?)", UUID.fromString(run));

    Answer answer = api.get("/runs/" + run + "/result", "Prefer", "wait=60");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("state").asText()).isEqualTo("cancelled");
    assertThat(api.get("/runs/" + run + "/result").status()).isEqualTo(200);
    // the same key: the run that ended, not another one
    Answer again =
        api.post("/workflows/pair/runs", "{\"idempotencyKey\": \"first\"}", "Prefer", "wait=60");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.json().path("correlationId").asText()).isEqualTo(run);
  }

  @Test
  void anEndThatComesWhileItIsAskedForIsToldWhole() throws SQLException {
    database.load(PAIR);
    String run = startOf("pair", "third");
    database.awaitState(UUID.fromString(run), "gmail", "triggered");
    CompletableFuture<Answer> answer;
    try (Connection ending = database.plain().getConnection();
        Statement statement = ending.createStatement()) {
      ending.setAutoCommit(false);
      statement.execute("select track_coordination.cancel('%s')".formatted(run));
      answer =
          api.sendSoon(api.request("/runs/" + run + "/result").header("Prefer", "wait=60").build());
      await().atMost(Duration.ofSeconds(60)).until(() -> database.waitingForLocks() == 1);
      ending.commit();
    }
    assertThat(answer.join().status()).isEqualTo(200);
    assertThat(answer.join().json().path("state").asText()).isEqualTo("cancelled");
    assertThat(answer.join().json().at("/tracks/0/state").asText()).isEqualTo("cancelled");
  }

  @Test
  void whoComesLaterWaitsForTheSameRun() {
    database.load(PAIR);
    String run = startOf("pair", "second");
    assertThat(api.get("/runs/" + run + "/result").status()).isEqualTo(202);
    List<CompletableFuture<Answer>> answers =
        IntStream.range(0, 5)
            .mapToObj(
                i ->
                    api.sendSoon(
                        api.request("/runs/" + run + "/result")
                            .header("Prefer", "wait=60")
                            .build()))
            .toList();
    awaitWaiting(5);
    database.sql().queryForList("select track_coordination.cancel(?)", UUID.fromString(run));
    answers.forEach(answer -> assertThat(answer.join().status()).isEqualTo(200));
  }

  @Test
  void aThousandWaitAtOnceOnNoThreadAndNoConnection() {
    database.load(PAIR);
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    for (int i = 0; i < WAITERS; i++) {
      answers.add(api.sendSoon(api.posting("/workflows/pair/runs", "{}", "Prefer", "wait=100")));
    }
    awaitWaiting(WAITERS);
    assertThat(threads("api", "await-run")).hasSizeLessThan(40);
    assertThat(
            database.count(
                "select count(*) from pg_stat_activity where datname = current_database()"
                    + " and application_name = 'track-coordinator' and state <> 'idle'"))
        .isLessThan(4);
    assertThat(api.get("/queues").status()).isEqualTo(200); // and others are served meanwhile

    database
        .sql()
        .queryForList(
            "select track_coordination.cancel(correlation_id) from track_coordination.runs");
    Set<String> runs =
        answers.stream()
            .map(CompletableFuture::join)
            .peek(answer -> assertThat(answer.status()).isEqualTo(200))
            .map(answer -> answer.json().path("correlationId").asText())
            .collect(Collectors.toSet());
    assertThat(runs).hasSize(WAITERS);
    assertThat(api.waitingForRuns()).isZero();
  }

  private static String startOf(String workflow, String key) {
    return api.post(
            "/workflows/" + workflow + "/runs", "{\"idempotencyKey\": \"%s\"}".formatted(key))
        .json()
        .path("correlationId")
        .asText();
  }

  /** Works like a worker that speaks SQL. */
  private static void complete(String handler, String payload) {
    await("work for " + handler)
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                !database
                    .sql()
                    .queryForList(
                        """
                        select track_coordination.complete_work(correlation_id, track_id, attempt, cast(? as jsonb))
                          from track_coordination.claim_work(?, 'test', 1, '1 minute')
                        """,
                        payload,
                        handler)
                    .isEmpty());
  }

  private static void awaitWaiting(int most) {
    await("that many wait")
        .atMost(Duration.ofSeconds(60))
        .until(() -> api.waitingForRuns() == most);
  }

  private static List<String> threads(String... parts) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> List.of(parts).stream().anyMatch(name::contains))
        .toList();
  }
}
