package org.trackcoordinator.database;

import java.time.Duration;
import java.util.Locale;

/** Pauses between tries, each twice as long as the one before. */
final class Pause {

  private Pause() {}

  static void of(Duration pause, String purpose) {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseException("Interrupted while " + purpose, e);
    }
  }

  static Duration longer(Duration pause, Duration longest) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(longest) > 0 ? longest : twice;
  }

  static String text(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
  }
}
