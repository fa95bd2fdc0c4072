package org.trackcoordinator.whatif;

import java.util.List;

/**
 * What the log says of one track in one run. Places are event ids.
 *
 * @param triggeredAt the place of its trigger; {@link #NEVER} if it was not triggered
 * @param dataAt the place of the data that it reported first; {@link #NEVER} if it reported none
 * @param ending how it ended
 * @param endedAt the place of the event that ended it; {@link #NEVER} if it did not end
 * @param byOperator whether an operator ended it
 */
record TrackRecord(long triggeredAt, long dataAt, Ending ending, long endedAt, boolean byOperator) {

  static final long NEVER = Long.MAX_VALUE;

  /** Of a track that the log does not name. */
  static final TrackRecord NOTHING = new TrackRecord(NEVER, NEVER, Ending.OPEN, NEVER, false);

  /** Follows the events of one track, in order. */
  static TrackRecord of(List<Event> events, Transitions transitions) {
    long triggeredAt = NEVER;
    for (Event event : events) {
      if (event.type().equals(Transitions.TRIGGERED)) {
        triggeredAt = event.id();
        break;
      }
    }
    // a foreign writer may report on a root before its trigger is written, and it counts
    String state = triggeredAt == NEVER ? Transitions.WAITING : Transitions.TRIGGERED;
    long dataAt = NEVER;
    Event last = null;
    for (Event event : events) {
      if (event.type().equals("data_ready") && dataAt == NEVER) {
        dataAt = event.id();
      }
      String next = transitions.after(state, event.type());
      if (!next.equals(state)) {
        state = next;
        last = event;
      }
    }
    Ending ending = ending(state, last);
    return ending == Ending.OPEN
        ? new TrackRecord(triggeredAt, dataAt, ending, NEVER, false)
        : new TrackRecord(triggeredAt, dataAt, ending, last.id(), last.byOperator());
  }

  private static Ending ending(String state, Event last) {
    return switch (state) {
      case "completed" -> Ending.COMPLETED;
      case "failed", "timed_out" -> Ending.FAILED;
      case "skipped" -> last.handsOn() ? Ending.HANDED_ON : Ending.SKIPPED;
      default -> Ending.OPEN;
    };
  }

  boolean triggered() {
    return triggeredAt != NEVER;
  }

  /** Whether it was taken out of the run by somebody, ready or not. */
  boolean takenOut() {
    return byOperator && (ending == Ending.SKIPPED || ending == Ending.HANDED_ON);
  }

  /** Whether it was skipped, and nobody asked for it: by a condition, or with what it waits for. */
  boolean skippedByRule() {
    return !byOperator && ending == Ending.SKIPPED;
  }
}
