-- Ends the attempts that these reports speak for: their work leaves the queue, which makes each of them count once.
-- A report without attempt speaks for the current one: the one that is claimed, else the next.
with events as materialized (
  select e.event_id, e.correlation_id, e.attempt, t.track_no
    from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[]), CAST(:#track_ids AS text[]), CAST(:#attempts AS int[]))
         e (event_id, correlation_id, track_id, attempt)
    join track_coordination.runs r on r.correlation_id = e.correlation_id
    cross join lateral (
      select t.track_no from track_coordination.definition_tracks t
       where t.definition_id = r.definition_id and t.track_id = e.track_id offset 0) t
   order by e.correlation_id, t.track_no, e.event_id),
held as materialized (
  select e.event_id, w.row_at
    from events e
    cross join lateral (
      select w.ctid as row_at from track_coordination.work_queue w
       where w.correlation_id = e.correlation_id and w.track_no = e.track_no
         and (e.attempt is null or e.attempt = w.attempt + case when w.claimed then 0 else 1 end)
      offset 0 for update) w),
closed as (
  delete from track_coordination.work_queue w using held h
   where w.ctid = h.row_at
  returning h.event_id, w.handler, w.correlation_id, w.track_no, w.attempt + case when w.claimed then 0 else 1 end as attempt),
refused as materialized (
  select u.event_id, u.correlation_id
    from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[])) u (event_id, correlation_id)
   where u.event_id = any(array(select unnest(CAST(:#event_ids AS bigint[])) except select event_id from closed)))
select (select CAST(array_agg(event_id) AS text) from closed) as event_ids,
       (select CAST(array_agg(correlation_id) AS text) from closed) as correlation_ids,
       (select CAST(array_agg(track_no) AS text) from closed) as track_nos,
       (select CAST(array_agg(attempt) AS text) from closed) as attempts,
       (select CAST(array_agg(handler) AS text) from closed) as handlers,
       (select CAST(array_agg(u.event_id) AS text) from refused u) as refused_event_ids,
       (select CAST(array_agg(u.correlation_id) AS text) from refused u) as refused_correlation_ids
