package org.trackcoordinator.config;

import java.util.List;

/** The configuration has mistakes; the message lists all of them, and no secret. */
public final class InvalidSettingsException extends RuntimeException {

  private final transient List<String> problems;

  InvalidSettingsException(List<String> problems) {
    super(message(problems));
    this.problems = List.copyOf(problems);
  }

  static InvalidSettingsException unreadable(String place, Exception cause) {
    return new InvalidSettingsException(List.of(place + " cannot be read: " + cause));
  }

  /** Each problem in one sentence: the key, its value, where it was set, and what is allowed. */
  public List<String> problems() {
    return problems;
  }

  private static String message(List<String> problems) {
    return problems.size() == 1
        ? "The configuration has a mistake: " + problems.get(0)
        : "The configuration has %d mistakes:%n  %s"
            .formatted(problems.size(), String.join(System.lineSeparator() + "  ", problems));
  }
}
