package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Attempts that failed are tried again: how often, after how long, and on which errors not. */
@Tag("track-coordination")
class RetryIT {

  @RegisterExtension static final CoordinatedDatabase database = CoordinatedDatabase.coordinated();

  @Test
  void aRetryWaitsForItsBackoffAndKeepsTheActivationAndItsOneTrigger() {
    load("{maxAttempts: 3, backoff: 10m, multiplier: 3, maxBackoff: 20m, jitter: 0}");
    UUID run = database.startRun("w");
    fail(run, 1, "{\"error\": {\"class\": \"Full\", \"message\": \"no space\"}}");
    assertThat(pauseAfter(run, 1)).isEqualTo(Duration.ofMinutes(10));
    assertThat(claim()).as("before its time").isEmpty();
    database.passTime(Duration.ofMinutes(11));
    fail(run, 2, "{}");
    assertThat(pauseAfter(run, 2))
        .as("never longer than maxBackoff")
        .isEqualTo(Duration.ofMinutes(20));
    database.passTime(Duration.ofMinutes(21));
    assertThat(claim()).hasSize(1);
    database.sql().queryForList("select track_coordination.complete_work(?, 'a', 3, '{}')", run);
    database.awaitRunsEnded(1);
    assertThat(database.chain(run))
        .containsExactly(
            "a triggered",
            "a started",
            "a failed",
            "a retried",
            "a started",
            "a failed",
            "a retried",
            "a started",
            "a completed");
    assertThat(
            database
                .sql()
                .queryForList(
                    "select attempt, payload #>> '{error,message}' as message from processing_logs"
                        + " where event_type = 'failed' order by event_id"))
        .containsExactly(
            Map.of("attempt", 1, "message", "no space"),
            new java.util.HashMap<>() {
              {
                put("attempt", 2);
                put("message", null);
              }
            });
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void afterTheLastAttemptTheTrackHasFailed() {
    load("{maxAttempts: 2, backoff: 1s, jitter: 0}");
    UUID run = database.startRun("w");
    fail(run, 1, "{}");
    database.passTime(Duration.ofSeconds(2));
    fail(run, 2, "{}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run, "a")).isEqualTo("failed");
    assertThat(database.count("select count(*) from processing_logs where event_type = 'retried'"))
        .isEqualTo(1);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void pausesAreSpreadByTheirJitterAndStayInItsBounds() {
    List<Double> pauses =
        database
            .sql()
            .queryForList(
                "select extract(epoch from track_coordination.retry_pause(1, '10 s', 2, '1 h', 0.2))::float8 from generate_series(1, 500)",
                Double.class);
    assertThat(pauses).allMatch(pause -> pause >= 8 && pause <= 12);
    assertThat(pauses.stream().distinct().count()).isGreaterThan(100);
    assertThat(
            database
                .sql()
                .queryForObject(
                    "select extract(epoch from track_coordination.retry_pause(1000, '5 m', 100, '30 d', 1))::float8",
                    Double.class))
        .as("a large power")
        .isBetween(0.0, 30.0 * 86_400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"class\": \"org.example.Rejected\"}              | false",
        "{\"class\": \"org.other.Rejected\"}                | false",
        "{\"class\": \"org.example.Outer$Rejected\"}        | false",
        "{\"class\": \"org.example.NotRejected\"}           | true",
        "{\"class\": \"org.example.Precise\"}               | false",
        "{\"class\": \"org.other.Precise\"}                 | true",
        "{\"class\": \"Http\", \"status\": 404}             | false",
        "{\"class\": \"Http\", \"status\": 429}             | true",
        "{\"class\": \"Http\", \"status\": 408}             | true",
        "{\"class\": \"Http\", \"status\": 425}             | true",
        "{\"class\": \"Http\", \"status\": 501}             | false",
        "{\"class\": \"Http\", \"status\": 503}             | true",
        "{\"class\": \"Any\", \"retryable\": false}         | false",
        "{\"class\": \"Any\", \"retryable\": true}          | true",
        "{}                                                 | true",
        "\"text\"                                           | true",
        "null                                               | true"
      })
  void someErrorsAreNotWorthARetry(String error, boolean retried) {
    load("{maxAttempts: 3, backoff: 1s, notOn: [Rejected, org.example.Precise, 4xx, 501]}");
    UUID run = database.startRun("w");
    fail(run, 1, "{\"error\": " + error + "}");
    database.awaitSettled();
    assertThat(database.state(run, "a")).isEqualTo(retried ? "triggered" : "failed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aWorkerSaysThatItsErrorIsFinal() throws Exception {
    load("{maxAttempts: 3, backoff: 1s}");
    UUID bySql = database.startRun("w");
    claimOnly(bySql);
    database
        .sql()
        .queryForList(
            "select track_coordination.fail_work(?, 'a', 1, 'Closed', 'the books are closed', retryable => false)",
            bySql);
    database.awaitState(bySql, "a", "failed");
    try (Coordinator worker = failing(false, new IllegalStateException("the books are closed"))) {
      UUID byHeader = database.startRun("w");
      database.awaitState(byHeader, "a", "failed");
      assertThat(database.chain(byHeader)).doesNotContain("a retried");
    }
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void theHttpStatusOfAnExceptionIsRecorded() throws Exception {
    load("{maxAttempts: 3, backoff: 1s}");
    try (Coordinator worker =
        failing(null, new HttpOperationFailedException("http://x", 422, "no", null, null, null))) {
      database.awaitState(database.startRun("w"), "a", "failed");
    }
    assertThat(
            database.count(
                "select count(*) from processing_logs where payload #>> '{error,status}' = '422'"))
        .isEqualTo(1);
  }

  @Test
  void aReportThatComesTwiceCountsOnce() {
    load("{maxAttempts: 3, backoff: 1h}");
    UUID run = database.startRun("w");
    fail(run, 1, "{}");
    database
        .sql()
        .update(
            "insert into processing_logs (correlation_id, track_id, event_type, attempt) values (?, 'a', 'failed', 1)",
            run);
    database.awaitSettled();
    assertThat(
            database
                .sql()
                .queryForList("select reason from track_coordination.event_fates", String.class))
        .containsExactly("failed for a track that is triggered, attempt 1 instead of 2");
    assertThat(database.count("select count(*) from processing_logs where event_type = 'retried'"))
        .isEqualTo(1);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void onlyTheCurrentAttemptCanBeReported() {
    load("{maxAttempts: 3, backoff: 1s, jitter: 0}");
    UUID run = database.startRun("w");
    fail(run, 1, "{}");
    database.passTime(Duration.ofSeconds(2));
    claimOnly(run);
    for (int other : List.of(1, 3)) {
      assertThatThrownBy(
              () ->
                  database
                      .sql()
                      .queryForList(
                          "select track_coordination.complete_work(?, 'a', ?, '{}')", run, other))
          .hasMessageContaining("attempt " + other + " of track a in run " + run + " is not yours");
    }
    database.sql().queryForList("select track_coordination.complete_work(?, 'a', 2, '{}')", run);
    database.awaitRunsEnded(1);
    assertThat(database.audit()).isEmpty();
  }

  /** An instance whose worker for the track fails each attempt. */
  private static Coordinator failing(Boolean retry, Exception failure) throws Exception {
    RouteBuilder worker =
        new RouteBuilder() {
          @Override
          public void configure() {
            from("kamelet:track-source/test-a?handler=a")
                .routeId("a")
                .routeConfigurationId("one-attempt")
                .setHeader("trackRetry", constant(retry))
                .throwException(failure);
          }
        };
    return database.coordinator().with(worker).start();
  }

  private void load(String retry) {
    database.load("workflow: w\ntracks:\n  a: {retry: " + retry + "}\n");
  }

  /** Claims the attempt of this number, which is due, and fails it with this payload. */
  private void fail(UUID run, int attempt, String payload) {
    claimOnly(run);
    database
        .sql()
        .queryForList(
            "select track_coordination.finish_work(?, 'a', ?, 'failed', cast(? as jsonb))",
            run,
            attempt,
            payload);
    database.awaitSettled();
  }

  private void claimOnly(UUID run) {
    database.awaitState(run, "a", "triggered");
    assertThat(claim()).hasSize(1);
  }

  private List<Map<String, Object>> claim() {
    return database
        .sql()
        .queryForList("select * from track_coordination.claim_work('a', 'tester', 1, '1 h')");
  }

  private Duration pauseAfter(UUID run, int attempt) {
    return Duration.ofMillis(
        database.count(
            "select (extract(epoch from ((r.metadata ->> 'dueAt')::timestamptz - track_coordination.clock()"
                + " + (select pg_catalog.now() - r.created_at))) * 1000)::bigint / 60000 * 60000"
                + " from processing_logs r where r.correlation_id = ? and r.event_type = 'retried' and r.attempt = ?",
            run,
            attempt));
  }
}
