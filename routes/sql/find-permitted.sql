-- Held activations that the permits of these circuits let go, no more than there are permits without queued work. They
-- pass no gate again: theirs is closed, and no other holds them. By handler, as settling does.
with permits as materialized (
  select g.circuit, greatest(0, g.permits - track_coordination.circuit_queued(g.circuit, g.permits)) as room
    from track_coordination.gate_states g
   where g.kind = 'circuit' and g.state = 'closed' and g.circuit = any(CAST(:#circuits AS text[]))),
held as materialized (
  select h.*
    from permits p
    cross join lateral (
      select a.correlation_id, a.track_no, a.source_event_id, t.handler, h.circuit
        from track_coordination.activations a
        join track_coordination.runs r on r.correlation_id = a.correlation_id
        join track_coordination.definition_tracks t on t.definition_id = a.definition_id and t.track_no = a.track_no
        join track_coordination.handlers h on h.handler = t.handler and h.circuit = p.circuit
       where a.state = 'held'
         and not track_coordination.is_held_besides(t.handler, a.correlation_id, a.definition_id, a.track_no, r.user_id)
       order by a.correlation_id, a.track_no
       limit p.room
         for update of a skip locked) h),
ready as (
  update track_coordination.activations a
     set state = (select next_state from track_coordination.transitions where state = 'held' and event = 'triggered' and condition = 'gates open'),
         trigger_event_id = nextval('track_coordination.event_ids')
    from held h
   where a.correlation_id = h.correlation_id and a.track_no = h.track_no
  returning a.correlation_id, a.track_no, a.trigger_event_id, a.source_event_id, h.handler, h.circuit)
select handler, circuit, count(*) as activations, false as gates_closed,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_no) AS text) as track_nos,
       CAST(array_agg(trigger_event_id) AS text) as trigger_event_ids,
       CAST(array_agg(source_event_id) AS text) as source_event_ids
  from ready
 group by handler, circuit
