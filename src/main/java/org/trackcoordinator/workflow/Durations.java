package org.trackcoordinator.workflow;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as files write them: Camel style ({@code 1h30m}, {@code 500ms}) or ISO-8601. */
public final class Durations {

  /** The word for "no limit", and the value that stands for it until defaults are merged. */
  static final String NONE_WORD = "none";

  static final Duration NONE = Duration.ZERO;

  /** Ten years; what is longer is a mistake, and PostgreSQL's timestamps are safe with it. */
  private static final Duration LONGEST = Duration.ofDays(3_660);

  private static final Pattern CAMEL =
      Pattern.compile(
          "(?=[0-9])(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?"
              + "(?:([0-9]{1,9})s)?(?:([0-9]{1,9})ms)?");
  private static final Pattern ISO =
      Pattern.compile(
          "P(?=[0-9T])(?:([0-9]{1,9})D)?(?:T(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?"
              + "(?:([0-9]{1,9})(?:[.]([0-9]{1,3}))?S)?)?");

  private Durations() {}

  /** Null for the value that stands for "no limit". */
  static Duration orNull(Duration limit) {
    return NONE.equals(limit) ? null : limit;
  }

  /** Reads a duration longer than 0 and up to the longest; empty for all else. */
  public static Optional<Duration> of(String text) {
    Matcher camel = CAMEL.matcher(text);
    if (camel.matches()) {
      return inRange(sum(camel).plusMillis(number(camel.group(5))));
    }
    Matcher iso = ISO.matcher(text);
    if (iso.matches()) {
      String fraction = iso.group(5);
      long millis = fraction == null ? 0 : number((fraction + "00").substring(0, 3));
      return inRange(sum(iso).plusMillis(millis));
    }
    return Optional.empty();
  }

  private static Duration sum(Matcher parts) {
    return Duration.ofDays(number(parts.group(1)))
        .plusHours(number(parts.group(2)))
        .plusMinutes(number(parts.group(3)))
        .plusSeconds(number(parts.group(4)));
  }

  private static long number(String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }

  private static Optional<Duration> inRange(Duration duration) {
    boolean wrong = duration.isZero() || duration.compareTo(LONGEST) > 0;
    return wrong ? Optional.empty() : Optional.of(duration);
  }
}
