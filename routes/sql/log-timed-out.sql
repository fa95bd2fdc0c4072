-- Logs attempts that a clock ended.
with ended as materialized (
  select nextval('track_coordination.event_ids') as event_id, u.*, t.track_id, r.user_id
    from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[]), CAST(:#attempts AS int[]), CAST(:#messages AS text[]))
         u (correlation_id, track_no, attempt, message)
    join track_coordination.runs r on r.correlation_id = u.correlation_id
    join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_no = u.track_no),
logged as (
  insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, attempt, payload)
  select event_id, track_coordination.host_user_id(user_id), track_id, 'timed_out', correlation_id, nullif(attempt, 0),
         jsonb_build_object('error', jsonb_build_object('class', CAST(:#error_class AS text), 'message', message))
    from ended)
select CAST(array_agg(event_id) AS text) as event_ids,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_no) AS text) as track_nos,
       CAST(array_agg(attempt) AS text) as attempts
  from ended
