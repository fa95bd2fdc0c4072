package org.trackcoordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** What Camel records of a handler's route lies within the attempt. */
@Tag("track-coordination")
class NestedSpansIT {

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  private final List<SpanData> spans = new CopyOnWriteArrayList<>();

  @AfterEach
  void forgetTheGlobalOne() {
    GlobalOpenTelemetry.resetForTest();
  }

  @Test
  void spansOfARouteNestUnderItsAttempt() throws Exception {
    database.load("{ workflow: short, tracks: { fetch: { handler: first } } }");
    Properties withCamelsOwn = new Properties();
    withCamelsOwn.setProperty("camel.opentelemetry2.enabled", "true");
    try (Traces traces = Traces.to(exporter(), Map.of())) {
      GlobalOpenTelemetry.resetForTest();
      GlobalOpenTelemetry.set(traces.openTelemetry());
      try (Coordinator coordinator =
          database.coordinator().tracing(traces).with(withCamelsOwn).with(worker()).start()) {
        UUID run = database.startRun("short");
        TraceContext attempt = TraceContext.ofAttempt(run.toString(), "fetch", 1, null);
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> spans.stream().anyMatch(s -> s.getSpanId().equals(attempt.spanId())));
        traces.openTelemetry().getSdkTracerProvider().forceFlush().join(10, TimeUnit.SECONDS);
        List<SpanData> within =
            spans.stream().filter(s -> s.getParentSpanId().equals(attempt.spanId())).toList();
        assertThat(within).as("of %s", spans).isNotEmpty();
        assertThat(within).allMatch(s -> s.getTraceId().equals(attempt.traceId()));
        assertThat(spans)
            .as("and further down")
            .anyMatch(
                s ->
                    s.getTraceId().equals(attempt.traceId())
                        && s.getAttributes().toString().contains("direct://inner"));
      }
    }
  }

  private SpanExporter exporter() {
    return new SpanExporter() {
      @Override
      public CompletableResultCode export(Collection<SpanData> exported) {
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
    };
  }

  private static RouteBuilder worker() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-first?handler=first")
            .routeId("first")
            .to("direct:inner")
            .setBody(constant("{}"));
        from("direct:inner").routeId("inner").log("within");
      }
    };
  }
}
