package org.trackcoordinator.observe;

import io.opentelemetry.sdk.trace.IdGenerator;

/** Gives spans of runs and attempts the ids that are derived for them; of one thread. */
final class SpanIds implements IdGenerator {

  private TraceContext next;

  /** The next span that begins is this one. */
  void next(TraceContext context) {
    next = context;
  }

  @Override
  public String generateSpanId() {
    return next.spanId();
  }

  @Override
  public String generateTraceId() {
    return next.traceId();
  }
}
