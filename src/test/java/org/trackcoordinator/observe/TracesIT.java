package org.trackcoordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Databases;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** A run is one trace, whichever processes did its tracks, and whoever started it. */
@Tag("track-coordination")
class TracesIT {

  private static final String STARTED_BY =
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private static final String BOOKS =
      """
      workflow: books
      defaults: { retry: { maxAttempts: 2, backoff: 10ms } }
      tracks:
        fetch: { handler: first }
        scan: { handler: second, dependsOn: [fetch] }
        book: { handler: elsewhere, dependsOn: [fetch, scan] }
      """;

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  private final Collected collected = new Collected();
  private final Map<String, String> traceparents = new ConcurrentHashMap<>();

  /** What was exported. */
  private static final class Collected implements SpanExporter {
    final List<SpanData> spans = new CopyOnWriteArrayList<>();
    volatile boolean refuses;
    volatile boolean hangsForOthers;
    volatile Runnable hesitates = () -> {};
    volatile int largest;

    @Override
    public CompletableResultCode export(Collection<SpanData> exported) {
      if (refuses) {
        return CompletableResultCode.ofFailure();
      }
      if (hangsForOthers && exported.stream().anyMatch(s -> s.getName().equals("step"))) {
        return new CompletableResultCode(); // that never comes
      }
      hesitates.run();
      largest = Math.max(largest, exported.size());
      spans.addAll(exported);
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }

    List<SpanData> of(UUID run) {
      return spans.stream().filter(s -> run.toString().equals(text(s, "correlation_id"))).toList();
    }

    SpanData of(UUID run, String track, int attempt) {
      return of(run).stream()
          .filter(
              s ->
                  track.equals(text(s, "track"))
                      && s.getAttributes().get(AttributeKey.longKey("tracks.attempt")) == attempt)
          .findFirst()
          .orElseThrow(() -> new AssertionError(track + " " + attempt + " is not in " + of(run)));
    }
  }

