package org.trackcoordinator.workflow;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How often a handler may be started: {@code 10/s}, {@code 100/m}, {@code 5/30s}.
 *
 * @param permits starts in one period; 1 to 1,000,000
 * @param period longer than 0
 */
public record Rate(int permits, Duration period) {

  private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,5}|1000000)/(.+)");
  private static final Pattern UNIT = Pattern.compile("ms|s|m|h|d");

  /** The form that is the same for the same rate: {@code 10/PT1S}. */
  @Override
  public String toString() {
    return permits + "/" + period;
  }

  static Optional<Rate> of(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    String period = form.group(2);
    return Durations.of(UNIT.matcher(period).matches() ? "1" + period : period)
        .map(duration -> new Rate(Integer.parseInt(form.group(1)), duration));
  }
}
