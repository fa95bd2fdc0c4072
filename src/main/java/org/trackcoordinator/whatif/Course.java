package org.trackcoordinator.whatif;

/**
 * What becomes of one track in a replay. Places are event ids; {@link TrackRecord#NEVER} where it
 * does not come to that.
 *
 * @param readyAt the place of the event that makes it ready; 0 for a root
 * @param because why so: of a track that is not ready, why not
 * @param other the place in the graph of the track that {@code because} is about, or {@link
 *     Graph#NONE}
 * @param triggered whether it is triggered
 * @param fixed whether the record triggered it though its graph does not say when
 * @param dataAt where its data is there
 * @param ending how it ends
 * @param endedAt where it ends
 */
record Course(
    long readyAt,
    Because because,
    int other,
    boolean triggered,
    boolean fixed,
    long dataAt,
    Ending ending,
    long endedAt) {

  /** Why a track is ready when it is, or never. */
  enum Because {
    /** It is a root. */
    ROOT,
    /** The other one was the last that it waited for. */
    AFTER,
    /** So was the other one, and its data was enough. */
    AFTER_DATA,
    /** The other one has not ended, or failed the run. */
    WAITS,
    /** All that it depends on hands on nothing. */
    NOTHING_HANDED_ON,
    /** It is the fallback of the other one, which did not fail. */
    NOT_NEEDED,
    /** Its condition was false. */
    CONDITION,
    /** An operator took it out before. */
    TAKEN_OUT,
    /** The other one failed the run before. */
    RUN_FAILED
  }

  boolean ready() {
    return readyAt != TrackRecord.NEVER;
  }

  /** The run fails before it is ready. */
  Course cutOff(int failing) {
    return new Course(
        TrackRecord.NEVER,
        Because.RUN_FAILED,
        failing,
        false,
        false,
        TrackRecord.NEVER,
        Ending.OPEN,
        TrackRecord.NEVER);
  }
}
