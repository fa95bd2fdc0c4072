package org.trackcoordinator.cli;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/**
 * A row of the view {@code workflow_definitions}.
 *
 * @param loadedBy who made it current; null if it is not
 * @param retiredAt null if it is not retired
 * @param running how many runs still run on it
 * @param finished how many ended runs of it are kept
 * @param oldestRunning the correlation id of the first of those that run; null if none does
 */
record DefinitionVersion(
    String workflow,
    String hash,
    boolean current,
    String loadedBy,
    Instant loadedAt,
    Instant createdAt,
    Instant retiredAt,
    String retiredBy,
    long tracks,
    long running,
    long finished,
    String oldestRunning,
    Instant oldestRunningAt) {

  private static final String SQL =
      """
      select workflow, hash, current, loaded_by, loaded_at, created_at, retired_at, retired_by, tracks, running, finished,
             oldest_running, oldest_running_at
        from track_coordination.workflow_definitions
       order by workflow, current desc, created_at desc, definition_id desc
      """;

  /** Those that {@code retire --unused} means: not current, not retired, and nothing runs on it. */
  boolean unused() {
    return !current && retiredAt == null && running == 0;
  }

  /** All of them: of each workflow the current one first, then the newest. */
  static List<DefinitionVersion> readAll(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SQL);
        ResultSet rows = statement.executeQuery()) {
      List<DefinitionVersion> versions = new ArrayList<>();
      while (rows.next()) {
        versions.add(read(rows));
      }
      return versions;
    }
  }

  private static DefinitionVersion read(ResultSet row) throws SQLException {
    return new DefinitionVersion(
        row.getString("workflow"),
        row.getString("hash"),
        row.getBoolean("current"),
        row.getString("loaded_by"),
        instant(row, "loaded_at"),
        instant(row, "created_at"),
        instant(row, "retired_at"),
        row.getString("retired_by"),
        row.getLong("tracks"),
        row.getLong("running"),
        row.getLong("finished"),
        row.getString("oldest_running"),
        instant(row, "oldest_running_at"));
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}
