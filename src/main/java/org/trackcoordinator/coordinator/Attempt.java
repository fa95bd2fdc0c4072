package org.trackcoordinator.coordinator;

import java.util.Map;

/**
 * One try of an activation, as it was claimed.
 *
 * @param correlationId the run
 * @param trackId the track, and its number in the run's definition
 * @param number of the attempt, from 1; fences late workers
 * @param payload the input as JSON text
 * @param userId for whom, may be null
 * @param circuit the circuit of its handler, null if the handler is of no definition
 * @param onPermit whether the circuit is open, so that this attempt is one of its probes
 * @param claimedNanos when it was claimed, by {@link System#nanoTime}
 */
record Attempt(
    String correlationId,
    String trackId,
    int trackNo,
    int number,
    String payload,
    String userId,
    String circuit,
    boolean onPermit,
    long claimedNanos) {

  /**
   * From a row of {@code claim-work.sql} or {@code trigger.sql}.
   *
   * @param claimedNanos see there
   */
  static Attempt of(Map<?, ?> row, long claimedNanos) {
    return new Attempt(
        (String) row.get("correlation_id"),
        (String) row.get("track_id"),
        (Integer) row.get("track_no"),
        (Integer) row.get("attempt"),
        (String) row.get("payload"),
        (String) row.get("user_id"),
        (String) row.get("circuit"),
        (Boolean) row.get("on_permit"),
        claimedNanos);
  }

  /** The same for every attempt of an activation. */
  String idempotencyKey() {
    return correlationId + "/" + trackId;
  }
}