  @Test
  void tracksOfSeveralInstancesAndAForeignWriterAreOneTrace() throws Exception {
    database.load(BOOKS);
    try (Traces one = traces();
        Traces other = traces();
        Coordinator first = database.coordinator().tracing(one).with(worker("first")).start();
        Coordinator second = database.coordinator().tracing(other).with(worker("second")).start()) {
      UUID run = database.startRun("books");
      database.awaitState(run, "book", "triggered");
      database.insertEvent(run, "book", "completed", "{}");
      awaitExported(run);
      SpanData root = root(run);
      assertThat(root.getTraceId()).isEqualTo(run.toString().replace("-", ""));
      assertThat(root.getParentSpanContext().isValid()).isFalse();
      assertThat(root.getName()).isEqualTo("books");
      assertThat(text(root, "state")).isEqualTo("completed");
      assertThat(root.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
      assertThat(collected.of(run))
          .hasSize(4)
          .allMatch(s -> s.getTraceId().equals(root.getTraceId()));
      SpanData fetch = collected.of(run, "fetch", 1);
      SpanData scan = collected.of(run, "scan", 1);
      SpanData book = collected.of(run, "book", 1);
      assertThat(List.of(fetch, scan, book))
          .allMatch(s -> s.getParentSpanId().equals(root.getSpanId()))
          .allMatch(s -> s.getStartEpochNanos() <= s.getEndEpochNanos());
      assertThat(fetch.getLinks()).isEmpty();
      assertThat(linked(scan)).containsExactly(fetch.getSpanId());
      assertThat(linked(book)).containsExactlyInAnyOrder(fetch.getSpanId(), scan.getSpanId());
      assertThat(text(scan, "handler")).isEqualTo("second");
      assertThat(text(scan, "outcome")).isEqualTo("completed");
      assertThat(text(scan, "worker")).isNull();
      assertThat(text(book, "worker")).isEqualTo("foreign");
      for (SpanData span : List.of(fetch, scan)) {
        assertThat(traceparents.get(text(span, "track")))
            .as("what its handler was told")
            .isEqualTo("00-%s-%s-01".formatted(span.getTraceId(), span.getSpanId()));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[\"invoice-1\"]", "[1.5, null, {}, 1e300]", "\"1\"", "{}"})
  void whatAWriterSaysOfItselfKeepsNoTraceBack(String consumed) throws Exception {
    database.load(BOOKS);
    try (Traces traces = traces();
        Coordinator coordinator = database.coordinator().tracing(traces).start()) {
      UUID run = UUID.randomUUID();
      for (String track : List.of("fetch", "scan", "book")) {
        if (!track.equals("fetch")) {
          database.awaitState(run, track, "triggered");
        }
        database
            .sql()
            .update(
                "insert into processing_logs (correlation_id, track_id, event_type, payload, metadata)"
                    + " values (?, ?, 'completed', '{}', jsonb_build_object('consumed', ?::jsonb))",
                run,
                track,
                consumed);
      }
      awaitExported(run);
      assertThat(collected.of(run)).hasSize(4);
    }
  }

  @Test
  void aRunBelongsToTheTraceOfItsStarter() throws Exception {
    database.load(BOOKS);
    try (Traces traces = traces();
        Coordinator coordinator =
            database
                .coordinator()
                .tracing(traces)
                .with(worker("first"))
                .with(worker("second"))
                .start()) {
      UUID run =
          database
              .sql()
              .queryForObject(
                  "select track_coordination.start_run('books', traceparent => ?)",
                  UUID.class,
                  STARTED_BY);
      UUID foreign = UUID.randomUUID();
      database
          .sql()
          .update(
              "insert into processing_logs (correlation_id, track_id, event_type, payload, metadata)"
                  + " values (?, 'fetch', 'completed', '{}', jsonb_build_object('traceparent', ?))",
              foreign,
              STARTED_BY);
      for (UUID each : List.of(run, foreign)) {
        database.awaitState(each, "book", "triggered");
      }
      assertThat(
              database.texts(
                  "select traceparent from track_coordination.claim_work('elsewhere', 'w', 2, '1 minute')"))
          .as("what a worker elsewhere is told")
          .hasSize(2)
          .allMatch(told -> told.startsWith("00-0af7651916cd43dd8448eb211c80319c-"))
          .allMatch(told -> told.endsWith("-01"));
      for (UUID each : List.of(run, foreign)) {
        database.insertEvent(each, "book", "completed", "{}");
        awaitExported(each);
        assertThat(collected.of(each))
            .allMatch(s -> s.getTraceId().equals("0af7651916cd43dd8448eb211c80319c"));
        assertThat(root(each).getParentSpanId()).isEqualTo("b7ad6b7169203331");
        assertThat(text(collected.of(each, "book", 1), "worker")).isNull();
      }
      assertThat(traceparents.get("scan")).startsWith("00-0af7651916cd43dd8448eb211c80319c-");
      assertThat(linked(collected.of(foreign, "fetch", 1)))
          .as("what its writer was at")
          .containsExactly("b7ad6b7169203331");
    }
  }

  @Test
  void workersElsewhereAreToldWhatIsExported() throws Exception {
    database.load(BOOKS);
    try (Traces traces = traces();
        Coordinator coordinator = database.coordinator().tracing(traces).start()) {
      UUID run = database.startRun("books");
      database.awaitState(run, "fetch", "triggered");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> database.count("select count(*) from track_coordination.trace_sampling") == 1);
      assertThat(
              database.texts(
                  "select traceparent from track_coordination.claim_work('first', 'w', 1, '1 minute')"))
          .containsExactly(TraceContext.ofAttempt(run.toString(), "fetch", 1, null).traceparent());
    }
  }

  @Test
  void failedAttemptsAreSpansOfTheirOwn() throws Exception {
    database.load(BOOKS);
    try (Traces traces = traces();
        Coordinator coordinator =
            database.coordinator().tracing(traces).with(failing("first")).start()) {
      UUID run = database.startRun("books");
      awaitExported(run);
      assertThat(root(run).getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
      assertThat(text(root(run), "state")).isEqualTo("failed");
      for (int attempt = 1; attempt <= 2; attempt++) {
        SpanData span = collected.of(run, "fetch", attempt);
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(span.getStatus().getDescription()).contains("IllegalStateException");
        assertThat(text(span, "outcome")).isEqualTo("failed");
      }
      assertThat(collected.of(run)).hasSize(3);
    }
  }

  @Test
  void runsThatEndWhileNobodyExportsAreExportedOnceLater() throws Exception {
    UUID before = endOneWithoutExport();
    collected.refuses = true;
    try (Traces one = traces();
        Traces other = traces();
        Coordinator first = database.coordinator().tracing(one).with(worker("first")).start();
        Coordinator second = database.coordinator().tracing(other).start()) {
      UUID during = database.startRun("short");
      database.awaitRunsEnded(2);
      await()
          .during(Duration.ofSeconds(2))
          .until(() -> database.count("select count(*) from track_coordination.traced_runs") == 0);
      collected.refuses = false;
      awaitExported(before);
      awaitExported(during);
      UUID after = database.startRun("short");
      awaitExported(after);
      assertThat(collected.spans).as("two of each, once").hasSize(6);
    }
  }

  /** Workers elsewhere are told all the same which runs are traced. */
  @Test
  void whatACollectorDoesNotTakeInTenMinutesIsLostAndCounted() throws Exception {
    endOneWithoutExport();
    collected.refuses = true;
    try (Traces one = traces();
        Traces other = traces();
        Coordinator first = database.coordinator().tracing(one).with(worker("first")).start();
        Coordinator second = database.coordinator().tracing(other).start()) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> database.count("select count(*) from track_coordination.trace_sampling") == 1);
      String traceparent = STARTED_BY.replaceFirst("01$", "00");
      database
          .sql()
          .queryForList(
              "select track_coordination.start_run('short', '{}', traceparent => ?)", traceparent);
      UUID lost = database.startRun("short");
      database.awaitRunsEnded(3);
      assertThat(lost(first) + lost(second)).isZero();
      database
          .sql()
          .update(
              "update track_coordination.runs set finished_at = finished_at - interval '10 minutes'");
      await().atMost(Duration.ofSeconds(60)).until(() -> lost(first) + lost(second) > 0);
      collected.refuses = false;
      UUID kept = database.startRun("short");
      awaitExported(kept);
      assertThat(collected.of(lost)).isEmpty();
      assertThat(lost(first) + lost(second))
          .as("runs that ended since there is an export, and were to be recorded")
          .isEqualTo(1);
    }
  }

  @Test
  void aCollectorMayTakeLongerThanOurTransactionsRest() throws Exception {
    database.load("{ workflow: short, tracks: { fetch: { handler: first } } }");
    collected.hesitates = this::awaitLongRest;
    try (Database hasty = Databases.at(hastyUrl());
        Traces traces = traces();
        Coordinator coordinator =
            database.coordinator(hasty.pool()).tracing(traces).with(worker("first")).start()) {
      UUID run = database.startRun("short");
      awaitExported(run);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> database.count("select count(*) from track_coordination.traced_runs") == 1);
      assertThat(collected.of(run)).as("its spans, once").hasSize(2);
    }
  }

