-- What failed or timed out for good ends its activation as the transitions say; one row per policy with what it concerns.
-- A run in which dependents are skipped goes on, and will have failed at its end.
with events as materialized (
  select *
    from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[])) e (event_id, correlation_id, track_no)
   order by correlation_id, track_no),
moves as materialized (
  select distinct state, next_state from track_coordination.transitions
   where event = :#${variable.trackEventType} and condition in ('last attempt', 'not claimed in time') and fate = 'consumed'),
settled as (
  update track_coordination.activations a
     set state = m.next_state, result_event_id = e.event_id
    from events e cross join moves m
   where a.correlation_id = e.correlation_id and a.track_no = e.track_no and a.state = m.state
  returning a.correlation_id, a.track_no, a.definition_id, a.result_event_id),
policies as materialized (
  select s.*, t.on_failure
    from settled s
    cross join lateral (
      select t.on_failure from track_coordination.definition_tracks t
       where t.definition_id = s.definition_id and t.track_no = s.track_no offset 0) t),
failing as (
  update track_coordination.runs r set will_fail = true
    from (select distinct correlation_id from policies where on_failure = 'skip-downstream' order by correlation_id) p
   where r.correlation_id = p.correlation_id)
select on_failure, count(*) as activations,
       CAST(array_agg(result_event_id) AS text) as event_ids,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_no) AS text) as track_nos
  from policies
 group by on_failure
