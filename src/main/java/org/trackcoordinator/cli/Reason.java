package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Why a track of a run is where it is.
 *
 * @param trackId null where the run as a whole is meant
 * @param state of the track, or of the run
 * @param code of the reason, see docs/why.md
 * @param sentence the same for people
 * @param missing the tracks whose end it waits for; empty if there are none
 * @param unblockedBy who or what can change it; null if nothing is to be changed
 * @param earliestAt when it may change at the earliest; null if nobody knows
 */
record Reason(
    String trackId,
    String state,
    String code,
    String sentence,
    List<String> missing,
    String unblockedBy,
    Instant earliestAt) {

  static Reason of(JsonNode reason) {
    List<String> missing = new ArrayList<>();
    reason.path("missing").forEach(track -> missing.add(track.asText()));
    return new Reason(
        Answers.text(reason, "trackId"),
        Answers.text(reason, "state"),
        Answers.text(reason, "reason"),
        Answers.text(reason, "sentence"),
        missing,
        Answers.text(reason, "unblockedBy"),
        Answers.time(reason, "earliestAt"));
  }
}
