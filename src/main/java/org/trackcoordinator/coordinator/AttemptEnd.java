package org.trackcoordinator.coordinator;

import java.util.function.IntConsumer;

/**
 * How an attempt ended.
 *
 * @param eventType {@code completed} or {@code failed}
 * @param payload of that event, the text of a JSON object
 * @param recorded of its worker, is told how many ends are in the database, or can't ever be
 * @param cancellations how often the statement that records it alone was cancelled
 */
record AttemptEnd(
    Attempt attempt, String eventType, String payload, IntConsumer recorded, int cancellations) {

  AttemptEnd(Attempt attempt, String eventType, String payload, IntConsumer recorded) {
    this(attempt, eventType, payload, recorded, 0);
  }

  AttemptEnd as(String otherType, String otherPayload) {
    return new AttemptEnd(attempt, otherType, otherPayload, recorded);
  }

  AttemptEnd cancelledOnceMore() {
    return new AttemptEnd(attempt, eventType, payload, recorded, cancellations + 1);
  }
}
