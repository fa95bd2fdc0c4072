package org.trackcoordinator.whatif;

import java.util.Locale;

/**
 * What the changed graph does otherwise with an activation.
 *
 * @param reason why, in a few words
 */
public record Difference(Change change, String track, String reason) {

  /** The kinds. */
  public enum Change {
    /** Triggered by the changed graph, and not in the record. */
    ADDED,
    /** Triggered in the record, and not by the changed graph. */
    LOST,
    /** Ready at an earlier or a later event of the run. */
    REORDERED;

    /** The word for people and programs: {@code added}. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
