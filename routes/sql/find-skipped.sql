-- What an operator skipped: one row for those that hand a payload on, one for those that hand on nothing. Where the end of
-- the run came first nothing follows, unless the run is retried.
with skipped as materialized (
  select u.event_id, r.correlation_id, a.track_no, a.result_event_id, r.state = 'running' as goes_on
    from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[]), CAST(:#track_ids AS text[])) u (event_id, correlation_id, track_id)
    join track_coordination.runs r on r.correlation_id = u.correlation_id
    join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_id = u.track_id
    join track_coordination.activations a on a.correlation_id = u.correlation_id and a.track_no = t.track_no and a.state = 'skipped'),
overtaken as (
  insert into track_coordination.event_fates (correlation_id, event_id, fate, reason)
  select correlation_id, event_id, 'late', 'its run had ended; passed on if the run is retried' from skipped where not goes_on)
select case when result_event_id is null then 'skipped' else 'met' end as hands_on, count(*) as activations,
       CAST(array_agg(event_id) AS text) as event_ids,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_no) AS text) as track_nos
  from skipped where goes_on
 group by result_event_id is null
