package org.trackcoordinator.graph;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The states of activations, each with a sign, since colours alone don't tell everybody. */
enum State {
  WAITING("M-3 0h.01M0 0h.01M3 0h.01"),
  HELD("M-1.8 -3V3M1.8 -3V3"),
  TRIGGERED("M-1.5 -3 1.7 0 -1.5 3"),
  STARTED("M-1.8 -3 3.2 0 -1.8 3Z"),
  COMPLETED("M-3.5 .3 -1.2 2.7 3.5 -2.5"),
  FAILED("M-2.8 -2.8 2.8 2.8M-2.8 2.8 2.8 -2.8"),
  TIMED_OUT("M0 -3.5V.5L2.5 2.2"),
  SKIPPED("M-3.2 -3 -.2 0 -3.2 3M.6 -3 3.6 0 .6 3"),
  CANCELLED("M-3.2 0H3.2");

  private final String sign;

  State(String sign) {
    this.sign = sign;
  }

  /** An SVG path around 0, 0, to be stroked. */
  String sign() {
    return sign;
  }

  /** The word in the database and in classes of SVG: {@code timed_out}. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The state of a word.
   *
   * @throws IllegalArgumentException naming the allowed words
   */
  static State of(String word) {
    return Arrays.stream(values())
        .filter(state -> state.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no state '%s'; allowed are %s"
                        .formatted(
                            Text.shorten(String.valueOf(word), 40), String.join(", ", words()))));
  }

  private static List<String> words() {
    return Arrays.stream(values()).map(State::word).toList();
  }
}
