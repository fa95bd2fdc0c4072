package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/**
 * When the sources have to wait: from the moment that any queue reaches a high mark until all
 * queues are at or below the low marks. Between the marks things stay as they are.
 *
 * @param highDepth how many may wait in a queue, more than {@code lowDepth}
 * @param lowDepth at least 0
 * @param highAge how long the oldest may wait, longer than {@code lowAge}
 * @param lowAge at least 0
 */
record Marks(long highDepth, long lowDepth, Duration highAge, Duration lowAge) {

  static final Marks DEFAULT = new Marks(10_000, 5_000, Duration.ofHours(24), Duration.ofHours(12));

  Marks {
    if (lowDepth < 0 || highDepth <= lowDepth) {
      throw new IllegalArgumentException(
          "backpressure.high-depth is %d and backpressure.low-depth is %d: the low mark must be at least 0, the high mark more than it"
              .formatted(highDepth, lowDepth));
    }
    if (lowAge.isNegative() || highAge.compareTo(lowAge) <= 0) {
      throw new IllegalArgumentException(
          "backpressure.high-age is %s and backpressure.low-age is %s: the low mark must be at least 0, the high mark longer than it"
              .formatted(text(highAge), text(lowAge)));
    }
  }

  /** Whether the sources have to wait now, given whether they had to before. */
  boolean overloaded(boolean before, Collection<QueueDepth> queues) {
    return before ? !queues.stream().allMatch(this::isLow) : queues.stream().anyMatch(this::isHigh);
  }

  boolean isHigh(QueueDepth queue) {
    return queue.depth() >= highDepth || queue.oldest().compareTo(highAge) >= 0;
  }

  private boolean isLow(QueueDepth queue) {
    return queue.depth() <= lowDepth && queue.oldest().compareTo(lowAge) <= 0;
  }

  /** The queue that is nearest to a high mark, or farthest above it. */
  Optional<QueueDepth> worst(Collection<QueueDepth> queues) {
    return queues.stream().max(Comparator.comparingDouble(this::load));
  }

  private double load(QueueDepth queue) {
    return Math.max(
        (double) queue.depth() / highDepth,
        (double) queue.oldest().toMillis() / Math.max(1, highAge.toMillis()));
  }

  String high() {
    return "high marks %d, %s".formatted(highDepth, text(highAge));
  }

  String low() {
    return "low marks %d, %s".formatted(lowDepth, text(lowAge));
  }

  /** For people: {@code 1h30m}, {@code 250ms}. */
  static String text(Duration duration) {
    if (duration.toSeconds() == 0) {
      return duration.toMillis() + "ms";
    }
    return duration.withNanos(0).toString().substring(2).toLowerCase(java.util.Locale.ROOT);
  }
}
