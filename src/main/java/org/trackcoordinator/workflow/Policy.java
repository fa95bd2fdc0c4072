package org.trackcoordinator.workflow;

import java.time.Duration;

/**
 * How a track is carried out; defaults are merged.
 *
 * @param timeout for one attempt from its start; null = no limit
 * @param triggerTimeout for how long it may wait to be claimed; null = no limit
 * @param retry after a failed attempt
 * @param maxConcurrent how many activations of the handler may run at once, 1 to 100,000; null = no
 *     limit
 * @param rate how often the handler may be started; null = no limit
 * @param onFailure after the last attempt
 * @param when the condition: JSONPath if it begins with {@code $.} or {@code $[}, else Camel
 *     Simple; null = always
 */
public record Policy(
    Duration timeout,
    Duration triggerTimeout,
    Retry retry,
    Integer maxConcurrent,
    Rate rate,
    OnFailure onFailure,
    String when) {

  /** What holds where a file says nothing. */
  public static final Policy DEFAULT =
      new Policy(Duration.ofMinutes(10), null, Retry.DEFAULT, null, null, OnFailure.FAIL_RUN, null);

  /** The same without {@code maxConcurrent} and {@code rate}. */
  Policy withoutLimits() {
    return new Policy(timeout, triggerTimeout, retry, null, null, onFailure, when);
  }

  /** The same without {@code when}. */
  Policy withoutWhen() {
    return new Policy(timeout, triggerTimeout, retry, maxConcurrent, rate, onFailure, null);
  }
}
