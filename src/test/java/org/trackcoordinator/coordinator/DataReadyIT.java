package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Tracks that hand data on before they are done: {@code on: data_ready}. */
@Tag("track-coordination")
class DataReadyIT {

  private static final String EARLY =
      """
      workflow: early
      defaults: {retry: {maxAttempts: 2, backoff: 1ms}}
      tracks:
        gmail: {}
        drive: {dependsOn: {track: gmail, on: data_ready}}
      """;

  private static final CountDownLatch GO_ON = new CountDownLatch(1);

  @RegisterExtension
  static final CoordinatedDatabase database = CoordinatedDatabase.coordinated(DataReadyIT::routes);

  /** A worker that says what it has before it is done, in the middle of its route. */
  private static RouteBuilder routes() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-fetch?handler=fetch")
            .routeId("fetch")
            .setBody(simple("{\"page\": 1}"))
            .to("kamelet:track-event-sink?trackId=own&eventType=data_ready")
            .process(exchange -> assertThat(GO_ON.await(60, TimeUnit.SECONDS)).isTrue())
            .setBody(simple("{\"pages\": 9}"));
        from("direct:report").to("kamelet:track-event-sink?trackId=gmail&eventType=data_ready");
      }
    };
  }

  @AfterEach
  void everyInvariantHolds() {
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  private UUID started() {
    database.load(EARLY);
    UUID run = database.startRun("early");
    database.awaitState(run, "gmail", "triggered");
    return run;
  }

  private long record(UUID run, String type, String payload, String metadata) {
    return database
        .sql()
        .queryForObject(
            "select track_coordination.record_track_event(null, 'gmail', ?, ?, cast(? as jsonb), cast(? as jsonb))",
            Long.class,
            type,
            run,
            payload,
            metadata);
  }

  private String claimed(String handler) {
    return database
        .texts(
            "select cast(payload as text) from track_coordination.claim_work(?, 'tester', 1, '1 h')",
            handler)
        .get(0);
  }

  @Test
  void aFanInJoinsTheFirstDataOfSomeWithTheResultsOfOthers() {
    database.load(
        """
        workflow: w
        tracks:
          a: {}
          b: {}
          c: {}
          d: {dependsOn: [{track: a, on: data_ready}, {track: b, on: data_ready}, c]}
        """);
    UUID run = database.startRun("w");
    for (String track : List.of("a", "b", "c")) {
      database.awaitState(run, track, "triggered");
    }
    database.insertEvent(run, "a", "data_ready", "{\"n\": 1}");
    database.insertEvent(run, "c", "data_ready", "{\"n\": 2}");
    database.insertEvent(run, "b", "completed", "{\"n\": 3}");
    database.awaitSettled();
    assertThat(database.state(run, "d")).as("c is not completed").isEqualTo("waiting");
    database.insertEvent(run, "c", "completed", "{\"n\": 4}");
    database.awaitState(run, "d", "triggered");
    database.insertEvent(run, "a", "completed", "{\"n\": 5}");
    database.awaitState(run, "a", "completed");
    assertThat(database.input(run, "d"))
        .isEqualTo("{\"a\": {\"n\": 1}, \"b\": {\"n\": 3}, \"c\": {\"n\": 4}}");
    assertThat(
            database.texts(
                """
                select string_agg(l.track_id || ' ' || l.event_type, ', ' order by l.track_id)
                  from processing_logs t
                  cross join jsonb_array_elements_text(t.metadata -> 'consumed') e
                  join processing_logs l on l.event_id = e::bigint
                 where t.track_id = 'd' and t.event_type = 'triggered'
                """))
        .containsExactly("a data_ready, b completed, c completed");
    database.insertEvent(run, "d", "completed", "{}");
    database.awaitRunsEnded(1);
  }

  @Test
  void thePayloadIsThatOfTheFirstDataThoughTheTrackCompletedBeforeTheNextWasClaimed() {
    UUID run = started();
    database.insertEvent(run, "gmail", "data_ready", "{\"page\": 1}");
    database.insertEvent(run, "gmail", "data_ready", "{\"page\": 2}");
    database.insertEvent(run, "gmail", "completed", "{\"pages\": 2}");
    database.awaitState(run, "gmail", "completed");
    assertThat(claimed("drive")).isEqualTo("{\"page\": 1}");
    assertThat(database.chain(run)).containsOnlyOnce("drive triggered");
    assertThat(database.fates(run))
        .singleElement()
        .asString()
        .startsWith("duplicate: data_ready came again for a track that is triggered:")
        .endsWith("the first of them counts");
  }

  @Test
  void whatWasHeldMeanwhileStillGetsTheFirstData() {
    database.load(EARLY);
    database.sql().queryForList("select track_coordination.hold(handler => 'drive')");
    UUID run = database.startRun("early");
    database.awaitState(run, "gmail", "triggered");
    database.insertEvent(run, "gmail", "data_ready", "{\"page\": 1}");
    database.awaitState(run, "drive", "held");
    database.insertEvent(run, "gmail", "completed", "{\"pages\": 2}");
    database.awaitState(run, "gmail", "completed");
    database.sql().queryForList("select track_coordination.release(handler => 'drive')");
    database.awaitState(run, "drive", "triggered");
    assertThat(claimed("drive")).isEqualTo("{\"page\": 1}");
  }

  @Test
  void completedWithoutAnyDataMeetsTheEdge() {
    UUID run = started();
    database.insertEvent(run, "gmail", "completed", "{\"pages\": 0}");
    database.awaitState(run, "drive", "triggered");
    assertThat(claimed("drive")).isEqualTo("{\"pages\": 0}");
  }

  @Test
  void dataOfASecondAttemptActivatesWhereTheFirstHadNone() {
    UUID run = started();
    record(run, "failed", "{}", "{\"attempt\": 1}");
    database.awaitSettled();
    assertThat(database.state(run, "gmail")).isEqualTo("triggered");
    record(run, "data_ready", "{\"page\": 1}", "{\"attempt\": 1}");
    database.awaitSettled();
    assertThat(database.state(run, "drive")).isEqualTo("waiting");
    record(run, "data_ready", "{\"page\": 2}", "{\"attempt\": 2}");
    database.awaitState(run, "drive", "triggered");
    assertThat(claimed("drive")).isEqualTo("{\"page\": 2}");
    assertThat(database.fates(run))
        .containsExactly("late: data_ready for a track that is triggered, attempt 1 instead of 2");
  }

  @Test
  void dataOfAFirstAttemptCountsThoughItFailedAndThatOfTheSecondIsADuplicate() {
    UUID run = started();
    record(run, "data_ready", "{\"page\": 1}", "{\"attempt\": 1}");
    database.awaitState(run, "drive", "triggered");
    record(run, "failed", "{}", "{\"attempt\": 1}");
    database.awaitSettled();
    record(run, "data_ready", "{\"page\": 2}", "{\"attempt\": 2}");
    record(run, "completed", "{\"pages\": 2}", "{\"attempt\": 2}");
    database.awaitState(run, "gmail", "completed");
    assertThat(claimed("drive")).isEqualTo("{\"page\": 1}");
    assertThat(database.chain(run)).containsOnlyOnce("drive triggered");
    assertThat(database.fates(run))
        .singleElement()
        .asString()
        .startsWith("duplicate: data_ready came again");
  }

  @Test
  void anOwnWorkerReportsInTheMiddleOfItsRoute() {
    database.load(
        """
        workflow: w
        tracks:
          own: {handler: fetch}
          scan: {dependsOn: {track: own, on: data_ready}}
        """);
    UUID run = database.startRun("w");
    database.awaitState(run, "scan", "triggered");
    assertThat(database.state(run, "own")).isEqualTo("started");
    GO_ON.countDown();
    database.awaitState(run, "own", "completed");
    assertThat(claimed("scan")).isEqualTo("{\"page\": 1}");
    assertThat(
            database.texts(
                "select event_type || ' ' || attempt from processing_logs where track_id = 'own' and attempt is not null order by event_id"))
        .containsExactly("started 1", "data_ready 1", "completed 1");
  }

  /** It may have lost its lease meanwhile; then the attempt of another worker is not spoken for. */
  @Test
  void theKameletSpeaksForTheAttemptOfItsExchange() {
    UUID run = started();
    record(run, "failed", "{}", "{\"attempt\": 1}");
    database.awaitSettled();
    report(run, "gmail", 1);
    database.awaitSettled();
    assertThat(database.state(run, "drive")).isEqualTo("waiting");
    assertThat(database.fates(run)).singleElement().asString().startsWith("late: ");
    report(run, "other", 1);
    database.awaitState(run, "drive", "triggered");
  }

  private void report(UUID run, String ofTrack, int attempt) {
    database
        .running()
        .camel()
        .createFluentProducerTemplate()
        .to("direct:report")
        .withHeader("trackCorrelationId", run)
        .withHeader("trackId", ofTrack)
        .withHeader("trackAttempt", attempt)
        .withBody("{\"page\": 3}")
        .send();
  }
}
