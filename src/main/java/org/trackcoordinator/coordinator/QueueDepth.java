package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.Map;

/**
 * How much waits in one queue, as the view {@code queue_depth} says.
 *
 * @param queue {@code events}, or {@code work}
 * @param handler whose work it is; null for events
 * @param depth all that is not done
 * @param ready what could be taken now
 * @param inProgress what a worker holds
 * @param held what waits behind a closed gate
 * @param oldest how long the oldest that could be taken has waited; zero if there is none
 */
public record QueueDepth(
    String queue,
    String handler,
    long depth,
    long ready,
    long inProgress,
    long held,
    Duration oldest) {

  static QueueDepth of(Map<String, Object> row) {
    Object millis = row.get("oldest_millis");
    return new QueueDepth(
        (String) row.get("queue"),
        (String) row.get("handler"),
        number(row.get("depth")),
        number(row.get("ready")),
        number(row.get("in_progress")),
        number(row.get("held")),
        Duration.ofMillis(millis == null ? 0 : number(millis)));
  }

  private static long number(Object value) {
    return ((Number) value).longValue();
  }

  /** For people: {@code drive: 12000 deep, the oldest 3m12s}. */
  @Override
  public String toString() {
    return "%s: %d deep, the oldest %s"
        .formatted(handler == null ? queue : handler, depth, Marks.text(oldest));
  }
}
