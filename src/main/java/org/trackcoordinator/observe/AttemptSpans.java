package org.trackcoordinator.observe;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The spans of a run's attempts, each linked to the attempts whose events triggered its track. Of a
 * run with many tracks only what is under way is remembered, and a few bytes for each event that
 * may trigger something.
 */
final class AttemptSpans {

  private static final String FOREIGN = "foreign";
  private static final String UNFINISHED = "unfinished";

  private final RunSpans spans;
  private final EndedRun run;
  private final Context parent;
  private final Map<String, Attempt> current = new HashMap<>(); // by track
  private final Map<Long, String> writers = new HashMap<>(); // span ids by event

  /**
   * An attempt, as the log tells it.
   *
   * @param triggeredBy the events that its track was triggered by
   * @param handler who works on it since a worker said so; null: nobody said so, or it ended
   */
  private record Attempt(int number, List<Long> triggeredBy, Instant begun, String handler) {

    static final Attempt UNKNOWN = new Attempt(1, List.of(), null, null);

    boolean isClaimed() {
      return handler != null;
    }
  }

  AttemptSpans(RunSpans spans, EndedRun run, Context parent) {
    this.spans = spans;
    this.run = run;
    this.parent = parent;
  }

  /** The next event of the log. */
  void read(LoggedEvent event) {
    Attempt before = current.getOrDefault(event.track(), Attempt.UNKNOWN);
    // an event that does not say for which attempt speaks for the current one
    int number = event.attempt() == null ? before.number() : event.attempt();
    switch (event.type()) {
      case "triggered" -> put(event, 1, event.consumed(), null);
      case "retried" ->
          put(event, event.attempt() == null ? 1 : number + 1, before.triggeredBy(), null);
      case "started" -> put(event, number, before.triggeredBy(), event.handler());
      case "data_ready" -> writers.put(event.id(), context(event.track(), number).spanId());
      case "completed", "failed", "timed_out" -> {
        end(event, before, number);
        if (event.type().equals("completed")) {
          current.remove(event.track());
        } else {
          put(event, number, before.triggeredBy(), null);
        }
      }
      default -> {
        // skipped and cancelled tracks did nothing
      }
    }
  }

  /** What is under way still has nothing to end it in this trace: the run does. */
  void endRun() {
    current.forEach(
        (track, attempt) -> {
          if (attempt.isClaimed()) {
            TraceContext context = context(track, attempt.number());
            begin(track, attempt.handler(), attempt, attempt.number(), run.finishedAt(), context)
                .setAttribute("tracks.outcome", UNFINISHED)
                .setStatus(StatusCode.ERROR, "the run ended before it")
                .end(run.finishedAt());
          }
        });
  }

  private void put(LoggedEvent event, int number, List<Long> triggeredBy, String handler) {
    current.put(event.track(), new Attempt(number, triggeredBy, event.at(), handler));
  }

  private TraceContext context(String track, int number) {
    return TraceContext.ofAttempt(run.correlationId(), track, number, run.traceparent());
  }

  private void end(LoggedEvent event, Attempt attempt, int number) {
    TraceContext context = context(event.track(), number);
    writers.put(event.id(), context.spanId());
    Span span = begin(event.track(), event.handler(), attempt, number, event.at(), context);
    span.setAttribute("tracks.outcome", event.type());
    if (!attempt.isClaimed()) {
      span.setAttribute("tracks.worker", FOREIGN); // it logged the end and nothing else
    }
    if (event.traceparent() != null) { // what its writer was at
      span.addLink(RunSpans.remote(TraceContext.of(event.traceparent())));
    }
    if (!event.type().equals("completed")) {
      span.setStatus(StatusCode.ERROR, event.error() == null ? event.type() : event.error());
    }
    span.end(event.at());
  }

  private Span begin(
      String track,
      String handler,
      Attempt attempt,
      int number,
      Instant end,
      TraceContext context) {
    Instant begun = attempt.begun() == null || attempt.begun().isAfter(end) ? end : attempt.begun();
    SpanBuilder builder =
        spans
            .begin(track, SpanKind.CONSUMER, run, begun)
            .setParent(parent)
            .setAttribute("tracks.track", track)
            .setAttribute("tracks.handler", handler)
            .setAttribute("tracks.attempt", (long) number);
    for (long event : attempt.triggeredBy()) {
      String writer = writers.get(event);
      if (writer != null) {
        builder.addLink(
            RunSpans.remote(new TraceContext(context.traceId(), writer, context.isSampled())));
      }
    }
    return spans.start(builder, context);
  }
}
