package org.trackcoordinator.workflow;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What happens when the last attempt of a track has failed.
 *
 * @param action the kind
 * @param fallback the id of the track that steps in; null unless the action is {@code FALLBACK}
 */
public record OnFailure(Action action, String fallback) {

  /** The default. */
  public static final OnFailure FAIL_RUN = new OnFailure(Action.FAIL_RUN, null);

  /** The kinds; all but {@code FALLBACK} are one word in a file. */
  public enum Action {
    /** The run fails; what has not started is cancelled. */
    FAIL_RUN,
    /** What depends on this track alone is skipped. */
    SKIP_DOWNSTREAM,
    /** The error is handed on in place of a payload. */
    CONTINUE,
    /** Another track does it. */
    FALLBACK;

    /** The word in files and in SQL: {@code fail-run}. */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  static List<String> words() {
    return Arrays.stream(Action.values())
        .filter(action -> action != Action.FALLBACK)
        .map(Action::word)
        .toList();
  }

  static Optional<OnFailure> of(String word) {
    return Arrays.stream(Action.values())
        .filter(action -> action != Action.FALLBACK && action.word().equals(word))
        .map(action -> new OnFailure(action, null))
        .findFirst();
  }
}
