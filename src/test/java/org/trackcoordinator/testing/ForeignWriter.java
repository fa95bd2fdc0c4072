package org.trackcoordinator.testing;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;

/** A program that knows nothing but the log: one connection that inserts rows. */
public final class ForeignWriter implements AutoCloseable {

  private final Connection connection;

  public ForeignWriter(DataSource source) throws SQLException {
    this(source.getConnection());
  }

  /** Takes the connection over. */
  public ForeignWriter(Connection connection) {
    this.connection = connection;
  }

  /** A row of the log; payload and attempt may be null. */
  public record Row(UUID run, String track, String type, String payload, Integer attempt) {}

  /** A row without payload that speaks for the current attempt. */
  public static Row row(UUID run, String track, String type) {
    return row(run, track, type, null);
  }

  /** A row that speaks for the current attempt. */
  public static Row row(UUID run, String track, String type, String payload) {
    return new Row(run, track, type, payload, null);
  }

  /** Inserts in a transaction of its own. Returns the event's id. */
  public long write(UUID run, String track, String type, String payload) throws SQLException {
    return write(row(run, track, type, payload)).get(0);
  }

  /** Inserts all in one statement. Returns the events' ids in this order. */
  public List<Long> write(Row... rows) throws SQLException {
    return write(Arrays.asList(rows));
  }

  /** Inserts all in one statement. Returns the events' ids in this order. */
  public List<Long> write(List<Row> rows) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            insert into public.processing_logs (correlation_id, track_id, event_type, payload, attempt)
            select u.run, u.track, u.type, cast(u.payload as jsonb), u.attempt
              from unnest(?, ?, ?, ?, ?) with ordinality u (run, track, type, payload, attempt, place) order by u.place
            returning event_id
            """)) {
      insert.setArray(1, array("uuid", rows.stream().map(Row::run).toArray()));
      insert.setArray(2, array("text", rows.stream().map(Row::track).toArray()));
      insert.setArray(3, array("text", rows.stream().map(Row::type).toArray()));
      insert.setArray(4, array("text", rows.stream().map(Row::payload).toArray()));
      insert.setArray(5, array("int", rows.stream().map(Row::attempt).toArray()));
      List<Long> ids = new ArrayList<>();
      try (ResultSet inserted = insert.executeQuery()) {
        while (inserted.next()) {
          ids.add(inserted.getLong(1));
        }
      }
      return ids;
    }
  }

  private Array array(String type, Object[] elements) throws SQLException {
    return connection.createArrayOf(type, elements);
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
