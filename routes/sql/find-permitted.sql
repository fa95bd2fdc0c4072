-- Held activations that the permits of these circuits let go, locked: no more than there are permits without queued work.
-- They pass no gate again: theirs is closed, and no other holds them.
with permits as materialized (
  select g.circuit, greatest(0, g.permits - track_coordination.circuit_queued(g.circuit, g.permits)) as room
    from track_coordination.gate_states g
   where g.kind = 'circuit' and g.state = 'closed' and g.circuit = any(CAST(:#circuits AS text[]))),
held as materialized (
  select h.*
    from permits p
    cross join lateral (
      select a.correlation_id, a.track_no
        from track_coordination.activations a
        join track_coordination.runs r on r.correlation_id = a.correlation_id
        join track_coordination.definition_tracks t on t.definition_id = a.definition_id and t.track_no = a.track_no
        join track_coordination.handlers h on h.handler = t.handler and h.circuit = p.circuit
       where a.held
         and not track_coordination.is_held_besides(t.handler, a.correlation_id, a.definition_id, a.track_no, r.user_id)
       order by a.correlation_id, a.track_no
       limit p.room
         for update of a skip locked) h)
select false as gates_closed,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_no) AS text) as track_nos
  from held
