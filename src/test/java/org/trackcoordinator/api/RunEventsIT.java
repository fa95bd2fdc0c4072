package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** The events of a run as a stream: each once, as they happen, and then the end. */
@Tag("track-coordination")
class RunEventsIT {

  private static final JsonMapper JSON = new JsonMapper();
  private static final int LARGE = 60;
  private static final String ONE = "{workflow: one, tracks: {gmail: {}}}";

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();
  @RegisterExtension static final RunningApi api = new RunningApi(database);

  @Test
  void bringsEachEventOnceAndThenTheEnd() {
    database.load(ONE);
    UUID run = database.startRun("one");
    database.awaitState(run, "gmail", "triggered");
    Reader reader = new Reader(run);
    reader.awaitEvents(1);
    claim();
    reader.awaitEvents(2);
    database
        .sql()
        .queryForList("select track_coordination.complete_work(?, 'gmail', 1, '{}')", run);
    reader.awaitEnd();

    assertThat(reader.eventTypes()).containsExactly("triggered", "started", "completed");
    assertThat(reader.ended().path("state").asText()).isEqualTo("completed");
  }

  @Test
  void ofARunThatEndedBringsAllAtOnce() {
    database.load(ONE);
    UUID run = database.startRun("one");
    database.awaitState(run, "gmail", "triggered");
    database.sql().queryForList("select track_coordination.cancel(?)", run);
    Reader reader = new Reader(run);
    reader.awaitEnd();
    assertThat(reader.eventTypes()).containsExactly("triggered", "cancelled");
  }

  /** Whatever a cursor over ids would have passed over. */
  @Test
  void missesNoEventThatWasCommittedAfterALaterOne() throws Exception {
    database.load(ONE);
    UUID run = database.startRun("one");
    database.awaitState(run, "gmail", "triggered");
    Reader reader = new Reader(run);
    reader.awaitEvents(1);
    try (var connection = database.plain().getConnection()) {
      connection.setAutoCommit(false);
      try (var statement =
          connection.prepareStatement(
              "insert into processing_logs (correlation_id, track_id, event_type, payload)"
                  + " values (?, 'gmail', 'started', '{\"first\": true}')")) {
        statement.setObject(1, run);
        statement.executeUpdate();
      }
      database.insertEvent(run, "gmail", "data_ready", "{}"); // a greater id, committed before
      reader.awaitEvents(2);
      connection.commit();
    }
    reader.awaitEvents(3);
    assertThat(reader.eventTypes()).containsExactly("triggered", "data_ready", "started");
  }

  /** More than a statement tells of. */
  @Test
  void manyReadersAreServedInTurn() {
    database.load(ONE);
    UUID run = database.startRun("one");
    database.awaitState(run, "gmail", "triggered");
    List<Reader> readers = IntStream.range(0, 150).mapToObj(i -> new Reader(run)).toList();
    readers.forEach(reader -> reader.awaitEvents(1));
    database.sql().queryForList("select track_coordination.cancel(?)", run);
    readers.forEach(Reader::awaitEnd);
    readers.forEach(
        reader -> assertThat(reader.eventTypes()).containsExactly("triggered", "cancelled"));
  }

  @Test
  void aRunThatIsRemovedEndsItsStreamAndNoOther() {
    database.load(ONE);
    UUID removed = database.startRun("one");
    UUID other = database.startRun("one");
    database.awaitState(removed, "gmail", "triggered");
    database.awaitState(other, "gmail", "triggered");
    Reader reader = new Reader(removed);
    Reader ofOther = new Reader(other);
    reader.awaitEvents(1);
    for (String table : List.of("work_queue", "activations", "runs")) {
      delete("track_coordination." + table, removed);
    }
    delete("processing_logs", removed);
    reader.awaitEnd();
    database.sql().queryForList("select track_coordination.cancel(?)", other);
    ofOther.awaitEnd();
    assertThat(reader.ended().path("state").isNull()).isTrue();
    assertThat(ofOther.ended().path("state").asText()).isEqualTo("cancelled");
  }

  @Test
  void ofALargeRunBringsAllInPieces() {
    UUID run = runWithLargeEvents();
    Reader reader = new Reader(run);
    reader.awaitEnd();
    assertThat(reader.eventTypes()).hasSize(3 * LARGE).filteredOn("failed"::equals).hasSize(LARGE);
    assertThat(reader.data().stream().map(event -> event.path("eventId").asLong()))
        .doesNotHaveDuplicates();
  }

