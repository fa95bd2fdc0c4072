package org.trackcoordinator.observe;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdkBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/**
 * OpenTelemetry for runs, configured by the standard variables {@code OTEL_…}. Nothing of it is
 * loaded unless {@link TraceSettings} want it.
 *
 * <p>It is the global one of the process, so that Camel's component {@code opentelemetry2}, or
 * whatever else a handler's route uses, records its spans with it: within the attempt, whose
 * context is in the header {@code traceparent}. Spans of runs and attempts go to the same exporters
 * past the SDK's queue, which drops what it has no room for and says nothing.
 */
public final class Traces implements AutoCloseable {

  private static final Map<String, String> DEFAULTS =
      Map.of(
          "otel.service.name", "track-coordinator",
          "otel.exporter.otlp.protocol", "http/protobuf",
          "otel.metrics.exporter", "none", // Prometheus reads them
          "otel.logs.exporter", "none");

  // less than the server waits for a transaction that does nothing
  private static final long PATIENCE_SECONDS = 8;
  private static final long LAST_SECONDS = 3; // what routes recorded last

  private final OpenTelemetrySdk sdk;
  private final List<SpanExporter> exporters;
  private Resource resource = Resource.getDefault();
  private Sampler sampler = Sampler.alwaysOn();
  private OptionalDouble ratio = OptionalDouble.empty();

  private Traces(
      AutoConfiguredOpenTelemetrySdkBuilder builder,
      Map<String, String> properties,
      List<SpanExporter> exporters) {
    this.exporters = new ArrayList<>(exporters);
    builder
        .addPropertiesSupplier(() -> DEFAULTS) // what is said later, or by the environment, wins
        .addPropertiesSupplier(() -> properties)
        .addResourceCustomizer(
            (configured, config) -> {
              resource = configured;
              return configured;
            })
        .addSpanExporterCustomizer(
            (exporter, config) -> {
              this.exporters.add(exporter);
              return exporter;
            })
        .addSamplerCustomizer(
            (configured, config) -> {
              sampler = new FairSampler(configured);
              ratio = TraceSettings.ratio(config::getString);
              return sampler;
            })
        .disableShutdownHook();
    sdk = builder.build().getOpenTelemetrySdk();
  }

  /**
   * As the environment says; global from now on.
   *
   * @throws RuntimeException naming the variable that is wrong
   */
  public static Traces fromEnvironment() {
    return new Traces(
        AutoConfiguredOpenTelemetrySdk.builder().setResultAsGlobal(), Map.of(), List.of());
  }

  /** As these properties of OpenTelemetry say, for this object alone. */
  static Traces of(Map<String, String> properties) {
    return new Traces(AutoConfiguredOpenTelemetrySdk.builder(), properties, List.of());
  }

  /** The same, but exported to this. */
  static Traces to(SpanExporter exporter, Map<String, String> properties) {
    Map<String, String> withoutExporter = new HashMap<>(properties);
    withoutExporter.put("otel.traces.exporter", "none");
    return new Traces(
        AutoConfiguredOpenTelemetrySdk.builder()
            .addTracerProviderCustomizer(
                (provider, config) ->
                    provider.addSpanProcessor(BatchSpanProcessor.builder(exporter).build())),
        withoutExporter,
        List.of(exporter));
  }

  /** The context of an attempt for whatever its handler calls: the header {@code traceparent}. */
  public TraceContext ofAttempt(
      String correlationId, String trackId, int attempt, String startedBy) {
    TraceContext context = TraceContext.ofAttempt(correlationId, trackId, attempt, startedBy);
    return startedBy == null ? context.sampled(isSampled(context.traceId())) : context;
  }

  private boolean isSampled(String traceId) {
    return sampler
            .shouldSample(
                Context.root(), traceId, "run", SpanKind.INTERNAL, Attributes.empty(), List.of())
            .getDecision()
        == SamplingDecision.RECORD_AND_SAMPLE;
  }

  OpenTelemetrySdk openTelemetry() {
    return sdk;
  }

  /** Which part of the runs that nobody brought a trace for is sampled; empty: by other rules. */
  OptionalDouble ratio() {
    return ratio;
  }

  /** What makes spans like the global one does, with these ids, and leaves them here. */
  OpenTelemetry into(EndedSpans spans, SpanIds ids) {
    return OpenTelemetrySdk.builder()
        .setTracerProvider(
            SdkTracerProvider.builder()
                .setResource(resource)
                .setSampler(sampler)
                .setSpanLimits(sdk.getSdkTracerProvider().getSpanLimits())
                .setIdGenerator(ids)
                .addSpanProcessor(spans)
                .build())
        .build();
  }

  /** Exports these now. Returns whether every exporter took them in time. */
  boolean export(Collection<SpanData> spans) {
    return SpanExporter.composite(exporters)
        .export(spans)
        .join(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .isSuccess();
  }

  @Override
  public void close() {
    sdk.shutdown().join(LAST_SECONDS, TimeUnit.SECONDS);
  }
}
