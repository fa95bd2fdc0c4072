-- The ends of attempts of our own workers, fenced by the attempt, as log rows that the caller settles in this transaction.
-- The rows are looked up and locked by key, one by one ("offset 0"), then deleted where they lie: whatever the statistics
-- of a queue that was empty a minute ago make of it, the queue is never read whole.
with held as materialized (
  select u.payload, u.place, w.row_at
    from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[]), CAST(:#attempts AS int[]), CAST(:#payloads AS text[]))
         with ordinality u (correlation_id, track_no, attempt, payload, place)
    cross join lateral (
      select w.ctid as row_at from track_coordination.work_queue w
       where w.correlation_id = u.correlation_id and w.track_no = u.track_no and w.attempt = u.attempt and w.worker is not null
      offset 0 for update) w),
finished as (
  delete from track_coordination.work_queue w using held h
   where w.ctid = h.row_at
  returning w.correlation_id, w.track_no, w.attempt, w.user_id, w.definition_id, h.payload, h.place),
events as materialized (select nextval('track_coordination.event_ids') as event_id, finished.* from finished),
logged as (
  insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, attempt, payload, metadata)
  select e.event_id, track_coordination.host_user_id(e.user_id), t.track_id, :#trackEventType, e.correlation_id, e.attempt,
         CAST(e.payload AS jsonb), t.targets
    from events e
    cross join lateral (
      select t.track_id, t.targets from track_coordination.definition_tracks t
       where t.definition_id = e.definition_id and t.track_no = e.track_no offset 0) t)
select count(*) as events,
       CAST(array_agg(event_id) AS text) as event_ids,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_no) AS text) as track_nos,
       CAST(array_agg(attempt) AS text) as attempts,
       coalesce(CAST(array_agg(place) AS text), '{}') as places
  from events
