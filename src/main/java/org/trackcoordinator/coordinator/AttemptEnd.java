package org.trackcoordinator.coordinator;

import java.util.function.IntConsumer;

/**
 * How an attempt ended.
 *
 * @param eventType {@code completed} or {@code failed}
 * @param payload of that event, the text of a JSON object
 * @param nanos how long it was worked on
 * @param recorded of its worker, is told how many ends are in the database, or can't ever be
 * @param limitsReached how often a limit kept it from being recorded alone
 */
record AttemptEnd(
    Attempt attempt,
    String eventType,
    String payload,
    long nanos,
    IntConsumer recorded,
    int limitsReached) {

  AttemptEnd(Attempt attempt, String eventType, String payload, long nanos, IntConsumer recorded) {
    this(attempt, eventType, payload, nanos, recorded, 0);
  }

  AttemptEnd as(String otherType, String otherPayload) {
    return new AttemptEnd(attempt, otherType, otherPayload, nanos, recorded);
  }

  AttemptEnd limitedOnceMore() {
    return new AttemptEnd(attempt, eventType, payload, nanos, recorded, limitsReached + 1);
  }
}
