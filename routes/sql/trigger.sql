-- Writes the triggered rows of what is ready, and its work: as much of it as workers of this instance have room for is theirs
-- at once, as if they had claimed it, those of the highest priority first; the rest is queued, and all of a handler with a limit: a
-- claim asks that. What several events made ready names them all: they are read here,
-- in the statement after the one that waited for them. In a run that ended meanwhile nothing starts.
-- Returns what was handed over, a row each as claim_work does, and a row without a run per handler that has work queued.
with offered as materialized (
  select o.handler, o.room, o.lease, o.worker, h.circuit
    from unnest(CAST(:#${variable.trackHandOvers.handlers} AS text[]), CAST(:#${variable.trackHandOvers.rooms} AS int[]),
                CAST(:#${variable.trackHandOvers.leases} AS interval[]), CAST(:#${variable.trackHandOvers.claims} AS text[]))
         o (handler, room, lease, worker)
    left join track_coordination.handlers h on h.handler = o.handler
   where not exists (select from track_coordination.gate_states where state = 'closed') and h.limited is not true),
ready as materialized (
  select u.correlation_id, u.track_no, u.trigger_event_id, u.source_event_id, r.definition_id, r.user_id, r.priority, r.traceparent, r.state = 'running' or coalesce(r.state = t.on_run_state, false) as may_start,
         t.track_id, t.handler, t.source_track, t.dependency_count, case when t.level = 0 then r.payload end as run_payload
    from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[]), CAST(:#trigger_event_ids AS bigint[]), CAST(:#source_event_ids AS bigint[]))
         u (correlation_id, track_no, trigger_event_id, source_event_id)
    join track_coordination.runs r on r.correlation_id = u.correlation_id
    cross join lateral (
      select t.track_id, t.handler, t.source_track, t.dependency_count, t.on_run_state, t.level from track_coordination.definition_tracks t
       where t.definition_id = r.definition_id and t.track_no = u.track_no offset 0) t),
placed as materialized (
  select y.*, o.worker, o.lease, o.circuit, case when o.worker is not null then nextval('track_coordination.event_ids') end as started_event_id
    from (select *, row_number() over (partition by handler order by priority desc, trigger_event_id) as place from ready where may_start) y
    left join offered o on o.handler = y.handler and o.room >= y.place),
-- leases begin now, not with the transaction, which may have waited
began as materialized (
  select track_coordination.clock() + (clock_timestamp() - now()) as now,
         (select track_coordination.tell_of_lease(min(lease)) from placed where worker is not null) as told),
logged as (
  insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, source_track, metadata)
  select y.trigger_event_id, track_coordination.host_user_id(y.user_id), y.track_id, 'triggered', y.correlation_id, y.source_track,
         case when y.source_event_id is not null then jsonb_build_object('consumed', jsonb_build_array(y.source_event_id)) end
    from placed y where y.source_event_id is not null or y.dependency_count = 0
  union all
  select j.trigger_event_id, track_coordination.host_user_id(j.user_id), j.track_id, 'triggered', j.correlation_id, j.source_track, j.consumed
    from (select array_agg(trigger_event_id) as trigger_event_ids, array_agg(user_id) as user_ids, array_agg(track_id) as track_ids,
                 array_agg(correlation_id) as correlation_ids, array_agg(source_track) as source_tracks,
                 array_agg(definition_id) as definition_ids, array_agg(track_no) as track_nos
            from placed where source_event_id is null and dependency_count > 0 having count(*) > 0) a
    cross join lateral rows from (
      unnest(a.trigger_event_ids, a.user_ids, a.track_ids, a.correlation_ids, a.source_tracks),
      track_coordination.consumed_by(a.correlation_ids, a.definition_ids, a.track_nos))
      j (trigger_event_id, user_id, track_id, correlation_id, source_track, consumed)),
started as (
  insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, attempt)
  select started_event_id, track_coordination.host_user_id(user_id), track_id, 'started', correlation_id, 1 from placed where worker is not null),
queued as (
  insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, worker, claimed_at, definition_id, user_id, priority, source_event_id, traceparent)
  select p.correlation_id, p.track_no, p.handler, case when p.worker is null then track_coordination.clock() else b.now + p.lease end,
         case when p.worker is null then 0 else 1 end, p.worker, case when p.worker is not null then b.now end,
         p.definition_id, p.user_id, p.priority, p.source_event_id, p.traceparent
    from placed p cross join began b),
stopped as (
  update track_coordination.activations a
     set state = (select next_state from track_coordination.transitions where state = 'waiting' and event = 'cancelled' and condition = 'run ended'),
         trigger_event_id = null
    from ready y
   where not y.may_start and a.correlation_id = y.correlation_id and a.track_no = y.track_no)
select p.handler, CAST(p.correlation_id AS text) as correlation_id, p.track_id, p.track_no, 1 as attempt,
       CAST(case when p.source_event_id is not null
                 then coalesce((select l.payload from public.processing_logs l where l.correlation_id = p.correlation_id and l.event_id = p.source_event_id), '{}')
                 else coalesce(p.run_payload, track_coordination.activation_input(p.correlation_id, p.track_no)) end AS text) as payload,
       p.user_id, p.circuit, false as on_permit, p.traceparent
  from placed p where p.worker is not null and p.dependency_count <= 1
union all
select j.handler, CAST(j.correlation_id AS text), j.track_id, j.track_no, 1, CAST(j.payload AS text), j.user_id, j.circuit, false, j.traceparent
  from (select array_agg(handler) as handlers, array_agg(correlation_id) as correlation_ids, array_agg(track_id) as track_ids,
               array_agg(user_id) as user_ids, array_agg(circuit) as circuits, array_agg(traceparent) as traceparents,
               array_agg(definition_id) as definition_ids, array_agg(track_no) as track_nos
          from placed where worker is not null and dependency_count > 1 having count(*) > 0) a
  cross join lateral rows from (
    unnest(a.handlers, a.correlation_ids, a.track_ids, a.track_nos, a.user_ids, a.circuits, a.traceparents),
    track_coordination.joined_inputs(a.correlation_ids, a.definition_ids, a.track_nos))
    j (handler, correlation_id, track_id, track_no, user_id, circuit, traceparent, payload)
union all
select q.handler, null, null, null, null, null, null, null, null, null
  from (select distinct handler from placed where worker is null) q
 cross join lateral (select track_coordination.wake_workers() where q.handler is not null) w
