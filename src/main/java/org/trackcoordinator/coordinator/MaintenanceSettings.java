package org.trackcoordinator.coordinator;

import static java.util.Map.entry;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * What the settings of {@code routes/maintenance/maintenance.properties} may be. The jobs read them
 * when they fire, some at night: a mistake has to be told at the start. PostgreSQL would take 90
 * for 90 seconds where 90 days were meant.
 */
public final class MaintenanceSettings {

  private static final Pattern TIME =
      Pattern.compile(
          "(?=\\d)(?:\\d{1,6}d)?(?:\\d{1,6}h)?(?:\\d{1,6}m)?(?:\\d{1,6}s)?(?:\\d{1,9}ms)?");

  private enum Kind {
    COUNT("a whole number from 1 to 999999999", text -> text.matches("[1-9]\\d{0,8}")),
    WHOLE("a whole number from 0 to 999999999", text -> text.matches("\\d{1,9}")),
    PERCENT(
        "a number above 0 and up to 100",
        text -> text.matches("100|(?=.*[1-9])\\d{1,2}(\\.\\d{1,3})?")),
    TIME("a time such as 90d, 12h, 30m or 45s", MaintenanceSettings.TIME.asMatchPredicate()),
    RETENTION(
        "a time such as 90d, 12h, 30m or 45s, or -1 for ever",
        MaintenanceSettings.TIME.asMatchPredicate().or("-1"::equals)),
    SWITCH("true or false", text -> text.matches("true|false")),
    ZONE("a time zone such as Etc/UTC or Asia/Tokyo", Kind::isZone),
    TEXT("a text", text -> !text.isEmpty()); // whoever uses it looks at it at the start

    private final String allowed;
    private final Predicate<String> isValid;

    Kind(String allowed, Predicate<String> isValid) {
      this.allowed = allowed;
      this.isValid = isValid;
    }

    private static boolean isZone(String text) {
      try {
        return ZoneId.of(text) != null;
      } catch (DateTimeException e) {
        return false;
      }
    }
  }

  private static final Map<String, Kind> KINDS =
      Map.ofEntries(
          entry("backpressure.interval", Kind.COUNT),
          entry("backpressure.high-depth", Kind.COUNT),
          entry("backpressure.low-depth", Kind.WHOLE),
          entry("backpressure.high-age", Kind.TIME),
          entry("backpressure.low-age", Kind.TIME),
          entry("cleanup.enabled", Kind.SWITCH),
          entry("cleanup.cron", Kind.TEXT),
          entry("cleanup.time-zone", Kind.ZONE),
          entry("cleanup.completed", Kind.RETENTION),
          entry("cleanup.failed", Kind.RETENTION),
          entry("cleanup.cancelled", Kind.RETENTION),
          entry("cleanup.timed-out", Kind.RETENTION),
          entry("cleanup.tombstones", Kind.RETENTION),
          entry("cleanup.archive", Kind.SWITCH),
          entry("cleanup.batch", Kind.COUNT),
          entry("cleanup.pause", Kind.WHOLE),
          entry("circuit.window", Kind.COUNT),
          entry("circuit.minimum-calls", Kind.COUNT),
          entry("circuit.failure-rate", Kind.PERCENT),
          entry("circuit.wait", Kind.TIME),
          entry("circuit.max-wait", Kind.TIME),
          entry("circuit.probes", Kind.COUNT),
          entry("circuit.max-wave", Kind.COUNT),
          entry("circuit.wave-interval", Kind.TIME),
          entry("circuit.look-every", Kind.COUNT),
          entry("look-ahead.interval", Kind.TIME));

  private MaintenanceSettings() {}

  /** The message says which settings, and what they may be. */
  public static final class Invalid extends IllegalArgumentException {
    Invalid(String message) {
      super(message);
    }
  }

  /**
   * What is wrong with a value, in one sentence; empty if nothing is.
   *
   * @param key one of the keys of the file
   */
  public static Optional<String> mistake(String key, String value) {
    Kind kind = KINDS.get(key);
    return kind.isValid.test(value.strip())
        ? Optional.empty()
        : Optional.of("%s=%s is not valid: allowed is %s".formatted(key, value, kind.allowed));
  }

  /** What is wrong with a text that says how long something is kept; empty if nothing is. */
  public static Optional<String> retentionMistake(String text) {
    return Kind.RETENTION.isValid.test(text)
        ? Optional.empty()
        : Optional.of("'%s' is not %s".formatted(text, Kind.RETENTION.allowed));
  }

  /**
   * Looks at all of them.
   *
   * @param setting gives the value of a key, null if it has none
   * @throws Invalid listing every mistake
   */
  public static void check(UnaryOperator<String> setting) {
    List<String> mistakes =
        KINDS.keySet().stream()
            .sorted()
            .filter(key -> setting.apply(key) != null)
            .flatMap(key -> mistake(key, setting.apply(key)).stream())
            .toList();
    if (!mistakes.isEmpty()) {
      throw new Invalid(
          "The settings of maintenance jobs are wrong: " + String.join("; ", mistakes));
    }
  }
}
