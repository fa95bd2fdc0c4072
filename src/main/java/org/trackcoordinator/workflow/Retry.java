package org.trackcoordinator.workflow;

import java.time.Duration;

/**
 * How a failed attempt is tried again.
 *
 * @param maxAttempts all attempts, the first included; 1 to 1,000
 * @param backoff the pause after the first attempt; longer than 0
 * @param multiplier each pause is so many times the one before; 1 to 100
 * @param maxBackoff no pause is longer than this; at least {@code backoff}
 * @param jitter each pause is moved at random by up to this share of it; 0 to 1
 */
public record Retry(
    int maxAttempts, Duration backoff, double multiplier, Duration maxBackoff, double jitter) {

  /** What holds where a file says nothing. */
  public static final Retry DEFAULT =
      new Retry(3, Duration.ofSeconds(2), 2, Duration.ofMinutes(5), 0.2);
}
