package org.trackcoordinator.whatif;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Dependency;
import org.trackcoordinator.workflow.On;
import org.trackcoordinator.workflow.OnFailure;
import org.trackcoordinator.workflow.Track;

/** A definition as replays need it: its tracks by their place in topological order. */
final class Graph {

  /** In place of a track where there is none. */
  static final int NONE = -1;

  /**
   * A track.
   *
   * @param waitsFor what it depends on
   * @param stepsInFor the track whose fallback it is, or {@link #NONE}
   * @param onFailure what follows its failure
   * @param fallback what steps in then, or {@link #NONE}
   * @param when its condition; null if it has none
   */
  record Node(
      String id,
      List<Wait> waitsFor,
      int stepsInFor,
      OnFailure.Action onFailure,
      int fallback,
      String when) {}

  /** The place of a track to wait for, and whether its data is enough. */
  record Wait(int place, boolean forData) {}

  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Integer> places = new HashMap<>();

  Graph(Definition definition) {
    for (Track track : definition.tracks()) {
      places.put(track.id(), places.size());
    }
    for (Track track : definition.tracks()) {
      OnFailure onFailure = track.policy().onFailure();
      nodes.add(
          new Node(
              track.id(),
              track.dependencies().stream().map(this::waitFor).toList(),
              place(track.fallbackOf()),
              onFailure.action(),
              place(onFailure.fallback()),
              track.policy().when()));
    }
  }

  List<Node> nodes() {
    return nodes;
  }

  Node node(int place) {
    return nodes.get(place);
  }

  /** {@link #NONE} for what is no track of it. */
  int place(String id) {
    return places.getOrDefault(id, NONE);
  }

  private Wait waitFor(Dependency dependency) {
    return new Wait(place(dependency.track()), dependency.on() == On.DATA_READY);
  }
}
