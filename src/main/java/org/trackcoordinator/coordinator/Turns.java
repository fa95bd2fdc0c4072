package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * When each loop of an instance last had its turn: those that look for events and for work, and the
 * look ahead. Each has one every second or so, also at rest.
 */
final class Turns {

  private final LongSupplier clock;
  private final Map<String, Long> tookAt = new ConcurrentHashMap<>();
  private final Set<String> broken = ConcurrentHashMap.newKeySet();

  Turns() {
    this(System::nanoTime);
  }

  Turns(LongSupplier clock) {
    this.clock = clock;
  }

  /** A loop begins, or goes on. */
  void took(String loop) {
    tookAt.put(loop, clock.getAsLong());
  }

  /** A loop ends as it was asked to. */
  void ended(String loop) {
    tookAt.remove(loop);
  }

  /** A loop ended, and nobody asked it to. */
  void broke(String loop) {
    broken.add(loop);
  }

  /** Those that ended by mistake; only a restart brings them back. */
  Set<String> broken() {
    return Set.copyOf(broken);
  }

  /** How long ago the last turn of each loop was. */
  Map<String, Duration> ago() {
    long now = clock.getAsLong();
    Map<String, Duration> ago = new TreeMap<>();
    tookAt.forEach((loop, at) -> ago.put(loop, Duration.ofNanos(now - at)));
    return ago;
  }

  /** The same of one loop; zero if it is not there. */
  Duration ago(String loop) {
    return ago().getOrDefault(loop, Duration.ZERO);
  }
}
