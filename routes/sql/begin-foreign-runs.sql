-- Events of runs that nobody knows: where their track is a root of exactly one current definition, or their metadata
-- names the workflow, a run begins with the first of them. That root counts as triggered; the others are begun.
with strangers as materialized (
  select distinct on (e.correlation_id) e.event_id, e.correlation_id, e.track_id, l.user_id, l.metadata
    from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[]), CAST(:#track_ids AS text[])) e (event_id, correlation_id, track_id)
    left join track_coordination.runs r on r.correlation_id = e.correlation_id
    cross join lateral (
      select CAST(l.user_id AS text) as user_id, l.metadata from public.processing_logs l
       where l.correlation_id = e.correlation_id and l.event_id = e.event_id limit 1) l
   where r.correlation_id is null
   order by e.correlation_id, e.event_id),
roots as materialized (
  select s.event_id, s.correlation_id, s.user_id, t.definition_id, t.track_no, t.track_id, t.handler, d.leaf_count,
         nextval('track_coordination.event_ids') as trigger_event_id,
         (select count(*) from track_coordination.definition_tracks o where o.definition_id = t.definition_id and o.dependency_count = 0) as roots
    from strangers s
    cross join lateral (
      select min(t.definition_id) as definition_id
        from track_coordination.workflows w
        join track_coordination.definition_tracks t on t.definition_id = w.definition_id and t.track_id = s.track_id and t.dependency_count = 0
       where s.metadata ->> 'workflow' is null or w.workflow = s.metadata ->> 'workflow'
      having count(*) = 1) one
    join track_coordination.definition_tracks t on t.definition_id = one.definition_id and t.track_id = s.track_id
    join track_coordination.definitions d on d.definition_id = one.definition_id),
begun as (
  insert into track_coordination.runs (correlation_id, definition_id, user_id, remaining_leaves, began_with)
  select correlation_id, definition_id, user_id, leaf_count, event_id from roots
      on conflict on constraint runs_pkey do nothing
  returning correlation_id),
ours as materialized (select roots.* from roots join begun on begun.correlation_id = roots.correlation_id),
activated as (
  insert into track_coordination.activations (correlation_id, track_no, definition_id, dependencies, remaining, state, trigger_event_id)
  select correlation_id, track_no, definition_id, 0, 0, 'triggered', trigger_event_id from ours),
logged as (
  insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id)
  select trigger_event_id, track_coordination.host_user_id(user_id), track_id, 'triggered', correlation_id from ours),
queued as (
  insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, definition_id, user_id)
  select correlation_id, track_no, handler, now(), 0, definition_id, user_id from ours)
insert into track_coordination.event_queue (event_id, event_type, correlation_id)
select nextval('track_coordination.event_ids'), 'begun', correlation_id from ours where roots > 1
