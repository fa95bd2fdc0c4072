package org.trackcoordinator.cli;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

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
    OffsetDateTime earliestAt) {

  /**
   * Asks the database.
   *
   * @param track null for the whole run
   * @throws SQLException 42704 if there is no such run or track
   */
  static List<Reason> read(Connection connection, UUID correlationId, String track)
      throws SQLException {
    String question = track == null ? "why(?)" : "why(?, ?)";
    try (PreparedStatement statement =
        connection.prepareStatement("select * from track_coordination." + question)) {
      statement.setObject(1, correlationId);
      if (track != null) {
        statement.setString(2, track);
      }
      List<Reason> reasons = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          reasons.add(of(rows));
        }
      }
      return reasons;
    }
  }

  private static Reason of(ResultSet row) throws SQLException {
    Array missing = row.getArray("missing");
    return new Reason(
        row.getString("track"),
        row.getString("state"),
        row.getString("reason"),
        row.getString("sentence"),
        missing == null ? List.of() : List.of((String[]) missing.getArray()),
        row.getString("unblocked_by"),
        row.getObject("earliest_at", OffsetDateTime.class));
  }
}
