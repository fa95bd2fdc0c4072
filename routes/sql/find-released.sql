-- What is held and has no closed gate any more, locked. A thousand at a time; while there are more, the task goes back to
-- the queue.
with held as materialized (
  select a.correlation_id, a.track_no
    from track_coordination.activations a
    join track_coordination.runs r on r.correlation_id = a.correlation_id
    cross join lateral (
      select t.handler from track_coordination.definition_tracks t
       where t.definition_id = a.definition_id and t.track_no = a.track_no offset 0) t
   where a.held
     and not track_coordination.is_held(t.handler, a.correlation_id, a.definition_id, a.track_no, r.user_id)
   order by a.correlation_id, a.track_no
   limit 1000
     for update of a skip locked),
more as (
  insert into track_coordination.event_queue (event_id, event_type)
  select nextval('track_coordination.event_ids'), 'released' where (select count(*) from held) = 1000)
select exists (select from track_coordination.gate_states where state = 'closed') as gates_closed,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_no) AS text) as track_nos
  from held
