package org.trackcoordinator.cli;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Asks the database what happened in a run. */
public final class ExecutionChain {

  private static final String SQL =
      """
      select event_id, track_id, event_type, attempt, created_at, source_track, fate, detail,
             extract(epoch from duration) * 1000000 as micros
        from track_coordination.execution_chain(?)
      """;

  private ExecutionChain() {}

  /** The events of a run in order; none if there is no such run. */
  public static List<ChainRow> read(Connection connection, UUID correlationId) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SQL)) {
      statement.setObject(1, correlationId);
      try (ResultSet result = statement.executeQuery()) {
        List<ChainRow> rows = new ArrayList<>();
        while (result.next()) {
          rows.add(row(result));
        }
        return rows;
      }
    }
  }

  private static ChainRow row(ResultSet row) throws SQLException {
    OffsetDateTime createdAt = row.getObject("created_at", OffsetDateTime.class);
    return new ChainRow(
        row.getObject("event_id", Long.class),
        row.getString("track_id"),
        row.getString("event_type"),
        row.getObject("attempt", Integer.class),
        createdAt == null ? null : createdAt.toInstant(),
        duration(row),
        row.getString("source_track"),
        row.getString("fate"),
        row.getString("detail"));
  }

  private static Duration duration(ResultSet row) throws SQLException {
    double micros = row.getDouble("micros");
    return row.wasNull() ? null : Duration.ofNanos(Math.round(micros) * 1_000);
  }
}
