package org.trackcoordinator.whatif;

import java.util.Map;
import java.util.UUID;

/**
 * What the log says of one run that ended.
 *
 * @param definitionId the definition that it ran on
 * @param state how it ended
 * @param tracks by track id, without those that no event names
 */
record RunRecord(
    UUID correlationId, int definitionId, String state, Map<String, TrackRecord> tracks) {

  /** What it says of one track. */
  TrackRecord track(String id) {
    return tracks.getOrDefault(id, TrackRecord.NOTHING);
  }

  /** Whether a track that failed has ended it. */
  boolean failed() {
    return state.equals("failed");
  }
}
