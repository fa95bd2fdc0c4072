-- What failed or timed out ends its activation as the transitions say; one row per policy with the runs that it concerns.
with events as materialized (
  select *
    from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[])) e (event_id, correlation_id, track_no)
   order by correlation_id, track_no),
moves as materialized (
  select state, next_state from track_coordination.transitions
   where event = :#trackEventType and condition = 'current attempt' and fate = 'consumed'),
settled as (
  update track_coordination.activations a
     set state = m.next_state, result_event_id = e.event_id
    from events e cross join moves m
   where a.correlation_id = e.correlation_id and a.track_no = e.track_no and a.state = m.state
  returning a.correlation_id, a.track_no, a.definition_id)
select t.on_failure, count(*) as activations, CAST(array_agg(distinct s.correlation_id) AS text) as correlation_ids
  from settled s
  cross join lateral (
    select t.on_failure from track_coordination.definition_tracks t
     where t.definition_id = s.definition_id and t.track_no = s.track_no offset 0) t
 group by t.on_failure
