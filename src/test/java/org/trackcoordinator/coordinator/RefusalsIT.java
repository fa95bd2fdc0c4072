package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trackcoordinator.testing.ForeignWriter.row;
import static org.trackcoordinator.testing.Graphs.CHAIN;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.ForeignWriter;
import org.trackcoordinator.testing.Poison;

/** What can't be taken is refused with a message that says why; the rest goes on. */
@Tag("processing-logs")
class RefusalsIT {

  private static final int TEN_MB = 10 * 1024 * 1024;
  private static final String HUGE = "{\"x\": \"" + "x".repeat(TEN_MB) + "\"}";
  private static final String DEEP = "{\"x\": ".repeat(2_000) + "1" + "}".repeat(2_000);

  @RegisterExtension
  static final CoordinatedDatabase database = CoordinatedDatabase.coordinated(RefusalsIT::sinks);

  private ForeignWriter writer;

  @BeforeEach
  void open() throws SQLException {
    database.load(CHAIN);
    writer = new ForeignWriter(database.plain());
  }

  @AfterEach
  void close() throws SQLException {
    writer.close();
  }

  private static RouteBuilder sinks() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        errorHandler(noErrorHandler());
        from("direct:test-start").to("kamelet:track-start-sink?workflow=chain");
        from("direct:test-event").to("kamelet:track-event-sink?trackId=gmail&eventType=completed");
        from("direct:test-bad-track")
            .to("kamelet:track-event-sink?trackId=_gmail&eventType=completed");
        from("direct:test-bad-type")
            .to("kamelet:track-event-sink?trackId=gmail&eventType=triggered");
        from("direct:test-no-workflow").to("kamelet:track-start-sink?workflow=nobody");
      }
    };
  }

  static Stream<Arguments> payloadsThatSqlRefuses() {
    return Stream.of(
        Arguments.of("[1, 2]", "payload is a JSON array, not an object"),
        Arguments.of("\"text\"", "payload is a JSON string, not an object"),
        Arguments.of("7", "payload is a JSON number, not an object"),
        Arguments.of("true", "payload is a JSON boolean, not an object"),
        Arguments.of("null", "payload is a JSON null, not an object"),
        Arguments.of(HUGE, "payload has 10485769 bytes, at most 1048576 are allowed"),
        Arguments.of("no json", "invalid input syntax for type json"),
        Arguments.of("{\"x\": \"\\u0000\"}", "unsupported Unicode escape sequence"),
        Arguments.of("{\"x\": \"\\ud800\"}", "Unicode low surrogate must follow a high surrogate"),
        Arguments.of("{\"x\": 1e400000}", "value overflows numeric format"));
  }

  @ParameterizedTest
  @MethodSource("payloadsThatSqlRefuses")
  void sqlFunctionsRefuseThePayload(String payload, String message) {
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "triggered");
    database.sql().queryForList("select track_coordination.claim_work('gmail', 'w', 1, '1 hour')");
    long rows = database.count("select count(*) from processing_logs");
    assertThatThrownBy(() -> database.startRun("chain", payload)).hasMessageContaining(message);
    assertThatThrownBy(
            () ->
                database
                    .sql()
                    .queryForList(
                        "select track_coordination.record_track_event(null, 'gmail', 'completed', ?, cast(? as jsonb))",
                        run,
                        payload))
        .hasMessageContaining(message);
    assertThatThrownBy(
            () ->
                database
                    .sql()
                    .queryForList(
                        "select track_coordination.complete_work(?, 'gmail', 1, cast(? as jsonb))",
                        run,
                        payload))
        .hasMessageContaining(message);
    assertThat(database.count("select count(*) from processing_logs")).isEqualTo(rows);
    assertThat(database.state(run, "gmail")).as("still the worker's").isEqualTo("started");
    assertThat(database.audit()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          null, '_a', 'completed', gen_random_uuid()          | track_id '_a' is no track id
          null, '', 'completed', gen_random_uuid()            | track_id '' is no track id
          null, 'a b', 'completed', gen_random_uuid()         | track_id 'a b' is no track id
          null, null, 'completed', gen_random_uuid()          | track_id null is no track id
          null, repeat('a', 201), 'completed', gen_random_uuid() | is no track id
          null, E'a\\nb', 'completed', gen_random_uuid()      | is no track id
          null, E'a\\n', 'completed', gen_random_uuid()       | is no track id
          null, 'a', 'triggered', gen_random_uuid()           | event_type 'triggered' cannot be recorded
          null, 'a', 'retried', gen_random_uuid()             | event_type 'retried' cannot be recorded
          null, 'a', 'Completed', gen_random_uuid()           | event_type 'Completed' cannot be recorded
          null, 'a', null, gen_random_uuid()                  | event_type null cannot be recorded
          null, 'a', 'completed', null                        | correlation_id is missing
          null, 'a', 'completed', gen_random_uuid(), '{}', '[]' | metadata is a JSON array, not an object
          null, 'a', 'completed', gen_random_uuid(), '{}', '{"attempt": "x"}' | metadata.attempt is x, not a positive whole number
          null, 'a', 'completed', gen_random_uuid(), '{}', '{"attempt": 0}' | metadata.attempt is 0, not a positive whole number
          null, 'a', 'completed', gen_random_uuid(), '{}', '{"attempt": 1.5}' | metadata.attempt is 1.5, not a positive whole number
          """)
  void recordTrackEventRefuses(String arguments, String message) {
    assertThatThrownBy(
            () ->
                database
                    .sql()
                    .queryForList(
                        "select track_coordination.record_track_event(%s)".formatted(arguments)))
        .hasMessageContaining(message);
    assertThat(database.count("select count(*) from processing_logs")).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'nobody'                          | there is no workflow 'nobody'
          null                              | there is no workflow null
          'chain', completes => 'drive' | track 'drive' is no root of workflow chain
          'chain', completes => 'nobody'    | track 'nobody' is no root of workflow chain
          'chain', idempotency_key => repeat('k', 1001) | idempotency_key has 1001 bytes, at most 1000 are allowed
          'chain', priority => 10 | priority is 10, not 0 to 9
          """)
  void startRunRefuses(String arguments, String message) {
    assertThatThrownBy(
            () ->
                database
                    .sql()
                    .queryForList("select track_coordination.start_run(%s)".formatted(arguments)))
        .hasStackTraceContaining(message);
    assertThat(database.count("select count(*) from track_coordination.runs")).isZero();
    assertThat(database.count("select count(*) from track_coordination.idempotency_keys")).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'gmail', 'w', 0, '1 hour'
          'gmail', 'w', null, '1 hour'
          'gmail', '', 1, '1 hour'
          'gmail', null, 1, '1 hour'
          'gmail', 'w', 1, '0'
          'gmail', 'w', 1, '-1 hour'
          'gmail', 'w', 1, null
          """)
  void claimWorkRefuses(String arguments) {
    assertThatThrownBy(
            () ->
                database
                    .sql()
                    .queryForList("select track_coordination.claim_work(%s)".formatted(arguments)))
        .hasMessageContaining(
            "claim_work wants a worker's name, max of at least 1 and a lease longer than 0");
  }

  static Stream<Arguments> bodiesThatKameletsRefuse() {
    return Stream.of(
        Arguments.of("[1]", "the payload is a JSON array, not an object: wrap it"),
        Arguments.of("\"text\"", "the payload is a JSON string, not an object"),
        Arguments.of("7", "the payload is a JSON number, not an object"),
        Arguments.of("null", "the payload is a JSON null, not an object"),
        Arguments.of(List.of(1), "the payload is a JSON array, not an object"),
        Arguments.of(7, "the payload is a JSON number, not an object"),
        Arguments.of("no json", "the payload is no JSON: "),
        Arguments.of("{\"x\": 1", "the payload is no JSON: "),
        Arguments.of("{} {}", "the payload goes on after the end of its object"),
        Arguments.of("{\"x\": \"a\\u0000b\"}", "the payload has a NUL character at /x"),
        Arguments.of(Map.of("x", List.of("\0")), "the payload has a NUL character at /x/0"),
        Arguments.of("{\"\\u0000\": 1}", "the payload has a NUL character at "),
        Arguments.of("{\"x\": \"\\ud83d!\"}", "the payload has half a surrogate pair at /x"),
        Arguments.of(Map.of("x", "\udc00"), "the payload has half a surrogate pair at /x"),
        Arguments.of(HUGE, "the payload is over 1,048,576 bytes: store the data elsewhere"),
        Arguments.of(DEEP, "the payload is no JSON: Document nesting depth (1001) exceeds"),
        Arguments.of("{\"x\": 1e400000}", "value overflows numeric format"),
        Arguments.of(Map.of("x", new BigDecimal("1e400000")), "value overflows numeric format"));
  }

  @ParameterizedTest
  @MethodSource("bodiesThatKameletsRefuse")
  void sinksRefuseTheBody(Object body, String message) {
    assertThat(send("direct:test-start", body).getException()).hasStackTraceContaining(message);
    assertThat(send("direct:test-event", body).getException()).hasStackTraceContaining(message);
    assertThat(database.count("select count(*) from processing_logs")).isZero();
    assertThat(database.count("select count(*) from track_coordination.runs")).isZero();
  }

  @Test
  void sinksRefuseWrongOptions() {
    assertThat(send("direct:test-bad-track", "{}").getException())
        .hasStackTraceContaining("track_id '_gmail' is no track id");
    assertThat(send("direct:test-bad-type", "{}").getException())
        .hasStackTraceContaining("event_type 'triggered' cannot be recorded");
    assertThat(send("direct:test-no-workflow", "{}").getException())
        .hasStackTraceContaining("there is no workflow 'nobody'");
  }

  @Test
  void aTrackThatReturnsWhatIsNoPayloadFailsAndTheOthersOfItsBatchGoOn() throws Exception {
    List<Object[]> kinds = bodiesThatKameletsRefuse().map(Arguments::get).toList();
    Map<UUID, String> expected = new LinkedHashMap<>();
    List<UUID> good = new ArrayList<>();
    for (int i = 0; i < kinds.size(); i++) {
      expected.put(database.startRun("chain", "{\"kind\": " + i + "}"), (String) kinds.get(i)[1]);
      good.add(database.startRun("chain", "{\"kind\": -1}"));
    }
    RouteBuilder worker =
        new RouteBuilder() {
          @Override
          public void configure() {
            from("kamelet:track-source/test-gmail?handler=gmail")
                .routeId("gmail")
                .process(
                    exchange -> {
                      String body = exchange.getMessage().getBody(String.class);
                      int kind = Integer.parseInt(body.replaceAll("[^-0-9]", ""));
                      exchange.getMessage().setBody(kind < 0 ? "{}" : kinds.get(kind)[0]);
                    });
          }
        };
    try (Coordinator working = database.coordinator().with(worker).start()) {
      for (UUID run : good) {
        database.awaitState(run, "gmail", "completed");
      }
      for (Map.Entry<UUID, String> refused : expected.entrySet()) {
        database.awaitState(refused.getKey(), "gmail", "failed");
        assertThat(
                database
                    .sql()
                    .queryForObject(
                        "select payload #>> '{error,message}' from processing_logs where correlation_id = ? and event_type = 'failed'",
                        String.class,
                        refused.getKey()))
            .contains(refused.getValue());
        assertThat(database.state(refused.getKey())).isEqualTo("failed");
      }
    }
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void tenMegabytesThatAreInTheLogAreCoordinated() throws Exception {
    UUID run = UUID.randomUUID();
    RouteBuilder worker =
        new RouteBuilder() {
          @Override
          public void configure() {
            from("kamelet:track-source/test-drive?handler=drive")
                .routeId("drive")
                .setBody(simple("{\"characters\": ${body.length}}"));
          }
        };
    try (Coordinator working = database.coordinator().with(worker).start()) {
      writer.write(run, "gmail", "completed", HUGE);
      database.awaitState(run, "freee", "triggered");
    }
    assertThat(database.input(run, "freee")).isEqualTo("{\"characters\": " + HUGE.length() + "}");
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void payloadsOfForeignWritersThatAreNoObjectsAreHandedOnAsTheyAre() throws Exception {
    for (String payload : List.of("[1, 2.50]", "\"text\"", "7", "true", "null")) {
      UUID run = UUID.randomUUID();
      writer.write(run, "gmail", "completed", payload);
      database.awaitState(run, "drive", "triggered");
      assertThat(database.input(run, "drive")).isEqualTo(payload);
    }
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void theOneEventThatCannotBeSettledIsQuarantinedAndTheOthersOfItsBatchGoOn() throws Exception {
    List<UUID> runs = Stream.generate(UUID::randomUUID).limit(30).toList();
    UUID poisoned = runs.get(17);
    long event;
    try (Poison poison =
        new Poison(database, "new.event_type = 'triggered' and new.track_id = 'drive'", poisoned)) {
      event =
          writer
              .write(
                  runs.stream().map(run -> row(run, "gmail", "completed", "{\"n\": 1}")).toList())
              .get(17);
      Awaitility.await()
          .until(
              () ->
                  database.count(
                          "select count(*) from processing_logs where event_type = 'triggered' and track_id = 'drive'")
                      == 29);
      awaitQuarantined(event);
      assertThat(reason(event)).contains("test poison");
      assertThat(gates())
          .containsExactly(
              "quarantine "
                  + poisoned
                  + " gmail closed: event "
                  + event
                  + " could not be coordinated");
      database.awaitSettled();
      assertThat(database.state(poisoned)).as("rolled back").isNull();
      assertThat(database.audit()).isEmpty();
    }
    replay(event);
    database.awaitState(poisoned, "drive", "triggered");
    assertThat(gates()).isEmpty();
    database.awaitSettled();
    assertThat(database.count("select count(*) from track_coordination.quarantine")).isZero();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whatAWorkerCompletedAndCannotBeSettledStaysSetAsideUntilItIsReplayed() throws Exception {
    UUID run = claimedRun();
    long event;
    try (Poison poison =
        new Poison(database, "new.event_type = 'triggered' and new.track_id = 'drive'", run)) {
      event = complete(run, 1);
      awaitQuarantined(event);
      assertThat(reason(event)).contains("test poison");
      assertThat(claim()).as("its gate is closed").isEmpty();
      assertThat(database.audit()).isEmpty();
    }
    replay(event);
    database.awaitState(run, "drive", "triggered");
    database.awaitSettled();
    assertThat(gates()).isEmpty();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whatADismissedEventSpokeForIsDoneAgain() throws Exception {
    UUID run = claimedRun();
    long event;
    try (Poison poison =
        new Poison(database, "new.event_type = 'triggered' and new.track_id = 'drive'", run)) {
      event = complete(run, 1);
      awaitQuarantined(event);
      database
          .sql()
          .queryForList("select track_coordination.dismiss_event(?, 'tester', 'wrong')", event);
      assertThat(gates()).isEmpty();
      database.awaitSettled();
      assertThat(database.audit()).isEmpty();
    }
    assertThat(claim()).containsExactly(2);
    complete(run, 2);
    database.awaitState(run, "drive", "triggered");
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aTrackThatIsReadyBehindTheGateOfItsQuarantinedEventIsReleasedByTheReplay() throws Exception {
    UUID run = UUID.randomUUID();
    long early;
    try (Poison poison =
        new Poison(database, "track_coordination.event_fates", "new.fate = 'ignored'", run)) {
      writer.write(run, "gmail", "started", null);
      database.awaitState(run, "gmail", "started");
      early = writer.write(run, "drive", "completed", "{}");
      awaitQuarantined(early);
    }
    writer.write(run, "gmail", "completed", "{}");
    database.awaitState(run, "drive", "held");
    assertThat(database.audit()).isEmpty();
    replay(early);
    database.awaitState(run, "drive", "completed"); // released first; now it is no longer early
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aRunThatCannotBeginIsQuarantinedAndBeginsWhenReplayed() throws Exception {
    UUID run = UUID.randomUUID();
    UUID other;
    try (Poison poison = new Poison(database, "new.event_type = 'triggered'", run)) {
      database.sql().queryForList("select track_coordination.start_run('chain', '{}', ?)", run);
      other = database.startRun("chain");
      database.awaitState(other, "gmail", "triggered");
      Awaitility.await()
          .until(() -> database.count("select count(*) from track_coordination.quarantine") == 1);
      database.awaitSettled();
    }
    Map<String, Object> kept =
        database.sql().queryForMap("select * from track_coordination.quarantine");
    assertThat(kept).containsEntry("correlation_id", run).containsEntry("event_type", "begun");
    replay((Long) kept.get("event_id"));
    database.awaitState(run, "gmail", "triggered");
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  private UUID claimedRun() {
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "triggered");
    assertThat(claim()).containsExactly(1);
    return run;
  }

  private List<Integer> claim() {
    return database
        .sql()
        .queryForList(
            "select attempt from track_coordination.claim_work('gmail', 'w', 10, '1 hour')",
            Integer.class);
  }

  private long complete(UUID run, int attempt) {
    return database.count(
        "select track_coordination.complete_work(?, 'gmail', ?, '{\"n\": 1}')", run, attempt);
  }

  private void replay(long event) {
    assertThat(
            database
                .sql()
                .queryForObject("select track_coordination.replay_event(?)", Boolean.class, event))
        .isTrue();
  }

  private List<String> gates() {
    return database
        .sql()
        .queryForList(
            "select kind || ' ' || correlation_id || ' ' || track_id || ' ' || state || ': ' || reason from track_coordination.gates",
            String.class);
  }

  /** The table of a host need not keep numbers of events unique. */
  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS)
  void aFailingEventWhoseNumberWasGivenTwiceBlocksNobody() {
    UUID poisoned = UUID.randomUUID();
    database.sql().execute("alter table processing_logs drop constraint processing_logs_pkey");
    try (Poison poison =
        new Poison(database, "new.event_type = 'triggered' and new.track_id = 'drive'", poisoned)) {
      database
          .sql()
          .update(
              "insert into processing_logs (event_id, correlation_id, track_id, event_type, payload) select 7, ?, 'gmail', 'completed', '{\"n\": 1}' from generate_series(1, 2)",
              poisoned);
      Awaitility.await()
          .until(
              () ->
                  database.count(
                          "select count(*) from track_coordination.event_fates where event_id = 7 and fate = 'quarantined'")
                      == 1);
      UUID other = UUID.randomUUID();
      database.insertEvent(other, "gmail", "completed", "{\"n\": 1}");
      database.awaitState(other, "drive", "triggered");
      database.awaitSettled();
    } finally {
      database.sql().update("delete from processing_logs where event_id = 7");
      database
          .sql()
          .execute(
              "alter table processing_logs add constraint processing_logs_pkey primary key (event_id)");
    }
  }

  private String reason(long event) {
    return database
        .sql()
        .queryForObject(
            "select reason from track_coordination.quarantine where event_id = ?",
            String.class,
            event);
  }

  private void awaitQuarantined(long id) {
    Awaitility.await("event " + id + " is quarantined")
        .until(
            () ->
                database.count(
                        "select count(*) from track_coordination.quarantine where event_id = ?", id)
                    == 1);
  }

  private Exchange send(String uri, Object body) {
    return database
        .running()
        .camel()
        .createProducerTemplate()
        .send(
            uri,
            exchange -> {
              exchange.getMessage().setBody(body);
              exchange.getMessage().setHeader("trackCorrelationId", UUID.randomUUID().toString());
            });
  }
}
