-- The handlers that are activated when a run ends as these did, by handler; each once per run.
with ended as materialized (
  select r.correlation_id, t.track_no, r.definition_id
    from (select distinct u.correlation_id from unnest(CAST(:#correlation_ids AS uuid[])) u (correlation_id)) u
    join track_coordination.runs r on r.correlation_id = u.correlation_id
    join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.on_run_state = r.state
   order by r.correlation_id, t.track_no),
ready as (
  insert into track_coordination.activations (correlation_id, track_no, definition_id, dependencies, remaining, state, trigger_event_id)
  select correlation_id, track_no, definition_id, 0, 0, 'triggered', nextval('track_coordination.event_ids') from ended
      on conflict on constraint activations_pkey do nothing
  returning correlation_id, track_no, definition_id, trigger_event_id)
select t.handler, t.circuit, count(*) as activations,
       exists (select from track_coordination.gate_states where state = 'closed') as gates_closed,
       CAST(array_agg(y.correlation_id) AS text) as correlation_ids,
       CAST(array_agg(y.track_no) AS text) as track_nos,
       CAST(array_agg(y.trigger_event_id) AS text) as trigger_event_ids,
       CAST(array_agg(CAST(null AS bigint)) AS text) as source_event_ids
  from ready y
  join track_coordination.definition_tracks t on t.definition_id = y.definition_id and t.track_no = y.track_no
 group by t.handler, t.circuit
