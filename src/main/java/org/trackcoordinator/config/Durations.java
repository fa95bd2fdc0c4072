package org.trackcoordinator.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads durations as Camel writes them ({@code 1m30s}) or as ISO-8601 does ({@code PT1M30S}). */
public final class Durations {

  private static final Pattern CAMEL =
      Pattern.compile("(?:(\\d+)d)?(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)s)?(?:(\\d+)ms)?");

  private Durations() {}

  /**
   * Reads a duration.
   *
   * @return empty if the text is no duration. A number without a unit is none: Camel takes it as
   *     milliseconds, most people mean seconds
   */
  public static Optional<Duration> parse(String text) {
    String lower = text.strip().toLowerCase(Locale.ROOT);
    try {
      if (lower.startsWith("p")) {
        return Optional.of(Duration.parse(lower));
      }
      Matcher parts = CAMEL.matcher(lower);
      if (lower.isEmpty() || !parts.matches()) {
        return Optional.empty();
      }
      return Optional.of(
          Duration.ofDays(number(parts, 1))
              .plusHours(number(parts, 2))
              .plusMinutes(number(parts, 3))
              .plusSeconds(number(parts, 4))
              .plusMillis(number(parts, 5)));
    } catch (DateTimeParseException | ArithmeticException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static long number(Matcher parts, int group) {
    return parts.group(group) == null ? 0 : Long.parseLong(parts.group(group));
  }
}
