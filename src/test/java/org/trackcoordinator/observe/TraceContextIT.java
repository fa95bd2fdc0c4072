package org.trackcoordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** The database and the program derive the same ids; what is no trace context is none. */
@Tag("track-coordination")
class TraceContextIT {

  private static final String STARTED_BY = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-";

  @RegisterExtension static final CoordinatedDatabase DATABASE = new CoordinatedDatabase();

  @ParameterizedTest
  @CsvSource({
    "drive,1,",
    "file-management,12,",
    "a.b_c,1," + STARTED_BY + "00",
    "a.b_c,1," + STARTED_BY + "01",
    "a.b_c,1," + STARTED_BY + "03",
    "a.b_c,1," + STARTED_BY + "fe"
  })
  void bothDeriveTheSame(String track, int attempt, String startedBy) {
    say(1.0);
    UUID run = UUID.randomUUID();
    String ofDatabase =
        DATABASE
            .sql()
            .queryForObject(
                "select track_coordination.traceparent(?, ?, ?, ?)",
                String.class,
                run,
                track,
                attempt,
                startedBy);
    TraceContext context = TraceContext.ofAttempt(run.toString(), track, attempt, startedBy);
    assertThat(ofDatabase).isEqualTo(context.traceparent());
    assertThat(TraceContext.valid(ofDatabase)).isPresent();
    assertThat(context.isSampled())
        .isEqualTo(startedBy == null || startedBy.endsWith("1") || startedBy.endsWith("3"));
    assertThat(
            DATABASE
                .sql()
                .queryForObject("select track_coordination.span_id(?)", String.class, run))
        .isEqualTo(TraceContext.ofRun(run.toString(), startedBy).spanId());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "always_on",
        "always_off",
        "parentbased_always_on",
        "traceidratio 0.25",
        "parentbased_traceidratio 0.25",
        "parentbased_traceidratio 0.9",
        "parentbased_traceidratio"
      })
  void workersElsewhereAreToldWhatOursAreTold(String sampler) {
    Map<String, String> settings = new HashMap<>();
    settings.put("otel.traces.sampler", sampler.replaceFirst(" .*", ""));
    if (sampler.contains(" ")) {
      settings.put("otel.traces.sampler.arg", sampler.replaceFirst(".* ", ""));
    }
    try (Traces traces = Traces.to(SpanExporter.composite(), settings)) {
      say(traces.ratio().getAsDouble());
      for (int i = 0; i < 300; i++) {
        UUID run = i % 2 == 0 ? UUID.randomUUID() : newCorrelationId();
        assertThat(traceparent(run))
            .isEqualTo(traces.ofAttempt(run.toString(), "drive", 1, null).traceparent());
      }
    }
  }

  @Test
  void nobodyIsToldToRecordWhatNobodyExports() {
    assertThat(traceparent(UUID.randomUUID())).as("nobody ever did").isNull();
    say(1.0);
    assertThat(traceparent(UUID.randomUUID())).isNotNull();
    DATABASE.passTime(Duration.ofMinutes(11));
    assertThat(traceparent(UUID.randomUUID())).as("nobody has for long").isNull();
    say(null);
    assertThat(traceparent(UUID.randomUUID())).as("by rules of its own").isNull();
  }

  private static void say(Double ratio) {
    DATABASE
        .sql()
        .queryForList("select track_coordination.say_what_is_traced(cast(? as float8))", ratio);
  }

  private static UUID newCorrelationId() {
    return DATABASE
        .sql()
        .queryForObject("select track_coordination.new_correlation_id()", UUID.class);
  }

  private static String traceparent(UUID run) {
    return DATABASE
        .sql()
        .queryForObject(
            "select track_coordination.traceparent(?, 'drive', 1, null)", String.class, run);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n"
      })
  void whatIsNoneIsIgnored(String text) {
    assertThat(TraceContext.valid(text)).isEmpty();
    DATABASE.load("{ workflow: short, tracks: { fetch: { handler: first } } }");
    UUID run =
        DATABASE
            .sql()
            .queryForObject(
                "select track_coordination.start_run('short', traceparent => ?)", UUID.class, text);
    assertThat(
            DATABASE.texts(
                "select coalesce(traceparent, 'none') from track_coordination.runs where correlation_id = ?",
                run))
        .containsExactly("none");
  }

  @Test
  void tracesAreWantedIfTheEnvironmentSaysWhereTo() {
    String endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    assertThat(TraceSettings.areWanted(Map.of())).isFalse();
    assertThat(TraceSettings.areWanted(Map.of("OTEL_SERVICE_NAME", "x"))).isFalse();
    assertThat(TraceSettings.areWanted(Map.of(endpoint, "http://c:4318"))).isTrue();
    assertThat(TraceSettings.areWanted(Map.of("OTEL_TRACES_EXPORTER", "otlp"))).isTrue();
    assertThat(
            TraceSettings.areWanted(
                Map.of(endpoint, "http://c:4318", "OTEL_TRACES_EXPORTER", "none")))
        .isFalse();
    assertThat(
            TraceSettings.areWanted(Map.of(endpoint, "http://c:4318", "OTEL_SDK_DISABLED", "TRUE")))
        .isFalse();
  }
}
