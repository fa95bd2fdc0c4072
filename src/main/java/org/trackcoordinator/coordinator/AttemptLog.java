package org.trackcoordinator.coordinator;

import org.slf4j.MDC;
import org.trackcoordinator.observe.TraceContext;

/**
 * Names the attempt in whatever is logged on a thread: {@code correlationId}, {@code track} and
 * {@code attempt} in the MDC, and where it is in a trace, {@code trace_id} and {@code span_id}.
 */
final class AttemptLog {

  private static final String CORRELATION_ID = "correlationId";
  private static final String TRACK = "track";
  private static final String ATTEMPT = "attempt";
  private static final String TRACE = "trace_id"; // as OpenTelemetry has them in logs
  private static final String SPAN = "span_id";

  private AttemptLog() {}

  /**
   * @param context of its span; null if it is in no trace
   */
  static void begin(Attempt attempt, TraceContext context) {
    MDC.put(CORRELATION_ID, attempt.correlationId());
    MDC.put(TRACK, attempt.trackId());
    MDC.put(ATTEMPT, Integer.toString(attempt.number()));
    if (context != null) {
      MDC.put(TRACE, context.traceId());
      MDC.put(SPAN, context.spanId());
    }
  }

  static void end() {
    MDC.remove(CORRELATION_ID);
    MDC.remove(TRACK);
    MDC.remove(ATTEMPT);
    MDC.remove(TRACE);
    MDC.remove(SPAN);
  }

  /** Whether this thread names a run already. */
  static boolean isNamed() {
    return MDC.get(CORRELATION_ID) != null;
  }
}
