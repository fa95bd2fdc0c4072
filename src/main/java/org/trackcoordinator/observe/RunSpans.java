package org.trackcoordinator.observe;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.util.function.Consumer;

/**
 * Makes the spans of a run that ended out of what the log says: one for the run, and within it one
 * for each attempt, see {@link AttemptSpans}. Of one thread, as its {@link SpanIds}.
 */
final class RunSpans {

  private final Tracer tracer;
  private final SpanIds ids;

  /**
   * @param telemetry makes spans with these ids
   */
  RunSpans(OpenTelemetry telemetry, SpanIds ids) {
    this.tracer = telemetry.getTracer("org.trackcoordinator");
    this.ids = ids;
  }

  /**
   * Records them, or none if the run is not sampled.
   *
   * @param log hands on the events of the run, in order
   */
  void record(EndedRun run, Consumer<Consumer<LoggedEvent>> log) {
    SpanBuilder builder =
        begin(run.workflow(), SpanKind.INTERNAL, run, run.startedAt())
            .setAttribute("tracks.state", run.state());
    if (run.traceparent() == null) {
      builder.setNoParent();
    } else {
      SpanContext starter = remote(TraceContext.of(run.traceparent()));
      builder.setParent(Context.root().with(Span.wrap(starter)));
    }
    Span root = start(builder, TraceContext.ofRun(run.correlationId(), run.traceparent()));
    if (!run.state().equals("completed")) {
      root.setStatus(StatusCode.ERROR, run.state());
    }
    if (root.getSpanContext().isSampled()) {
      AttemptSpans attempts = new AttemptSpans(this, run, Context.root().with(root));
      log.accept(attempts::read);
      attempts.endRun();
    }
    root.end(run.finishedAt());
  }

  SpanBuilder begin(String name, SpanKind kind, EndedRun run, Instant at) {
    return tracer
        .spanBuilder(name)
        .setSpanKind(kind)
        .setStartTimestamp(at)
        .setAttribute("tracks.workflow", run.workflow())
        .setAttribute("tracks.correlation_id", run.correlationId());
  }

  Span start(SpanBuilder builder, TraceContext context) {
    ids.next(context);
    return builder.startSpan();
  }

  /** The span of this context, which another process may have made. */
  static SpanContext remote(TraceContext context) {
    return SpanContext.createFromRemoteParent(
        context.traceId(),
        context.spanId(),
        context.isSampled() ? TraceFlags.getSampled() : TraceFlags.getDefault(),
        TraceState.getDefault());
  }
}
