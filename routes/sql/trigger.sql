-- Writes the triggered rows of what is ready and queues the work. What several events made ready names them all: they
-- are read here, in the statement after the one that waited for them. In a run that ended meanwhile nothing starts.
with ready as materialized (
  select u.correlation_id, u.track_no, u.trigger_event_id, u.source_event_id, r.definition_id, r.user_id, r.state = 'running' or coalesce(r.state = t.on_run_state, false) as may_start,
         t.track_id, t.handler, t.source_track, t.dependency_count
    from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[]), CAST(:#trigger_event_ids AS bigint[]), CAST(:#source_event_ids AS bigint[]))
         u (correlation_id, track_no, trigger_event_id, source_event_id)
    join track_coordination.runs r on r.correlation_id = u.correlation_id
    cross join lateral (
      select t.track_id, t.handler, t.source_track, t.dependency_count, t.on_run_state from track_coordination.definition_tracks t
       where t.definition_id = r.definition_id and t.track_no = u.track_no offset 0) t),
logged as (
  insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, source_track, metadata)
  select y.trigger_event_id, track_coordination.host_user_id(y.user_id), y.track_id, 'triggered', y.correlation_id, y.source_track,
         case when y.source_event_id is not null then jsonb_build_object('consumed', jsonb_build_array(y.source_event_id))
              when y.dependency_count > 0 then (
                select jsonb_build_object('consumed', coalesce(jsonb_agg(h.event_id order by d.upstream_no) filter (where h.event_id is not null), '[]'))
                  from track_coordination.definition_dependencies d
                  join track_coordination.activations a on a.correlation_id = y.correlation_id and a.track_no = d.upstream_no
                  cross join lateral (
                    select case when d.on_event = 'failed' or (a.state = 'completed' and d.on_event = 'completed') then a.result_event_id
                                else track_coordination.handed_on(a.correlation_id, d.definition_id, a.track_no, a.state, a.result_event_id, a.data_event_id, d.on_event)
                           end as event_id) h
                 where d.definition_id = y.definition_id and d.downstream_no = y.track_no and not d.stands_in) end
    from ready y where y.may_start),
queued as (
  insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, definition_id, user_id, source_event_id)
  select correlation_id, track_no, handler, track_coordination.clock(), 0, definition_id, user_id, source_event_id from ready where may_start
  returning handler),
stopped as (
  update track_coordination.activations a
     set state = (select next_state from track_coordination.transitions where state = 'waiting' and event = 'cancelled' and condition = 'run ended'),
         trigger_event_id = null
    from ready y
   where not y.may_start and a.correlation_id = y.correlation_id and a.track_no = y.track_no)
select CAST(array_agg(distinct handler) AS text) as handlers, count(*) as activations, track_coordination.wake_workers()
  from queued
