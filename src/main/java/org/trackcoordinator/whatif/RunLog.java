package org.trackcoordinator.whatif;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Reads what the log says of the runs of a workflow that ended: one query, run by run, and no more
 * than a few thousand rows in memory.
 */
final class RunLog {

  private static final int ROWS_AT_ONCE = 10_000;

  /**
   * What had no effect has a fate; {@code started} changes nothing here. Simulated runs are no past
   * runs: their handlers did nothing.
   */
  private static final String SQL =
      """
      with past as materialized (
        select r.correlation_id, r.definition_id, r.state
          from track_coordination.runs r
          join track_coordination.definitions d on d.definition_id = r.definition_id
         where d.workflow = ?
           and r.state in ('completed', 'failed', 'cancelled', 'timed_out')
           and r.finished_at >= track_coordination.clock() - cast(? as interval)
           and not exists (select from track_coordination.definition_tracks t
                            where t.definition_id = d.definition_id and t.handler like 'simulate/%'))
      select p.correlation_id, p.definition_id, p.state, l.event_id, l.track_id, l.event_type,
             l.payload is not null as hands_on, l.metadata -> 'who' is not null as by_operator
        from past p
        left join public.processing_logs l on l.correlation_id = p.correlation_id and l.event_id is not null
         and l.event_type in ('triggered', 'data_ready', 'completed', 'failed', 'timed_out', 'retried', 'skipped', 'cancelled')
        left join track_coordination.event_fates f on f.correlation_id = l.correlation_id and f.event_id = l.event_id
       where f.event_id is null
       order by p.correlation_id, l.event_id
      """;

  private final Transitions transitions;
  private final Map<String, List<Event>> events = new HashMap<>();
  private UUID run;
  private int definitionId;
  private String state;

  private RunLog(Transitions transitions) {
    this.transitions = transitions;
  }

  /**
   * Hands over the runs that ended since, one after the other.
   *
   * @param connection in a transaction: without one, the driver reads all rows at once
   */
  static void read(
      Connection connection, String workflow, Duration since, Consumer<RunRecord> reader)
      throws SQLException {
    RunLog log = new RunLog(Transitions.read(connection));
    try (PreparedStatement statement = connection.prepareStatement(SQL)) {
      statement.setFetchSize(ROWS_AT_ONCE);
      statement.setString(1, workflow);
      statement.setString(2, since.toString());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          log.read(rows, reader);
        }
      }
    }
    log.finish(reader);
  }

  private void read(ResultSet row, Consumer<RunRecord> reader) throws SQLException {
    UUID of = row.getObject(1, UUID.class);
    if (!of.equals(run)) {
      finish(reader);
      run = of;
      definitionId = row.getInt(2);
      state = row.getString(3);
    }
    String track = row.getString(5);
    if (track == null) {
      return; // it ended before anything happened in it
    }
    events
        .computeIfAbsent(track, id -> new ArrayList<>(4))
        .add(new Event(row.getLong(4), row.getString(6), row.getBoolean(7), row.getBoolean(8)));
  }

  private void finish(Consumer<RunRecord> reader) {
    if (run == null) {
      return;
    }
    Map<String, TrackRecord> tracks = new HashMap<>();
    events.forEach((track, of) -> tracks.put(track, TrackRecord.of(of, transitions)));
    events.clear();
    reader.accept(new RunRecord(run, definitionId, state, tracks));
  }
}
