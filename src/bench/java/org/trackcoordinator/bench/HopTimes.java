package org.trackcoordinator.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.HdrHistogram.Histogram;

/** When hops began and when they arrived, in nanoseconds of this process's clock. */
final class HopTimes {

  private static final long LONGEST_MICROS = 600_000_000L;
  private static final int DIGITS = 3;

  private final Map<String, Long> left = new ConcurrentHashMap<>();
  private final Map<String, Long> arrived = new ConcurrentHashMap<>();

  /** A hop begins, at a time that may be earlier than now: when it was meant to. */
  void left(String hop, long nanos) {
    left.put(hop, nanos);
  }

  /** The first step of the next track. */
  void arrived(String hop) {
    arrived.putIfAbsent(hop, System.nanoTime());
  }

  int countArrived() {
    return arrived.size();
  }

  void forget() {
    left.clear();
    arrived.clear();
  }

  /**
   * How long they took, in microseconds; a hop that arrived before its writer heard of its own
   * commit took 0.
   *
   * @param since of hops that began no earlier
   */
  Histogram micros(long since) {
    Histogram histogram = new Histogram(LONGEST_MICROS, DIGITS);
    left.forEach(
        (hop, begun) -> {
          Long end = arrived.get(hop);
          if (begun - since >= 0) {
            if (end == null) {
              throw new IllegalStateException("hop " + hop + " never arrived");
            }
            histogram.recordValue(Math.max(0, (end - begun) / 1000));
          }
        });
    return histogram;
  }
}
