package org.trackcoordinator.coordinator;

import java.util.Map;

/**
 * One try of an activation, as it was claimed.
 *
 * @param handler who does it
 * @param correlationId the run
 * @param trackId the track, and its number in the run's definition
 * @param number of the attempt, from 1; fences late workers
 * @param payload the input as JSON text
 * @param userId for whom, may be null
 * @param circuit the circuit of its handler, null if the handler is of no definition
 * @param onPermit whether the circuit is open, so that this attempt is one of its probes
 * @param traceparent that its run was started with, may be null
 * @param claimedNanos when it was claimed, by {@link System#nanoTime}
 */
record Attempt(
    String handler,
    String correlationId,
    String trackId,
    int trackNo,
    int number,
    String payload,
    String userId,
    String circuit,
    boolean onPermit,
    String traceparent,
    long claimedNanos) {

  /**
   * From a row of {@code claim-work.sql} or {@code trigger.sql}.
   *
   * @param handler for which it was asked
   * @param claimedNanos see there
   */
  static Attempt of(Map<?, ?> row, String handler, long claimedNanos) {
    return new Attempt(
        handler,
        (String) row.get("correlation_id"),
        (String) row.get("track_id"),
        (Integer) row.get("track_no"),
        (Integer) row.get("attempt"),
        (String) row.get("payload"),
        (String) row.get("user_id"),
        (String) row.get("circuit"),
        (Boolean) row.get("on_permit"),
        (String) row.get("traceparent"),
        claimedNanos);
  }

  /** The same for every attempt of an activation. */
  String idempotencyKey() {
    return correlationId + "/" + trackId;
  }
}
