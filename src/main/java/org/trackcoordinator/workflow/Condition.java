package org.trackcoordinator.workflow;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The condition of a track, where its file writes it.
 *
 * @param when Camel Simple or JSONPath, as written
 * @param file as it was named by the caller
 * @param place the setting {@code when}
 */
public record Condition(String when, String file, Setting place) {

  /** All of a definition, by line. */
  public static List<Condition> of(Definition definition) {
    List<Condition> conditions = new ArrayList<>();
    for (Track track : definition.tracks()) {
      String when = track.policy().when();
      String path = Fields.join(Fields.join("tracks", track.id()), "when");
      definition.settings().stream()
          .filter(setting -> when != null && setting.path().equals(path))
          .findFirst()
          .ifPresent(place -> conditions.add(new Condition(when, definition.source(), place)));
    }
    conditions.sort(Comparator.comparingInt(condition -> condition.place().line()));
    return conditions;
  }

  /** What is wrong with it, as a problem of its file. */
  public Problem problem(String message) {
    return new Problem(file, place.line(), place.column(), place.path(), message);
  }
}
