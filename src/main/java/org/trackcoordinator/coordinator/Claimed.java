package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What one claim got.
 *
 * @param attempts from now on the worker's
 * @param waited how long each of them was due, in seconds
 * @param limited whether a limit of the handler kept it from more
 * @param againIn when its rate lets more be claimed; null if that is not known: once an attempt
 *     ends
 */
record Claimed(List<Attempt> attempts, List<Double> waited, boolean limited, Duration againIn) {

  /**
   * From the rows of {@code claim-work.sql}.
   *
   * @param handler for which it was asked
   * @param nanos when it was claimed, by {@link System#nanoTime}
   */
  static Claimed of(List<Map<?, ?>> rows, String handler, long nanos) {
    List<Attempt> attempts = new ArrayList<>(rows.size());
    List<Double> waited = new ArrayList<>(rows.size());
    boolean limited = false;
    Duration againIn = null;
    for (Map<?, ?> row : rows) {
      if (row.get("correlation_id") != null) {
        attempts.add(Attempt.of(row, handler, nanos));
        waited.add(((Number) row.get("waited")).doubleValue());
      } else {
        limited = true;
        Number seconds = (Number) row.get("again_in");
        againIn = seconds == null ? null : Duration.ofNanos((long) (seconds.doubleValue() * 1e9));
      }
    }
    return new Claimed(attempts, waited, limited, againIn);
  }

  /** Whether more may be claimed as soon as an attempt of the handler ends. */
  boolean waitsForAnEnd() {
    return limited && againIn == null;
  }
}
