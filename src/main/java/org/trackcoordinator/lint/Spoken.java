package org.trackcoordinator.lint;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Wording of findings. */
final class Spoken {

  private static final int SHOWN = 6;

  private Spoken() {}

  /** As files write it: {@code 1h30m}. */
  static String of(Duration duration) {
    StringBuilder text = new StringBuilder();
    add(text, duration.toDaysPart(), "d");
    add(text, duration.toHoursPart(), "h");
    add(text, duration.toMinutesPart(), "m");
    add(text, duration.toSecondsPart(), "s");
    add(text, duration.toMillisPart(), "ms");
    return text.isEmpty() ? "0s" : text.toString();
  }

  /** The first ones and the last, if there are many. */
  static String listed(List<String> names, String between) {
    if (names.size() <= SHOWN) {
      return String.join(between, names);
    }
    List<String> shown = new ArrayList<>(names.subList(0, SHOWN - 2));
    shown.add("(" + (names.size() - SHOWN + 1) + " more)");
    shown.add(names.get(names.size() - 1));
    return String.join(between, shown);
  }

  private static void add(StringBuilder text, long amount, String unit) {
    if (amount > 0) {
      text.append(amount).append(unit);
    }
  }
}
