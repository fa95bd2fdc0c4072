package org.trackcoordinator.workflow;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Makes the tracks of a definition from drafts that hold no problem. */
final class TrackBuilder {

  private final TrackGraph graph;
  private final HandlerSettings handlers;
  private final Defaults defaults;

  TrackBuilder(TrackGraph graph, HandlerSettings handlers, Defaults defaults) {
    this.graph = graph;
    this.handlers = handlers;
    this.defaults = defaults;
  }

  /**
   * The tracks by level and id. Not in the order of the file: that order is no part of the hash,
   * and two files of one hash must give the same numbers.
   */
  List<Track> build(List<TrackDraft> drafts) {
    Map<String, Integer> levels = graph.levels();
    List<TrackDraft> sorted = new ArrayList<>(drafts);
    sorted.sort(
        Comparator.comparing((TrackDraft draft) -> levels.get(draft.id()))
            .thenComparing(TrackDraft::id));
    List<Track> tracks = new ArrayList<>();
    for (TrackDraft draft : sorted) {
      tracks.add(track(tracks.size() + 1, draft, levels.get(draft.id())));
    }
    return tracks;
  }

  private Track track(int number, TrackDraft draft, int level) {
    String fallbackOf = graph.fallbackOf(draft.id());
    String handler = draft.handlerOrId();
    return new Track(
        number,
        draft.id(),
        draft.description(),
        handler,
        handlers.circuit(handler),
        level,
        fallbackOf == null && !graph.hasDependents(draft.id()),
        draft.dependencies().stream()
            .map(Placed::value)
            .sorted(Comparator.comparing(Dependency::track))
            .toList(),
        policy(draft, handler),
        fallbackOf);
  }

  private Policy policy(TrackDraft draft, String handler) {
    return new Policy(
        limit(draft.timeout(), defaults.timeout(), Policy.DEFAULT.timeout()),
        limit(draft.triggerTimeout(), defaults.triggerTimeout(), Policy.DEFAULT.triggerTimeout()),
        draft.retry().over(defaults.retry()).complete(),
        handlers.maxConcurrent(handler),
        handlers.rate(handler),
        draft.onFailure() == null ? Policy.DEFAULT.onFailure() : draft.onFailure().value(),
        draft.when());
  }

  private static Duration limit(Duration own, Duration ofFile, Duration builtIn) {
    if (own != null) {
      return Durations.orNull(own);
    }
    return ofFile != null ? Durations.orNull(ofFile) : builtIn;
  }
}