  /** However many watch however large a run, what is read of it at once has its limits. */
  @Test
  void readsNoMoreAtOnceThanFitsIntoMemory() {
    UUID run = runWithLargeEvents();
    List<Map<?, ?>> rows = read(Collections.nCopies(150, run));
    assertThat(rows).hasSize(100).extracting(row -> row.get("ended")).containsOnlyNulls();
    assertThat(rows)
        .allMatch(row -> ((String) row.get("events")).length() < 350_000)
        .allMatch(row -> ((String) row.get("events")).length() > 250_000);

    String all =
        database
            .sql()
            .queryForObject(
                "select cast(array_agg(event_id) as text) from processing_logs where correlation_id = ?",
                String.class,
                run);
    List<Map<?, ?>> ends = read(Collections.nCopies(150, run), all);
    assertThat(ends).hasSize(100).extracting(row -> row.get("events")).containsOnlyNulls();
    assertThat(ends.stream().filter(row -> row.get("ended") != null)).hasSize(10);
  }

  @Test
  void ofRunsWithoutNewsNothingIsRead() {
    database.load(ONE);
    UUID run = database.startRun("one");
    database.awaitState(run, "gmail", "triggered");
    Map<?, ?> first = read(List.of(run)).get(0);
    assertThat(read(List.of(run), (String) first.get("event_ids"))).isEmpty();
  }

  private static List<Map<?, ?>> read(List<UUID> runs) {
    return read(runs, "{}");
  }

  @SuppressWarnings("unchecked")
  private static List<Map<?, ?>> read(List<UUID> runs, String sent) {
    Map<String, Object> asked =
        Map.of(
            "correlation_ids", runs.stream().map(UUID::toString).toArray(String[]::new),
            "sent", runs.stream().map(run -> sent).toArray(String[]::new));
    try (ProducerTemplate template = api.coordinator().camel().createProducerTemplate()) {
      return template.requestBody("direct:read-run-events", asked, List.class);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Triggered, started and failed, each with an error of 10 kB. */
  private static UUID runWithLargeEvents() {
    database.load(
        IntStream.range(0, LARGE)
            .mapToObj(i -> "t" + i + ": {handler: t, onFailure: continue, retry: {maxAttempts: 1}}")
            .collect(Collectors.joining(", ", "{workflow: broken, tracks: {", "}}")));
    UUID run = database.startRun("broken");
    database.awaitState(run, "t" + (LARGE - 1), "triggered");
    database
        .sql()
        .queryForList(
            "select track_coordination.fail_work(correlation_id, track_id, attempt, 'x', repeat('x', 10000))"
                + " from track_coordination.claim_work('t', 'test', 1000, '1 minute')");
    database.awaitRunsEnded(1);
    return run;
  }

  private static void delete(String table, UUID run) {
    database.sql().update("delete from " + table + " where correlation_id = ?", run);
  }

  private static void claim() {
    database
        .sql()
        .queryForList(
            "select * from track_coordination.claim_work('gmail', 'test', 1, '1 minute')");
  }

  /** What came of a stream so far. */
  private static final class Reader {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> end;

    Reader(UUID run) {
      end =
          api.http()
              .sendAsync(api.request("/runs/" + run + "/events").build(), BodyHandlers.ofLines())
              .thenAcceptAsync(this::read, task -> new Thread(task).start());
    }

    private void read(HttpResponse<Stream<String>> response) {
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream");
      response.body().forEach(lines::add);
    }

    private List<JsonNode> data() {
      return lines.stream()
          .filter(line -> line.startsWith("data: "))
          .map(line -> json(line.substring("data: ".length())))
          .toList();
    }

    List<String> eventTypes() {
      return data().stream()
          .filter(event -> event.has("eventType"))
          .map(event -> event.path("eventType").asText())
          .toList();
    }

    JsonNode ended() {
      assertThat(lines).contains("event: ended");
      return data().get(data().size() - 1);
    }

    void awaitEvents(int most) {
      await()
          .pollDelay(Duration.ZERO)
          .atMost(Duration.ofSeconds(60))
          .until(() -> eventTypes().size() >= most);
    }

    void awaitEnd() {
      await().pollDelay(Duration.ZERO).atMost(Duration.ofSeconds(60)).until(end::isDone);
      end.join();
    }

    private static JsonNode json(String text) {
      try {
        return JSON.readTree(text);
      } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
        throw new AssertionError(text, e);
      }
    }
  }
}
