package org.trackcoordinator.workflow;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What belongs to a handler rather than to a track: circuit, maxConcurrent and rate.
 *
 * <p>Tracks that share a handler share these. One of them may say it for all; if several do, they
 * must agree.
 */
final class HandlerSettings {

  private final Map<String, Written<String>> circuits = new HashMap<>();
  private final Map<String, Written<Integer>> limits = new HashMap<>();
  private final Map<String, Written<Rate>> rates = new HashMap<>();

  private record Written<T>(T value, String track, int line) {}

  private HandlerSettings() {}

  static HandlerSettings of(List<TrackDraft> tracks, Problems problems) {
    HandlerSettings settings = new HandlerSettings();
    for (TrackDraft track : tracks) {
      collect(settings.circuits, track, track.circuit(), "circuit", problems);
      collect(settings.limits, track, track.maxConcurrent(), "maxConcurrent", problems);
      collect(settings.rates, track, track.rate(), "rate", problems);
    }
    return settings;
  }

  private static <T> void collect(
      Map<String, Written<T>> all,
      TrackDraft track,
      Placed<T> placed,
      String name,
      Problems problems) {
    if (placed == null) {
      return;
    }
    String handler = track.handlerOrId();
    Written<T> first = all.get(handler);
    if (first == null) {
      all.put(handler, new Written<>(placed.value(), track.id(), placed.position().line()));
    } else if (!first.value().equals(placed.value())) {
      String message =
          "handler %s already has %s %s by track %s on line %d; it belongs to the handler, "
              + "so give it once";
      problems.add(
          placed.position(),
          placed.path(),
          message.formatted(
              Words.quote(handler), name, first.value(), Words.quote(first.track()), first.line()));
    }
  }

  /** By default the handler's own name. */
  String circuit(String handler) {
    String circuit = value(circuits, handler);
    return circuit == null ? handler : circuit;
  }

  Integer maxConcurrent(String handler) {
    return value(limits, handler);
  }

  Rate rate(String handler) {
    return value(rates, handler);
  }

  private static <T> T value(Map<String, Written<T>> all, String handler) {
    return all.containsKey(handler) ? all.get(handler).value() : null;
  }
}
