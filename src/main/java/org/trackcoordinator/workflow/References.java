package org.trackcoordinator.workflow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Resolves the names of tracks in `dependsOn` and `fallback` to the edges of the graph. */
final class References {

  /** A guess costs a look at every track. */
  private static final int MOST_GUESSES = 20;

  private final Map<String, TrackDraft> tracks = new LinkedHashMap<>();
  private final Map<String, String> fallbackOf = new HashMap<>();
  private final List<Edge> edges = new ArrayList<>();
  private final Problems problems;
  private int guesses;

  private References(List<TrackDraft> drafts, Problems problems) {
    drafts.forEach(draft -> tracks.put(draft.id(), draft));
    this.problems = problems;
  }

  /** The edges in the order of the file; what can't be an edge is a problem. */
  static List<Edge> resolve(List<TrackDraft> drafts, Problems problems) {
    References references = new References(drafts, problems);
    drafts.forEach(references::dependencies);
    drafts.stream().filter(d -> d.fallback() != null).forEach(references::fallback);
    return references.edges;
  }

  private void dependencies(TrackDraft draft) {
    Set<String> named = new HashSet<>();
    for (Placed<Dependency> placed : draft.dependencies()) {
      String name = placed.value().track();
      if (name.equals(draft.id())) {
        problems.add(placed.position(), placed.path(), "a track cannot depend on itself");
      } else if (!named.add(name)) {
        String message = Words.quote(name) + " is named twice in one dependsOn; name it once";
        problems.add(placed.position(), placed.path(), message);
      } else if (!tracks.containsKey(name)) {
        unknown(name, placed);
      } else {
        edges.add(new Edge(name, draft.id(), false, placed.position(), placed.path()));
      }
    }
  }

  private void fallback(TrackDraft draft) {
    String name = draft.fallback();
    TrackDraft fallback = tracks.get(name);
    Placed<OnFailure> placed = draft.onFailure();
    if (name.equals(draft.id())) {
      problems.add(placed.position(), placed.path(), "a track cannot be its own fallback");
    } else if (fallback == null) {
      unknown(name, placed);
    } else if (!fallback.dependencies().isEmpty()) {
      String message = " has dependsOn; a fallback has none, it gets the failed track's input";
      problems.add(placed.position(), placed.path(), Words.quote(name) + message);
    } else if (fallbackOf.containsKey(name)) {
      String message =
          "%s is the fallback of %s already; it can run once per run, so give each track its own";
      String other = fallbackOf.get(name);
      problems.add(
          placed.position(),
          placed.path(),
          message.formatted(Words.quote(name), Words.quote(other)));
    } else {
      fallbackOf.put(name, draft.id());
      edges.add(new Edge(draft.id(), name, true, placed.position(), placed.path()));
    }
  }

  private void unknown(String name, Placed<?> placed) {
    String otherwise = "; tracks are named under 'tracks'";
    String hint =
        guesses++ < MOST_GUESSES ? Words.didYouMean(name, tracks.keySet(), otherwise) : otherwise;
    problems.add(placed.position(), placed.path(), "unknown track " + Words.quote(name) + hint);
  }
}
