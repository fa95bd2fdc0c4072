package org.trackcoordinator.cli;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The functions {@code clean_up} and {@code to_clean_up} with the retentions of one call.
 *
 * @param retentions of completed, failed, cancelled and timed-out runs, and of tombstones
 * @param most runs in a batch
 */
record CleanUp(List<String> retentions, boolean archive, int most) {

  private static final String RETENTIONS =
      "CAST(? AS interval), CAST(? AS interval), CAST(? AS interval), CAST(? AS interval), CAST(? AS interval)";

  /** What a batch removed, or all so far. */
  record Removed(long runs, long logRows, long tombstones, boolean more) {

    static final Removed NOTHING = new Removed(0, 0, 0, true);

    Removed and(Removed next) {
      return new Removed(
          runs + next.runs, logRows + next.logRows, tombstones + next.tombstones, next.more);
    }
  }

  /** How many of what are past their retention, and since when the oldest is there. */
  record Due(String what, long count, String oldest) {}

  /** Removes one batch; a transaction of its own on a connection that commits by itself. */
  Removed batch(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select * from track_coordination.clean_up(" + RETENTIONS + ", ?, ?)")) {
      setRetentions(statement);
      statement.setBoolean(6, archive);
      statement.setInt(7, most);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new Removed(
            row.getLong("cleaned_runs"),
            row.getLong("removed_log_rows"),
            row.getLong("expired_tombstones"),
            row.getBoolean("more"));
      }
    }
  }

  /** Counts only. */
  List<Due> due(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select * from track_coordination.to_clean_up(" + RETENTIONS + ")")) {
      setRetentions(statement);
      List<Due> due = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          due.add(new Due(rows.getString("what"), rows.getLong("count"), rows.getString("oldest")));
        }
      }
      return due;
    }
  }

  private void setRetentions(PreparedStatement statement) throws SQLException {
    for (int i = 0; i < retentions.size(); i++) {
      statement.setString(i + 1, retentions.get(i));
    }
  }
}
