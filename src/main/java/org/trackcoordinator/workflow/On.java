package org.trackcoordinator.workflow;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The event of the upstream track that meets a dependency. */
public enum On {
  /** The track is done; the default. */
  COMPLETED,
  /** The track has reported data, or is done without having done so. */
  DATA_READY;

  /** The word in files and in SQL: {@code completed}, {@code data_ready}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static List<String> words() {
    return Arrays.stream(values()).map(On::word).toList();
  }

  static Optional<On> of(String word) {
    return Arrays.stream(values()).filter(on -> on.word().equals(word)).findFirst();
  }
}
