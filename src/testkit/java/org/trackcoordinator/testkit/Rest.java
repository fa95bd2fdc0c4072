package org.trackcoordinator.testkit;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Whether anything moves by itself, and the passing of time. At rest nothing happens until somebody
 * reports something or time passes: no event waits for the coordinator, no worker of this instance
 * has work or could claim some, no clock has run out, and no wave of probes is to be judged.
 */
final class Rest {

  /**
   * In one snapshot, so that nothing is overlooked on its way from one place to the other; the
   * function looks for itself, so it takes a transaction that has only one.
   */
  private static final String LOOK =
      """
      select concat_ws('; ',
               case when n.events_queued then 'events wait for the coordinator' end,
               (select string_agg(distinct t.track_id || ' is worked on', ', ')
                  from track_coordination.work_queue w
                  join track_coordination.definition_tracks t on t.definition_id = w.definition_id and t.track_no = w.track_no
                 where w.claimed and w.due_at <> 'infinity' and starts_with(w.worker, asked.instance || '#')),
               (select string_agg(distinct t.track_id || ' waits for its worker', ', ')
                  from track_coordination.work_queue w
                  join track_coordination.definition_tracks t on t.definition_id = w.definition_id and t.track_no = w.track_no
                 where not w.claimed and w.handler = any(asked.served) and w.handler = any(n.handlers_due)
                   and w.rank_at <= asked.now and w.due_at <= asked.now
                   and (not track_coordination.is_held(w.handler, w.correlation_id, w.definition_id, w.track_no, w.user_id)
                        or exists (select from track_coordination.gate_states g
                                     join track_coordination.handlers h on h.circuit = g.circuit and h.handler = w.handler
                                    where g.kind = 'circuit' and g.state = 'closed' and g.permits > 0 and g.earliest_at <= asked.now)
                           and not track_coordination.is_held_besides(w.handler, w.correlation_id, w.definition_id, w.track_no, w.user_id))),
               case when least(n.leases, n.timeouts, n.deadlines, n.circuits) <= 0
                      or exists (select from track_coordination.work_queue w
                                   join track_coordination.definition_tracks t on t.definition_id = w.definition_id and t.track_no = w.track_no
                                  where not w.claimed and w.due_at + t.trigger_timeout <= asked.now
                                    and track_coordination.waiting_since(w.due_at, w.handler, w.correlation_id, w.definition_id, w.track_no, w.user_id)
                                        + t.trigger_timeout <= asked.now)
                    then 'a clock has run out' end,
               (select string_agg('circuit ' || g.circuit || ' is probed', ', ')
                  from track_coordination.gate_states g
                 cross join lateral track_coordination.wave_outcome(g.circuit) o
                 where g.kind = 'circuit' and g.state = 'closed' and g.wave > 0 and g.earliest_at <= asked.now
                   and (o.failures > 0 and o.in_progress = 0 and g.permits = 0
                        or g.changed_at + asked.wave_interval <= asked.now and o.in_progress * 2 <= g.wave
                           and exists (select from track_coordination.probe_ends(g.circuit) e where not e.in_progress)))) as moving,
             (select min(s.seconds) from (values (n.work), (n.leases), (n.timeouts), (n.trigger_timeouts), (n.deadlines), (n.circuits)) s (seconds)
               where s.seconds > 0) as next_in
        from (select cast(? as text) as instance, cast(? as text[]) as served, cast(? as interval) as wave_interval,
                     track_coordination.clock() as now) asked
       cross join lateral track_coordination.next_due(null, asked.wave_interval, '{}') n
      """;

  private static final double LEAST_STEP = 0.001; // seconds

  private final JdbcTemplate sql;
  private final TransactionTemplate snapshot;
  private final TestDatabase database;
  private final String instance;
  private final Supplier<String[]> served;
  private final String waveInterval;
  private final Duration patience;

  /** What still moves, empty at rest; and the seconds until the next clock runs out, or null. */
  private record Look(String moving, Double nextIn) {}

  /**
   * @param instance the name of the coordinator in leases
   * @param served the handlers that it has workers for
   * @param waveInterval its setting {@code circuit.wave-interval}
   * @param patience how long to wait for rest
   */
  Rest(
      TestDatabase database,
      String instance,
      Supplier<String[]> served,
      String waveInterval,
      Duration patience) {
    this.database = database;
    this.sql = database.sql();
    this.snapshot = new TransactionTemplate(new DataSourceTransactionManager(sql.getDataSource()));
    snapshot.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
    this.instance = instance;
    this.served = served;
    this.waveInterval = waveInterval;
    this.patience = patience;
  }

  /**
   * Waits for rest.
   *
   * @throws AssertionError if something still moves when the patience is at its end, saying what
   */
  void await() {
    awaitUnless(() -> false);
  }

  /** The same, but returns as soon as the condition is there. */
  void awaitUnless(BooleanSupplier condition) {
    awaitLook(condition);
  }

  private Look awaitLook(BooleanSupplier condition) {
    Look[] last = new Look[1];
    boolean rests =
        Waiting.until(
            patience,
            () -> {
              last[0] = look();
              return last[0].moving().isEmpty() || condition.getAsBoolean();
            });
    if (!rests) {
      throw new AssertionError(
          "no rest within %d s: %s".formatted(patience.toSeconds(), last[0].moving()));
    }
    return last[0];
  }

  /**
   * Lets time pass as it would, from one clock that runs out to the next: what follows from each
   * has happened before the next one.
   */
  void pass(Duration time) {
    double left = time.toNanos() / 1e9;
    Look look = awaitLook(() -> false);
    while (look.nextIn() != null && look.nextIn() < left) {
      double step = Math.max(look.nextIn(), LEAST_STEP);
      move(step);
      left -= step;
      look = awaitLook(() -> false);
    }
    move(left);
    await();
  }

  private void move(double seconds) {
    database.passTime(Duration.ofNanos((long) Math.ceil(Math.max(seconds, 0) * 1e9)));
  }

  private Look look() {
    return snapshot.execute(
        status ->
            sql.queryForObject(
                LOOK,
                (row, n) ->
                    new Look(row.getString("moving"), row.getObject("next_in", Double.class)),
                instance,
                served.get(),
                waveInterval));
  }
}
