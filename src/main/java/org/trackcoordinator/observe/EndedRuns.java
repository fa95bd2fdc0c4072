package org.trackcoordinator.observe;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.ResultSetExtractor;

/**
 * The runs in the database that ended and whose traces are not exported yet, and what the log says
 * of them. What is exported is found, read and marked in the transaction that {@link #lock} began.
 */
final class EndedRuns {

  private static final int MOST_EVENTS = 1000; // in memory

  /**
   * Only who holds the lock exports; all that ended up to this time and is committed is seen. The
   * transaction rests while a collector takes its time, and nothing of others waits for it: it may
   * do so for longer than ours may.
   */
  private static final String LOCK =
      """
      select pg_try_advisory_xact_lock(8210, 5) as ours, track_coordination.clock() as now,
             set_config('idle_in_transaction_session_timeout', '60s', true)
      """;

  private static final String ENDED =
      """
      select cast(r.correlation_id as text) as correlation_id, d.workflow, r.state, r.traceparent, r.created_at, r.finished_at
        from track_coordination.runs r
        join track_coordination.definitions d on d.definition_id = r.definition_id
       where r.state <> 'running' and r.state = any(array['completed', 'failed', 'cancelled', 'timed_out'])
         and r.finished_at >= greatest(cast(? as timestamptz), track_coordination.clock() - interval '10 minutes')
         and not exists (select from track_coordination.traced_runs t
                          where t.correlation_id = r.correlation_id and t.finished_at = r.finished_at)
       order by r.finished_at
       limit ?
      """;

  /**
   * A part of a run's log, by key. Read at once, the log of a run with many tracks would not fit
   * into memory; read with a cursor, it would keep the queues from being vacuumed.
   */
  private static final String EVENTS =
      """
      select l.event_id, l.track_id, t.handler, l.event_type, l.attempt, l.created_at,
             case when l.event_type = 'triggered' and jsonb_typeof(l.metadata -> 'consumed') = 'array'
                  then array(select cast(e as bigint) from jsonb_array_elements_text(l.metadata -> 'consumed') e where e ~ '^-?[0-9]{1,18}$') end as consumed,
             track_coordination.valid_traceparent(l.metadata ->> 'traceparent') as traceparent,
             case when l.event_type in ('failed', 'timed_out') then left(l.payload #>> '{error,class}', 200) end as error
        from public.processing_logs l
        join track_coordination.runs r on r.correlation_id = l.correlation_id
        join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_id = l.track_id
       where l.correlation_id = cast(? as uuid) and l.event_id > ? and isfinite(l.created_at) and t.on_run_state is null
         and l.event_type in ('triggered', 'started', 'data_ready', 'completed', 'failed', 'timed_out', 'retried')
         and not exists (select from track_coordination.event_fates f where f.correlation_id = l.correlation_id and f.event_id = l.event_id)
       order by l.event_id
       limit ?
      """;

  /** From then on traces are kept for a collector that is away. */
  private static final String OLDEST_KEPT =
      "select track_coordination.clock() - interval '10 minutes'";

  /**
   * Marks what nobody exported in time, so that of all instances one counts it; of those only whose
   * spans would have been recorded. It goes less far back than marks are kept.
   */
  private static final String GIVE_UP =
      """
      with given_up as (
        insert into track_coordination.traced_runs (correlation_id, finished_at)
        select r.correlation_id, r.finished_at
          from track_coordination.runs r
         where r.state <> 'running' and r.state = any(array['completed', 'failed', 'cancelled', 'timed_out'])
           and r.finished_at >= greatest(cast(? as timestamptz), track_coordination.clock() - interval '15 minutes')
           and r.finished_at < track_coordination.clock() - interval '10 minutes'
           and not exists (select from track_coordination.traced_runs t
                            where t.correlation_id = r.correlation_id and t.finished_at = r.finished_at)
            on conflict do nothing
        returning correlation_id)
      select count(*)
        from given_up g
        join track_coordination.runs r on r.correlation_id = g.correlation_id
       where track_coordination.traceparent(r.correlation_id, null, null, r.traceparent) like '%-00' is not true
      """;

  private static final String MARK =
      "insert into track_coordination.traced_runs (correlation_id, finished_at) values (cast(? as uuid), ?) on conflict do nothing";

  private static final String FORGET =
      "delete from track_coordination.traced_runs where finished_at < track_coordination.clock() - interval '20 minutes'";

  /** Whoever claims by SQL or REST is told the same as our own workers. */
  private static final String SAY =
      "select track_coordination.say_what_is_traced(cast(? as float8))";

  private final JdbcTemplate database;

  EndedRuns(DataSource pool) {
    this.database = new JdbcTemplate(pool);
  }

  /**
   * Keeps all others from exporting until the transaction ends.
   *
   * @return the database's time; null if another instance is at it
   */
  OffsetDateTime lock() {
    ResultSetExtractor<OffsetDateTime> timeIfOurs =
        row -> {
          row.next();
          return row.getBoolean("ours") ? row.getObject("now", OffsetDateTime.class) : null;
        };
    return database.query(LOCK, timeIfOurs);
  }

  /** Runs that ended before are not exported. */
  OffsetDateTime oldestKept() {
    return database.queryForObject(OLDEST_KEPT, OffsetDateTime.class);
  }

  /** Leaves those aside that ended since then and are not kept any more. Returns how many. */
  long giveUp(OffsetDateTime since) {
    return database.queryForObject(GIVE_UP, Long.class, since);
  }

  /** Forgets what nobody asks for any more, and says which part of the runs is sampled. */
  void tidy(OptionalDouble ratio) {
    database.update(FORGET);
    database.query(SAY, row -> null, ratio.isPresent() ? ratio.getAsDouble() : null);
  }

  /** Those that ended since then, in order. */
  List<EndedRun> find(OffsetDateTime since, int most) {
    return database.query(ENDED, (row, number) -> run(row), since, most);
  }

  /** Hands on the events of a run, in order. */
  void read(EndedRun run, Consumer<LoggedEvent> reader) {
    long after = Long.MIN_VALUE;
    List<LoggedEvent> events;
    do {
      events =
          database.query(
              EVENTS, (row, number) -> event(row), run.correlationId(), after, MOST_EVENTS);
      for (LoggedEvent event : events) {
        reader.accept(event);
        after = event.id();
      }
    } while (events.size() == MOST_EVENTS);
  }

  /** Remembers that they were exported. */
  void mark(List<EndedRun> exported) {
    database.batchUpdate(
        MARK, exported.stream().map(run -> new Object[] {run.correlationId(), time(run)}).toList());
  }

  /** When it ended, as the database has it. */
  static OffsetDateTime time(EndedRun run) {
    return run.finishedAt().atOffset(ZoneOffset.UTC);
  }

  private static EndedRun run(ResultSet row) throws SQLException {
    return new EndedRun(
        row.getString("correlation_id"),
        row.getString("workflow"),
        row.getString("state"),
        row.getString("traceparent"),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        row.getObject("finished_at", OffsetDateTime.class).toInstant());
  }

  private static LoggedEvent event(ResultSet row) throws SQLException {
    Array consumed = row.getArray("consumed");
    return new LoggedEvent(
        row.getLong("event_id"),
        row.getString("track_id"),
        row.getString("handler"),
        row.getString("event_type"),
        (Integer) row.getObject("attempt"),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        consumed == null ? List.of() : List.of((Long[]) consumed.getArray()),
        row.getString("traceparent"),
        row.getString("error"));
  }
}
