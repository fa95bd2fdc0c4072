-- Makes held activations ready once again, which the caller has locked. By handler, as settling does.
with ready as (
  update track_coordination.activations a
     set state = (select next_state from track_coordination.transitions where state = 'held' and event = 'triggered' and condition = 'gates open'),
         trigger_event_id = nextval('track_coordination.event_ids')
    from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[])) u (correlation_id, track_no)
   where a.correlation_id = u.correlation_id and a.track_no = u.track_no and a.state = 'held'
  returning a.correlation_id, a.track_no, a.definition_id, a.trigger_event_id, a.source_event_id)
select t.handler, t.circuit, t.conditional, count(*) as activations, CAST(:#gates_closed AS boolean) as gates_closed,
       CAST(array_agg(y.correlation_id) AS text) as correlation_ids,
       CAST(array_agg(y.track_no) AS text) as track_nos,
       CAST(array_agg(y.trigger_event_id) AS text) as trigger_event_ids,
       CAST(array_agg(y.source_event_id) AS text) as source_event_ids
  from ready y
  cross join lateral (
    select t.handler, t.circuit, t.condition is not null as conditional from track_coordination.definition_tracks t
     where t.definition_id = y.definition_id and t.track_no = y.track_no offset 0) t
 group by t.handler, t.circuit, t.conditional
