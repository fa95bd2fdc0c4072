-- Which of these reports speak for an attempt that goes on? The attempt stays as it is. Both rows are locked until the
-- caller settled: else a report or an end of the same track could come in between, and this one would have no fate.
with events as materialized (
  select e.event_id, e.correlation_id, e.attempt, t.track_no
    from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[]), CAST(:#track_ids AS text[]), CAST(:#attempts AS int[]))
         e (event_id, correlation_id, track_id, attempt)
    join track_coordination.runs r on r.correlation_id = e.correlation_id
    cross join lateral (
      select t.track_no from track_coordination.definition_tracks t
       where t.definition_id = r.definition_id and t.track_id = e.track_id offset 0) t
   order by e.correlation_id, t.track_no, e.event_id),
locked as materialized (
  select e.event_id, e.correlation_id, e.track_no
    from events e
    join track_coordination.work_queue w on w.correlation_id = e.correlation_id and w.track_no = e.track_no
    join track_coordination.activations a on a.correlation_id = e.correlation_id and a.track_no = e.track_no
   where (e.attempt is null or e.attempt = w.attempt + case when w.claimed then 0 else 1 end) and a.data_event_id is null
   order by e.correlation_id, e.track_no, e.event_id
     for update of w, a),
matched as materialized (
  select distinct on (correlation_id, track_no) event_id, correlation_id, track_no
    from locked
   order by correlation_id, track_no, event_id),
refused as materialized (
  select u.event_id, u.correlation_id
    from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[])) u (event_id, correlation_id)
   where u.event_id = any(array(select unnest(CAST(:#event_ids AS bigint[])) except select event_id from matched)))
select (select CAST(array_agg(event_id) AS text) from matched) as event_ids,
       (select CAST(array_agg(correlation_id) AS text) from matched) as correlation_ids,
       (select CAST(array_agg(track_no) AS text) from matched) as track_nos,
       (select CAST(array_agg(u.event_id) AS text) from refused u) as refused_event_ids,
       (select CAST(array_agg(u.correlation_id) AS text) from refused u) as refused_correlation_ids
