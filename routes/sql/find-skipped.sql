-- What an operator skipped: one row for those that hand a payload on, one for those that hand on nothing.
select case when a.result_event_id is null then 'skipped' else 'met' end as hands_on, count(*) as activations,
       CAST(array_agg(u.event_id) AS text) as event_ids,
       CAST(array_agg(a.correlation_id) AS text) as correlation_ids,
       CAST(array_agg(a.track_no) AS text) as track_nos
  from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[]), CAST(:#track_ids AS text[])) u (event_id, correlation_id, track_id)
  join track_coordination.runs r on r.correlation_id = u.correlation_id and r.state = 'running'
  join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_id = u.track_id
  join track_coordination.activations a on a.correlation_id = u.correlation_id and a.track_no = t.track_no and a.state = 'skipped'
 group by a.result_event_id is null
