package org.trackcoordinator.coordinator;

/**
 * How an attempt ended.
 *
 * @param eventType {@code completed} or {@code failed}
 * @param payload of that event, the text of a JSON object
 * @param recorded runs when it is in the database, or can't ever be
 */
record AttemptEnd(Attempt attempt, String eventType, String payload, Runnable recorded) {

  AttemptEnd as(String otherType, String otherPayload) {
    return new AttemptEnd(attempt, otherType, otherPayload, recorded);
  }
}
