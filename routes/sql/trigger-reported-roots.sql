-- Roots that a foreign writer reports on before the coordinator began them: their work is under way already, so they
-- count as triggered. In the statement after the one that may have waited for their run, whose row is locked: whoever ends
-- it meanwhile waits, and sees what began.
with begun as materialized (
  select r.correlation_id, r.definition_id, r.user_id, r.priority, r.traceparent
    from (select distinct u.correlation_id from unnest(CAST(:#correlation_ids AS uuid[])) u (correlation_id)) e
    join track_coordination.runs r on r.correlation_id = e.correlation_id and r.state = 'running'
   order by r.correlation_id
     for key share of r),
reported as materialized (
  select distinct r.correlation_id, r.definition_id, r.user_id, r.priority, r.traceparent, t.track_no, t.track_id, t.handler
    from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_ids AS text[])) e (correlation_id, track_id)
    join begun r on r.correlation_id = e.correlation_id
    cross join lateral (
      select t.track_no, t.track_id, t.handler from track_coordination.definition_tracks t
       where t.definition_id = r.definition_id and t.track_id = e.track_id and t.level = 0 offset 0) t
    left join track_coordination.activations a on a.correlation_id = r.correlation_id and a.track_no = t.track_no
   where a.correlation_id is null or a.state = 'waiting'
   order by r.correlation_id, t.track_no),
activated as (
  insert into track_coordination.activations (correlation_id, track_no, definition_id, dependencies, remaining, state, trigger_event_id)
  select correlation_id, track_no, definition_id, 0, 0, 'triggered', nextval('track_coordination.event_ids') from reported
      on conflict on constraint activations_pkey do update set state = 'triggered', trigger_event_id = excluded.trigger_event_id
   where activations.state = 'waiting'
  returning correlation_id, track_no, trigger_event_id),
ours as materialized (
  select p.*, a.trigger_event_id from reported p join activated a on a.correlation_id = p.correlation_id and a.track_no = p.track_no),
logged as (
  insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id)
  select trigger_event_id, track_coordination.host_user_id(user_id), track_id, 'triggered', correlation_id from ours)
insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, definition_id, user_id, priority, traceparent)
select correlation_id, track_no, handler, track_coordination.clock(), 0, definition_id, user_id, priority, traceparent from ours
