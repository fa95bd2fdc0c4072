-- Tracks that wait for no other, by handler: the roots of runs that go on, and of those that ended the handlers for such an
-- end. Each once per run: what an event triggered already, or an operator skipped, is left out. The run's row is locked: whoever
-- ends it meanwhile waits, and sees what began.
with begun as materialized ( -- alone: joined to more, a row that changed while it was waited for may get lost
  select r.correlation_id, r.definition_id, r.state
    from (select distinct u.correlation_id from unnest(CAST(:#correlation_ids AS uuid[])) u (correlation_id)) u
    join track_coordination.runs r on r.correlation_id = u.correlation_id
   order by r.correlation_id
     for key share of r),
first as materialized (
  select r.correlation_id, t.track_no, r.definition_id
    from begun r
    cross join lateral (
      select t.track_no from track_coordination.definition_tracks t
       where r.state = 'running' and t.definition_id = r.definition_id and t.level = 0
      union all
      select t.track_no from track_coordination.definition_tracks t
       where t.definition_id = r.definition_id and t.on_run_state = r.state) t
   order by r.correlation_id, t.track_no),
ready as (
  insert into track_coordination.activations (correlation_id, track_no, definition_id, dependencies, remaining, state, trigger_event_id)
  select correlation_id, track_no, definition_id, 0, 0, 'triggered', nextval('track_coordination.event_ids') from first
      on conflict on constraint activations_pkey do update set state = 'triggered', trigger_event_id = excluded.trigger_event_id
   where activations.state = 'waiting'
  returning correlation_id, track_no, definition_id, trigger_event_id)
select t.handler, t.circuit, t.conditional, count(*) as activations,
       exists (select from track_coordination.gate_states where state = 'closed') as gates_closed,
       CAST(array_agg(y.correlation_id) AS text) as correlation_ids,
       CAST(array_agg(y.track_no) AS text) as track_nos,
       CAST(array_agg(y.trigger_event_id) AS text) as trigger_event_ids,
       CAST(array_agg(CAST(null AS bigint)) AS text) as source_event_ids
  from ready y
  cross join lateral (
    select t.handler, t.circuit, t.condition is not null as conditional from track_coordination.definition_tracks t
     where t.definition_id = y.definition_id and t.track_no = y.track_no offset 0) t
 group by t.handler, t.circuit, t.conditional