  /** Our database, whose server ends our transactions that rest for 300 ms. */
  private String hastyUrl() throws SQLException {
    try (Connection connection = database.plain().getConnection()) {
      return connection.getMetaData().getURL().replaceFirst("[?].*", "")
          + "?ApplicationName=hasty&options=-c%20idle_in_transaction_session_timeout=300ms&user="
          + connection.getMetaData().getUserName();
    }
  }

  /** Until a transaction has rested for a second, or is ended. */
  private void awaitLongRest() {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                database.count(
                        "select count(*) from pg_stat_activity where application_name = 'hasty'"
                            + " and state = 'idle in transaction' and now() - state_change < '1 s'")
                    == 0);
  }

  private static double lost(Coordinator coordinator) {
    return new Scrape(coordinator.metrics().scrape()).value("tracks_traces_lost_total");
  }

  @Test
  void aRunWithManyTracksIsExportedInParts() throws Exception {
    int tracks = 1_200;
    StringBuilder workflow =
        new StringBuilder("{ workflow: wide, tracks: { fetch: { handler: first }");
    StringBuilder all = new StringBuilder();
    for (int i = 1; i < tracks - 1; i++) {
      workflow.append(", t%d: { handler: first, dependsOn: [fetch] }".formatted(i));
      all.append(i == 1 ? "" : ", ").append("t").append(i);
    }
    workflow.append(", join: { handler: first, dependsOn: [%s] } } }".formatted(all));
    database.load(workflow.toString());
    try (Traces traces = traces();
        Coordinator coordinator =
            database.coordinator().tracing(traces).with(worker("first")).start()) {
      UUID run = database.startRun("wide");
      awaitExported(run);
      assertThat(collected.of(run)).hasSize(tracks + 1);
      assertThat(collected.of(run).stream().map(SpanData::getSpanId).distinct())
          .as("each once")
          .hasSize(tracks + 1);
      assertThat(linked(collected.of(run, "t700", 1)))
          .containsExactly(collected.of(run, "fetch", 1).getSpanId());
      assertThat(collected.of(run, "join", 1).getTotalRecordedLinks()).isEqualTo(tracks - 2);
      assertThat(collected.largest).as("spans in one export").isLessThanOrEqualTo(501);
    }
  }

  @Test
  void anAttemptThatItsRunDidNotWaitForIsUnfinished() throws Exception {
    database.load(BOOKS);
    try (Traces traces = traces();
        Coordinator coordinator = database.coordinator().tracing(traces).start()) {
      UUID run = database.startRun("books");
      database.awaitState(run, "fetch", "triggered");
      database
          .sql()
          .queryForList("select track_coordination.claim_work('first', 'w', 1, '1 hour')");
      database
          .sql()
          .queryForList("select track_coordination.cancel(?, who => 'a', why => 'b')", run);
      awaitExported(run);
      SpanData fetch = collected.of(run, "fetch", 1);
      assertThat(text(fetch, "outcome")).isEqualTo("unfinished");
      assertThat(text(fetch, "handler")).isEqualTo("first");
      assertThat(fetch.getEndEpochNanos()).isEqualTo(root(run).getEndEpochNanos());
      assertThat(collected.of(run)).hasSize(2);
    }
  }

  @Test
  void whatIsDoneAtTheEndOfARunIsNoPartOfIt() throws Exception {
    database.load(
        "{ workflow: short, tracks: { fetch: { handler: first } }, on: { completed: second } }");
    collected.refuses = true;
    try (Traces traces = traces();
        Coordinator coordinator =
            database
                .coordinator()
                .tracing(traces)
                .with(worker("first"))
                .with(worker("second"))
                .start()) {
      UUID run = database.startRun("short");
      await().atMost(Duration.ofSeconds(60)).until(() -> traceparents.size() == 2);
      database.awaitSettled();
      collected.refuses = false;
      awaitExported(run);
      assertThat(collected.of(run)).extracting(SpanData::getName).containsOnly("short", "fetch");
    }
  }

  @Test
  void spansOfRoutesTakeNoRoomFromThoseOfRuns() throws Exception {
    database.load("{ workflow: short, tracks: { fetch: { handler: first } } }");
    collected.hangsForOthers = true;
    try (Traces traces = traces();
        Coordinator coordinator =
            database.coordinator().tracing(traces).with(worker("first")).start()) {
      var routes = traces.openTelemetry().getTracer("routes");
      for (int i = 0; i < 10_000; i++) { // more than the queue of the SDK has room for
        routes.spanBuilder("step").setNoParent().startSpan().end();
      }
      UUID run = database.startRun("short");
      awaitExported(run);
      assertThat(collected.of(run)).hasSize(2);
    }
  }

  @Test
  void whatEndedLastIsExportedBeforeTheInstanceStops() throws Exception {
    database.load("{ workflow: short, tracks: { fetch: { handler: first } } }");
    UUID run;
    try (Traces traces = traces();
        Coordinator coordinator =
            database.coordinator().tracing(traces).with(worker("first")).start()) {
      run = database.startRun("short");
      database.awaitRunsEnded(1);
    }
    assertThat(collected.of(run)).hasSize(2);
  }

  @Test
  void whatIsNotSampledIsNotRecordedAndWorkersAreToldSo() throws Exception {
    database.load("{ workflow: short, tracks: { fetch: { handler: first } } }");
    try (Traces traces =
            Traces.to(
                collected,
                Map.of("otel.traces.sampler", "traceidratio", "otel.traces.sampler.arg", "0.25"));
        Coordinator coordinator =
            database.coordinator().tracing(traces).with(worker("first")).start()) {
      int runs = 200;
      database.startRuns(runs);
      database.awaitRunsEnded(runs);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> database.count("select count(*) from track_coordination.traced_runs") == runs);
      assertThat(collected.spans).hasSizeBetween(2 * 20, 2 * 85); // 50 runs, in all likelihood
      assertThat(traceparents.get("fetch")).matches(".*-0[01]");
    }
  }

  /** A run of one track that ends while nobody exports. */
  private UUID endOneWithoutExport() throws Exception {
    database.load("{ workflow: short, tracks: { fetch: { handler: first } } }");
    try (Coordinator silent = database.coordinator().with(worker("first")).start()) {
      UUID run = database.startRun("short");
      database.awaitRunsEnded(1);
      return run;
    }
  }

  private Traces traces() {
    return Traces.to(collected, Map.of());
  }

  private void awaitExported(UUID run) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> collected.of(run).stream().anyMatch(TracesIT::isRoot));
  }

  private SpanData root(UUID run) {
    List<SpanData> roots = collected.of(run).stream().filter(TracesIT::isRoot).toList();
    assertThat(roots).hasSize(1);
    return roots.get(0);
  }

  private static boolean isRoot(SpanData span) {
    return text(span, "state") != null;
  }

  private static List<String> linked(SpanData span) {
    return span.getLinks().stream().map(link -> link.getSpanContext().getSpanId()).toList();
  }

  private static String text(SpanData span, String attribute) {
    return span.getAttributes().get(AttributeKey.stringKey("tracks." + attribute));
  }

  private RouteBuilder worker(String handler) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-%s?handler=%s".formatted(handler, handler))
            .routeId(handler)
            .process(
                exchange ->
                    traceparents.put(
                        exchange.getMessage().getHeader("trackId", String.class),
                        String.valueOf(exchange.getMessage().getHeader("traceparent"))))
            .setBody(constant("{}"));
      }
    };
  }

  private static RouteBuilder failing(String handler) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-%s?handler=%s".formatted(handler, handler))
            .routeId(handler)
            .routeConfigurationId("one-attempt")
            .throwException(new IllegalStateException("no"));
      }
    };
  }
}
