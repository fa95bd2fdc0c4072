package org.trackcoordinator.workflow;

import java.time.Duration;
import java.util.List;
import java.util.TreeSet;

/**
 * How a failed attempt is tried again.
 *
 * @param maxAttempts all attempts, the first included; 1 to 1,000
 * @param backoff the pause after the first attempt; longer than 0
 * @param multiplier each pause is so many times the one before; 1 to 100
 * @param maxBackoff no pause is longer than this; at least {@code backoff}
 * @param jitter each pause is moved at random by up to this share of it; 0 to 1
 * @param notOn errors that no retry mends: classes with or without package, HTTP statuses as {@code
 *     404} or {@code 4xx}, which leaves out 408, 425 and 429; sorted, each once
 */
public record Retry(
    int maxAttempts,
    Duration backoff,
    double multiplier,
    Duration maxBackoff,
    double jitter,
    List<String> notOn) {

  /** Sorts the errors. */
  public Retry {
    notOn = List.copyOf(new TreeSet<>(notOn));
  }

  /** What holds where a file says nothing. */
  public static final Retry DEFAULT =
      new Retry(3, Duration.ofSeconds(2), 2, Duration.ofMinutes(5), 0.2, List.of("4xx"));
}
