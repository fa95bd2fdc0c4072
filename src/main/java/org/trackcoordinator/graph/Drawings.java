package org.trackcoordinator.graph;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.trackcoordinator.workflow.Definition;

/**
 * Keeps the drawings that were asked for last, by the definition's hash. One is made at a time,
 * since a large one takes a processor for seconds; those that are kept don't wait for it.
 */
final class Drawings {

  private final Map<String, Drawing> kept = new LinkedHashMap<>(16, 0.75f, true);
  private final Object making = new Object();
  private final int mostPoints;

  /**
   * @param mostPoints of all drawings that are kept
   */
  Drawings(int mostPoints) {
    this.mostPoints = mostPoints;
  }

  /**
   * @throws TooLargeToDrawException if it is
   */
  Drawing of(Definition definition) {
    Drawing known = known(definition.hash());
    if (known != null) {
      return known;
    }
    synchronized (making) {
      Drawing madeMeanwhile = known(definition.hash());
      if (madeMeanwhile != null) {
        return madeMeanwhile;
      }
      Drawing made = Layout.of(definition);
      keep(definition.hash(), made);
      return made;
    }
  }

  private Drawing known(String hash) {
    synchronized (kept) {
      return kept.get(hash);
    }
  }

  private void keep(String hash, Drawing made) {
    synchronized (kept) {
      kept.put(hash, made);
      int points = kept.values().stream().mapToInt(Drawing::points).sum();
      for (Iterator<Drawing> oldest = kept.values().iterator(); points > mostPoints; ) {
        points -= oldest.next().points();
        oldest.remove();
      }
    }
  }
}
