package org.trackcoordinator.coordinator;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.trackcoordinator.observe.Metrics;

/**
 * How many events the next transaction takes: halved after each that failed, down to the one event
 * that fails alone; doubled again after each that went well.
 */
public final class EventBatch {

  private final int most;
  private final Metrics metrics;
  private volatile int size;
  private volatile long askedAt;

  /**
   * @param most events in a batch, at least 1
   */
  public EventBatch(int most, Metrics metrics) {
    if (most < 1) {
      throw new IllegalArgumentException("a batch has at least 1 event, not " + most);
    }
    this.most = most;
    this.size = most;
    this.metrics = metrics;
  }

  /** For the claim of a batch. */
  public int getSize() {
    askedAt = System.nanoTime();
    return size;
  }

  public void halve() {
    size = Math.max(1, size / 2);
  }

  public void grow() {
    size = (int) Math.min(most, size * 2L);
  }

  /**
   * A batch was committed: grows, and counts its events.
   *
   * @param claimed rows of {@code claim-events.sql}
   */
  public void wentWell(List<Map<String, Object>> claimed) {
    grow();
    double since = (System.nanoTime() - askedAt) / (double) TimeUnit.SECONDS.toNanos(1);
    int events = 0;
    for (Map<String, Object> type : claimed) {
      List<String> ages = PostgresArrays.elements((String) type.get("ages"));
      metrics.coordinated(
          (String) type.get("event_type"),
          ages.stream().mapToDouble(age -> Double.parseDouble(age) + since));
      events += ages.size();
    }
    if (events > 0) {
      metrics.batch("events", events);
    }
  }
}
