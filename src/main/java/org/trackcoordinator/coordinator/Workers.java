package org.trackcoordinator.coordinator;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The workers of an instance. One that claims no more, such as the worker of a route that is about
 * to stop, is known until what it runs has ended.
 */
final class Workers {

  private final Set<TrackWorkConsumer> claiming = ConcurrentHashMap.newKeySet();
  private final Set<TrackWorkConsumer> all = ConcurrentHashMap.newKeySet();

  void add(TrackWorkConsumer worker) {
    claiming.add(worker);
    all.add(worker);
  }

  /** It claims no more; what it runs goes on. */
  void claimsNoMore(TrackWorkConsumer worker) {
    claiming.remove(worker);
  }

  void forget(TrackWorkConsumer worker) {
    all.remove(worker);
  }

  List<TrackWorkConsumer> all() {
    return List.copyOf(all);
  }

  /** What exchanges work on, also while the instance ends and claims no more. */
  Collection<RunningAttempt> running() {
    List<RunningAttempt> running = new ArrayList<>();
    all.forEach(worker -> running.addAll(worker.running()));
    return running;
  }

  /** Those whose work is taken by a route of this id and group; null is any. */
  List<TrackWorkConsumer> takenBy(String route, String group) {
    return all.stream().filter(worker -> worker.isTakenBy(route, group)).toList();
  }

  /** Tells those of a handler, or all, that there may be work; see {@link WakeUps#ALL}. */
  void wake(String handler) {
    for (TrackWorkConsumer worker : claiming) {
      if (handler == null || handler.isEmpty() || handler.equals(worker.handler())) {
        worker.wake();
      }
    }
  }

  /** Tells those of whose claims something may be theirs that was never answered. */
  void wakeUnanswered() {
    claiming.stream().filter(TrackWorkConsumer::awaitsAnswer).forEach(TrackWorkConsumer::wake);
  }

  /** The handlers whose workers have room and claim nothing at the moment. */
  Set<String> idleHandlers() {
    return claiming.stream()
        .filter(TrackWorkConsumer::isIdle)
        .map(TrackWorkConsumer::handler)
        .collect(Collectors.toSet());
  }

  /** The handlers that have a worker here whose route takes work, in order. */
  String[] servedHandlers() {
    return claiming.stream()
        .filter(TrackWorkConsumer::isServing)
        .map(TrackWorkConsumer::handler)
        .distinct()
        .sorted()
        .toArray(String[]::new);
  }

  /**
   * Keeps room free at the first worker of a handler that has any.
   *
   * @param most how much is wanted
   * @return null if none has any
   */
  Room reserve(String handler, int most) {
    for (TrackWorkConsumer worker : claiming) {
      int slots = worker.handler().equals(handler) ? worker.reserve(most) : 0;
      if (slots > 0) {
        return new Room(worker, slots);
      }
    }
    return null;
  }

  /** Slots of a worker that are kept free; at least 1. */
  record Room(TrackWorkConsumer worker, int slots) {}
}
