package org.trackcoordinator.coordinator;

import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Completed runs in numbers, as the coordinator would have left them. */
public final class OldRuns {

  private OldRuns() {}

  /**
   * Writes runs that ended just now: a triggered and a completed row for each track.
   *
   * @param workflow a chain
   */
  static void write(CoordinatedDatabase database, String workflow, int runs) {
    write(database.pool(), database.load(workflow), runs);
  }

  /**
   * The same for a definition that is stored already.
   *
   * @param pool of sessions that have {@code track.own} set
   */
  public static void write(DataSource pool, int definition, int runs) {
    // without a queue entry: all is settled
    new JdbcTemplate(pool)
        .update(
            """
            with fresh as materialized (
              select track_coordination.new_correlation_id() as correlation_id from generate_series(1, ?)),
            events as materialized (
              select f.correlation_id, t.track_no, t.track_id, t.definition_id, t.dependency_count,
                     nextval('track_coordination.event_ids') as trigger_id, nextval('track_coordination.event_ids') as result_id
                from fresh f cross join track_coordination.definition_tracks t
               where t.definition_id = ?
               order by f.correlation_id, t.level),
            started as (
              insert into track_coordination.runs (correlation_id, definition_id, state, remaining_leaves, payload, finished_at)
              select correlation_id, ?, 'completed', 0, '{}', track_coordination.clock() from fresh),
            activated as (
              insert into track_coordination.activations
                (correlation_id, track_no, definition_id, dependencies, remaining, state, trigger_event_id, data_event_id, result_event_id)
              select correlation_id, track_no, definition_id, dependency_count, 0, 'completed', trigger_id, result_id, result_id from events)
            insert into processing_logs (event_id, correlation_id, track_id, event_type, payload)
            select id, correlation_id, track_id, type, '{}'
              from events cross join lateral (values (trigger_id, 'triggered'), (result_id, 'completed')) e (id, type)
             order by id
            """,
            runs,
            definition,
            definition);
  }
}
