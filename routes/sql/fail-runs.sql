-- Runs that a track failed: ended, whatever is not at its end cancelled. Work that a worker holds may be finished, and is
-- late: without its row in the queue it counts no more, and is never handed to anybody again.
with ended as materialized (
  select r.correlation_id, r.user_id
    from track_coordination.runs r
   where r.correlation_id = any(CAST(:#correlation_ids AS uuid[])) and r.state = 'running'
   order by r.correlation_id
     for update),
failed as (
  update track_coordination.runs r set state = 'failed', finished_at = track_coordination.clock() from ended e where r.correlation_id = e.correlation_id),
cancelled as (
  update track_coordination.activations a set state = m.next_state
    from ended e cross join (select state, next_state from track_coordination.transitions where event = 'cancelled' and condition = 'run ended') m
   where a.correlation_id = e.correlation_id and a.state = m.state
  returning a.correlation_id, a.track_no, a.definition_id, e.user_id),
unqueued as (
  delete from track_coordination.work_queue w using cancelled c
   where w.correlation_id = c.correlation_id and w.track_no = c.track_no)
insert into public.processing_logs (user_id, track_id, event_type, correlation_id, metadata)
select track_coordination.host_user_id(c.user_id), t.track_id, 'cancelled', c.correlation_id, jsonb_build_object('reason', 'a track of its run failed')
  from cancelled c
  cross join lateral (
    select t.track_id from track_coordination.definition_tracks t
     where t.definition_id = c.definition_id and t.track_no = c.track_no offset 0) t
