-- Which attempts that failed or timed out are followed by another? Those go back to the queue, due after their pause, and
-- are logged as retried. While the circuit of the handler is closed off, an attempt counts for nothing: its limit moves on.
-- Returns the others: what failed for good. The activations are locked: who ends or skips one meanwhile is to find the work that
-- is queued here.
with ended as materialized (
  select u.event_id, u.correlation_id, u.track_no, u.attempt, a.definition_id, r.user_id, r.priority, r.traceparent, l.error,
         t.track_id, t.handler, t.backoff, t.multiplier, t.max_backoff, t.jitter, t.not_on,
         coalesce(a.attempt_limit, t.max_attempts) as attempt_limit, g.circuit as closed_circuit
    from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[]), CAST(:#attempts AS int[]))
         u (event_id, correlation_id, track_no, attempt)
    join track_coordination.activations a on a.correlation_id = u.correlation_id and a.track_no = u.track_no
    join track_coordination.runs r on r.correlation_id = u.correlation_id
    cross join lateral (
      select t.* from track_coordination.definition_tracks t
       where t.definition_id = a.definition_id and t.track_no = a.track_no offset 0) t
    cross join lateral (
      select l.payload -> 'error' as error from public.processing_logs l
       where l.correlation_id = u.correlation_id and l.event_id = u.event_id limit 1) l
    left join track_coordination.handlers h on h.handler = t.handler
    left join track_coordination.gate_states g on g.kind = 'circuit' and g.circuit = h.circuit and g.state = 'closed'
   order by u.correlation_id, u.track_no
     for no key update of a),
judged as materialized (
  select e.*, case when e.attempt = 0 then 'final'   -- nobody claimed it in time
                   when not track_coordination.is_worth_a_retry(e.error, e.not_on) then 'final'
                   when e.closed_circuit is not null then 'free'
                   when e.attempt < e.attempt_limit then 'counted'
                   else 'final' end as verdict,
         track_coordination.retry_pause(e.attempt, e.backoff, e.multiplier, e.max_backoff, e.jitter) as pause
    from ended e),
moved as (
  update track_coordination.activations a set attempt_limit = j.attempt_limit + 1
    from judged j
   where j.verdict = 'free' and a.correlation_id = j.correlation_id and a.track_no = j.track_no),
queued as (
  insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, definition_id, user_id, priority, traceparent)
  select j.correlation_id, j.track_no, j.handler, track_coordination.clock() + j.pause, j.attempt, j.definition_id, j.user_id, j.priority, j.traceparent
    from judged j where j.verdict <> 'final'),
logged as (
  insert into public.processing_logs (user_id, track_id, event_type, correlation_id, attempt, metadata)
  select track_coordination.host_user_id(j.user_id), j.track_id, 'retried', j.correlation_id, j.attempt,
         jsonb_build_object('dueAt', track_coordination.clock() + j.pause, 'reason',
           case j.verdict when 'free' then 'circuit ' || j.closed_circuit || ' is open, the attempt does not count'
                          else 'attempt ' || j.attempt || ' of ' || j.attempt_limit || ' failed' end)
    from judged j where j.verdict <> 'final')
select count(*) as activations,
       CAST(array_agg(event_id) AS text) as event_ids,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_no) AS text) as track_nos
  from judged where verdict = 'final'
