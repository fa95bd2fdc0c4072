package org.trackcoordinator.observe;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a run or an attempt is in a trace (W3C Trace Context). Ids are derived from what they are
 * of, as the functions in {@code 045_create_traces.sql} do, so that every process knows them and
 * nothing has to be stored: the trace is that of whoever started the run, else its id is the
 * correlation id.
 *
 * @param traceId 32 hex digits
 * @param spanId 16 hex digits
 * @param isSampled whether the starter of the run wants it recorded; yes if nobody said
 */
public record TraceContext(String traceId, String spanId, boolean isSampled) {

  private static final Pattern TRACEPARENT =
      Pattern.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

  /** The text if it is a traceparent of version 00; the standard wants anything else ignored. */
  public static Optional<String> valid(String traceparent) {
    return Optional.ofNullable(traceparent).filter(TRACEPARENT.asMatchPredicate());
  }

  /**
   * Reads a traceparent.
   *
   * @throws IllegalArgumentException if it is none
   */
  static TraceContext of(String traceparent) {
    String text =
        valid(traceparent)
            .orElseThrow(() -> new IllegalArgumentException("no traceparent: " + traceparent));
    boolean sampled = (Integer.parseInt(text.substring(53), 16) & 1) == 1;
    return new TraceContext(text.substring(3, 35), text.substring(36, 52), sampled);
  }

  /**
   * The span of a run.
   *
   * @param startedBy the traceparent that it was started with; null if there was none
   */
  public static TraceContext ofRun(String correlationId, String startedBy) {
    return of(correlationId, correlationId, startedBy);
  }

  /** The span of an attempt, see {@link #ofRun}. */
  public static TraceContext ofAttempt(
      String correlationId, String trackId, int attempt, String startedBy) {
    return of(correlationId, correlationId + '/' + trackId + '/' + attempt, startedBy);
  }

  private static TraceContext of(String correlationId, String span, String startedBy) {
    String spanId = hash(span).substring(0, 16);
    if (startedBy == null) {
      return new TraceContext(correlationId.replace("-", ""), spanId, true);
    }
    TraceContext starter = of(startedBy);
    return new TraceContext(starter.traceId, spanId, starter.isSampled);
  }

  /** The same with another decision about recording it. */
  public TraceContext sampled(boolean sampled) {
    return new TraceContext(traceId, spanId, sampled);
  }

  /** As the header {@code traceparent} has it. */
  public String traceparent() {
    return "00-" + traceId + '-' + spanId + (isSampled ? "-01" : "-00");
  }

  /** 64 hex digits. */
  static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
