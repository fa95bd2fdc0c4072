package org.trackcoordinator.coordinator;

/**
 * How an attempt ended.
 *
 * @param eventType {@code completed} or {@code failed}
 * @param payload of that event, the text of a JSON object
 * @param recorded runs when it is in the database, or can't ever be
 * @param cancellations how often the statement that records it alone was cancelled
 */
record AttemptEnd(
    Attempt attempt, String eventType, String payload, Runnable recorded, int cancellations) {

  AttemptEnd(Attempt attempt, String eventType, String payload, Runnable recorded) {
    this(attempt, eventType, payload, recorded, 0);
  }

  AttemptEnd as(String otherType, String otherPayload) {
    return new AttemptEnd(attempt, otherType, otherPayload, recorded);
  }

  AttemptEnd cancelledOnceMore() {
    return new AttemptEnd(attempt, eventType, payload, recorded, cancellations + 1);
  }
}
