package org.trackcoordinator.cli;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How long something is kept, as people write it: {@code 90d}, {@code 1d12h}, {@code 0s}, {@code
 * -1} for ever. PostgreSQL reads the same text as an interval.
 */
record Retention(String text) {

  static final String ALLOWED = "a time such as 90d, 12h, 30m or 45s, or -1 for ever";

  private static final Pattern TIME =
      Pattern.compile(
          "-1|(?=[0-9])(?:[0-9]{1,6}d)?(?:[0-9]{1,6}h)?(?:[0-9]{1,6}m)?(?:[0-9]{1,6}s)?");

  /** Reads a text; empty if it is none of {@link #ALLOWED}. */
  static Optional<Retention> of(String text) {
    return TIME.matcher(text).matches() ? Optional.of(new Retention(text)) : Optional.empty();
  }

  @Override
  public String toString() {
    return text;
  }
}
