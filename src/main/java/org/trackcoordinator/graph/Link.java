package org.trackcoordinator.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Dependency;
import org.trackcoordinator.workflow.On;
import org.trackcoordinator.workflow.Track;

/** An edge of the graph: {@code to} may start when {@code from} has got so far. */
record Link(Track from, Track to, Kind kind) {

  /** How far {@code from} must have got. */
  enum Kind {
    COMPLETED("starts after completion"),
    DATA_READY("starts after data_ready, or completion"),
    FALLBACK("fallback: steps in after failure");

    private final String meaning;

    Kind(String meaning) {
      this.meaning = meaning;
    }

    /** What {@code to} does, for people. */
    String meaning() {
      return meaning;
    }

    /** The word in JSON and in classes of SVG: {@code data_ready}. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    private static Kind of(On on) {
      return on == On.DATA_READY ? DATA_READY : COMPLETED;
    }
  }

  /** All of a definition, in the order of the tracks that they lead to. */
  static List<Link> of(Definition definition) {
    Map<String, Track> byId = new HashMap<>();
    definition.tracks().forEach(track -> byId.put(track.id(), track));
    List<Link> links = new ArrayList<>();
    for (Track track : definition.tracks()) {
      for (Dependency dependency : track.dependencies()) {
        links.add(new Link(byId.get(dependency.track()), track, Kind.of(dependency.on())));
      }
      if (track.fallbackOf() != null) {
        links.add(new Link(byId.get(track.fallbackOf()), track, Kind.FALLBACK));
      }
    }
    return links;
  }
}
