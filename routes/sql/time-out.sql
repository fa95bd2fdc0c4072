-- Ends the attempts that a clock found, whose work it has locked: they leave the queue and are logged. What nobody claimed
-- is attempt 0, which no other follows. Looked up by key ("offset 0"), whatever the statistics say.
with found as materialized (
  select u.message, w.row_at
    from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[]), CAST(:#messages AS text[])) u (correlation_id, track_no, message)
    cross join lateral (
      select w.ctid as row_at from track_coordination.work_queue w
       where w.correlation_id = u.correlation_id and w.track_no = u.track_no offset 0) w),
ended as (
  delete from track_coordination.work_queue w using found f where w.ctid = f.row_at
  returning nextval('track_coordination.event_ids') as event_id, w.correlation_id, w.track_no, w.definition_id, w.user_id, w.handler,
            case when w.claimed then w.attempt else 0 end as attempt, f.message),
logged as (
  insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, attempt, payload)
  select e.event_id, track_coordination.host_user_id(e.user_id), t.track_id, 'timed_out', e.correlation_id, nullif(e.attempt, 0),
         jsonb_build_object('error', jsonb_build_object('class', CAST(:#error_class AS text), 'message', e.message))
    from ended e
    join track_coordination.definition_tracks t on t.definition_id = e.definition_id and t.track_no = e.track_no)
select CAST(array_agg(event_id) AS text) as event_ids,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_no) AS text) as track_nos,
       CAST(array_agg(attempt) AS text) as attempts,
       CAST(array_agg(handler) filter (where attempt > 0) AS text) as handlers,
       CAST(:#error_class AS text) as error_class
  from ended
