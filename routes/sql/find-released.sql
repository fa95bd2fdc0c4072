-- What is held and has no closed gate any more, by handler: ready once again. A thousand at a time; while there are
-- more, the task goes back to the queue.
with held as materialized (
  select a.correlation_id, a.track_no, a.definition_id, a.source_event_id, t.handler, t.circuit
    from track_coordination.activations a
    join track_coordination.runs r on r.correlation_id = a.correlation_id
    cross join lateral (
      select t.handler, t.circuit from track_coordination.definition_tracks t
       where t.definition_id = a.definition_id and t.track_no = a.track_no offset 0) t
   where a.state = 'held'
     and not track_coordination.is_held(t.handler, a.correlation_id, a.definition_id, a.track_no, r.user_id)
   order by a.correlation_id, a.track_no
   limit 1000
     for update of a skip locked),
ready as (
  update track_coordination.activations a
     set state = (select next_state from track_coordination.transitions where state = 'held' and event = 'triggered' and condition = 'gates open'),
         trigger_event_id = nextval('track_coordination.event_ids')
    from held h
   where a.correlation_id = h.correlation_id and a.track_no = h.track_no
  returning a.correlation_id, a.track_no, a.trigger_event_id, a.source_event_id, h.handler, h.circuit),
more as (
  insert into track_coordination.event_queue (event_id, event_type)
  select nextval('track_coordination.event_ids'), 'released' where (select count(*) from held) = 1000)
select handler, circuit, count(*) as activations,
       exists (select from track_coordination.gate_states where state = 'closed') as gates_closed,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_no) AS text) as track_nos,
       CAST(array_agg(trigger_event_id) AS text) as trigger_event_ids,
       CAST(array_agg(source_event_id) AS text) as source_event_ids
  from ready
 group by handler, circuit
