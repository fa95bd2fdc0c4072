-- Foreign workers that do not claim but say that they started: from now on the attempt is theirs, until the
-- track's timeout: they have no lease. Returns the events that are not of the current attempt, or of none.
with events as materialized (
  select e.event_id, e.correlation_id, e.attempt, t.track_no
    from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[]), CAST(:#track_ids AS text[]), CAST(:#attempts AS int[]))
         e (event_id, correlation_id, track_id, attempt)
    join track_coordination.runs r on r.correlation_id = e.correlation_id
    cross join lateral (
      select t.track_no from track_coordination.definition_tracks t
       where t.definition_id = r.definition_id and t.track_id = e.track_id offset 0) t
   order by e.correlation_id, t.track_no, e.event_id),
started as (
  update track_coordination.work_queue w
     set worker = 'foreign', attempt = w.attempt + 1, claimed_at = track_coordination.clock(), doing = null, doing_since = null,
         due_at = track_coordination.clock() + '100 years',
         under_limit = (select h.max_concurrent from track_coordination.handlers h where h.handler = w.handler)
    from events e
   where w.correlation_id = e.correlation_id and w.track_no = e.track_no and w.worker is null
     and (e.attempt is null or e.attempt = w.attempt + 1)
  returning e.event_id),
refused as materialized (
  select u.event_id, u.correlation_id
    from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[])) u (event_id, correlation_id)
   where u.event_id = any(array(select unnest(CAST(:#event_ids AS bigint[])) except select event_id from started)))
select (select CAST(array_agg(u.event_id) AS text) from refused u) as refused_event_ids,
       (select CAST(array_agg(u.correlation_id) AS text) from refused u) as refused_correlation_ids
