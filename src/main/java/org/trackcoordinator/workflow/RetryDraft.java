package org.trackcoordinator.workflow;

import java.time.Duration;
import java.util.List;

/** A `retry` as it is written; null = not written. */
record RetryDraft(
    Integer maxAttempts,
    Placed<Duration> backoff,
    Double multiplier,
    Placed<Duration> maxBackoff,
    Double jitter,
    List<String> notOn) {

  static final RetryDraft NOTHING = new RetryDraft(null, null, null, null, null, null);

  /** This, and where it says nothing, the base. */
  RetryDraft over(RetryDraft base) {
    return new RetryDraft(
        or(maxAttempts, base.maxAttempts),
        or(backoff, base.backoff),
        or(multiplier, base.multiplier),
        or(maxBackoff, base.maxBackoff),
        or(jitter, base.jitter),
        or(notOn, base.notOn));
  }

  /** With the built-in defaults; a longer backoff raises a longest one that is not written. */
  Retry complete() {
    Duration first = backoff == null ? Retry.DEFAULT.backoff() : backoff.value();
    Duration longest = maxBackoff == null ? Retry.DEFAULT.maxBackoff() : maxBackoff.value();
    return new Retry(
        or(maxAttempts, Retry.DEFAULT.maxAttempts()),
        first,
        or(multiplier, Retry.DEFAULT.multiplier()),
        maxBackoff == null && first.compareTo(longest) > 0 ? first : longest,
        or(jitter, Retry.DEFAULT.jitter()),
        or(notOn, Retry.DEFAULT.notOn()));
  }

  /** Adds a problem, at the place that this draft writes, if its whole contradicts itself. */
  void check(RetryDraft base, Problems problems) {
    Placed<Duration> written = backoff == null ? maxBackoff : backoff;
    Retry whole = over(base).complete();
    if (written != null && whole.backoff().compareTo(whole.maxBackoff()) > 0) {
      String message = "backoff %s is longer than maxBackoff %s; lower the one or raise the other";
      problems.add(
          written.position(),
          written.path(),
          message.formatted(whole.backoff(), whole.maxBackoff()));
    }
  }

  private static <T> T or(T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
