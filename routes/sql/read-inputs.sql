-- The conditions of ready activations, and the inputs that they are asked over. Nothing is asked in a run that ended
-- meanwhile: no input comes back, and trigger.sql starts nothing there.
with ready as materialized (
  select u.correlation_id, u.track_no, u.trigger_event_id, u.source_event_id, r.definition_id, r.user_id, r.state = 'running' as goes_on,
         t.track_id, t.condition, t.dependency_count, case when t.level = 0 then r.payload end as run_payload
    from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[]), CAST(:#trigger_event_ids AS bigint[]), CAST(:#source_event_ids AS bigint[]))
         u (correlation_id, track_no, trigger_event_id, source_event_id)
    join track_coordination.runs r on r.correlation_id = u.correlation_id
    cross join lateral (
      select t.track_id, t.condition, t.dependency_count, t.level from track_coordination.definition_tracks t
       where t.definition_id = r.definition_id and t.track_no = u.track_no offset 0) t)
select CAST(y.correlation_id AS text) as correlation_id, y.track_no, y.trigger_event_id, y.source_event_id, y.track_id, y.user_id, y.condition,
       CAST(case when not y.goes_on then null
                 when y.source_event_id is not null
                 then coalesce((select l.payload from public.processing_logs l where l.correlation_id = y.correlation_id and l.event_id = y.source_event_id), '{}')
                 else coalesce(y.run_payload, track_coordination.activation_input(y.correlation_id, y.track_no)) end AS text) as input
  from ready y where y.dependency_count <= 1 or not y.goes_on
union all
select CAST(j.correlation_id AS text), j.track_no, j.trigger_event_id, j.source_event_id, j.track_id, j.user_id, j.condition, CAST(j.input AS text)
  from (select array_agg(correlation_id) as correlation_ids, array_agg(track_no) as track_nos, array_agg(trigger_event_id) as trigger_event_ids,
               array_agg(source_event_id) as source_event_ids, array_agg(track_id) as track_ids, array_agg(user_id) as user_ids,
               array_agg(condition) as conditions, array_agg(definition_id) as definition_ids
          from ready where dependency_count > 1 and goes_on having count(*) > 0) a
  cross join lateral rows from (
    unnest(a.correlation_ids, a.track_nos, a.trigger_event_ids, a.source_event_ids, a.track_ids, a.user_ids, a.conditions),
    track_coordination.joined_inputs(a.correlation_ids, a.definition_ids, a.track_nos))
    j (correlation_id, track_no, trigger_event_id, source_event_id, track_id, user_id, condition, input)
