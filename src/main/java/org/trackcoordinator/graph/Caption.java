package org.trackcoordinator.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.OnFailure;
import org.trackcoordinator.workflow.Track;

/**
 * What is said of a track: its id, and below it what is not as usual.
 *
 * @param id the track's, as the run's activations have it
 * @param lines description, handler, condition, and what happens when it fails; those that there
 *     are, each on one line and in full
 */
record Caption(String id, List<String> lines) {

  static Caption of(Track track) {
    List<String> lines = new ArrayList<>();
    if (track.description() != null) {
      lines.add(Text.clean(track.description()));
    }
    if (!track.handler().equals(track.id())) {
      lines.add("handler " + track.handler());
    }
    if (track.policy().when() != null) {
      lines.add("when " + Text.clean(track.policy().when()));
    }
    OnFailure.Action action = track.policy().onFailure().action();
    if (action == OnFailure.Action.CONTINUE || action == OnFailure.Action.SKIP_DOWNSTREAM) {
      lines.add("on failure: " + action.word());
    }
    return new Caption(track.id(), lines.stream().filter(line -> !line.isEmpty()).toList());
  }

  /** Of the handlers that are activated when the run ends, by the run's state. */
  static List<Caption> ofRunEnds(Definition definition) {
    return definition.on().entrySet().stream().map(Caption::ofRunEnd).toList();
  }

  private static Caption ofRunEnd(Map.Entry<String, String> on) {
    return new Caption(Definition.atRunEnd(on.getKey()), List.of("handler " + on.getValue()));
  }

  /** The lines, each cut to so many columns. */
  List<String> lines(int columns) {
    return lines.stream().map(line -> Text.shorten(line, columns)).toList();
  }
}
