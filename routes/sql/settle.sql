-- What completed, or has data ready, meets the dependencies downstream. Completes activations as the transitions say,
-- ends runs whose last leaf completed, counts down, and returns what became ready: one row per handler, what has a condition apart.
--
-- Counters are lowered only by rows that "settled" returned, so once per dependency whatever is repeated; the upsert takes
-- the newest row version, so that concurrent fan-ins count right under READ COMMITTED. Rows are taken in key order.
-- "offset 0" keeps the lookups by key whatever the statistics say.
with recursive events as materialized (
  select *
    from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[])) e (event_id, correlation_id, track_no)
   order by correlation_id, track_no),
moves as materialized (
  select state, next_state, event = 'completed' as completes
    from track_coordination.transitions
   where event = :#trackEventType and condition = 'current attempt' and fate = 'consumed'),
settled as (
  update track_coordination.activations a
     set state = (select m.next_state from moves m where m.state = a.state),
         result_event_id = case when e.completes then e.event_id end,
         data_event_id = coalesce(a.data_event_id, e.event_id)
    from (select e.*, (select bool_or(completes) from moves) as completes from events e) e
   where a.correlation_id = e.correlation_id and a.track_no = e.track_no
     and a.state = any(array(select state from moves)) and (e.completes or a.data_event_id is null)
  returning a.correlation_id, a.track_no, a.definition_id, a.counts_as_leaf, e.event_id, e.completes, a.data_event_id = e.event_id as brings_data),
edges as materialized (
  select s.correlation_id, s.track_no, s.definition_id, s.counts_as_leaf, s.event_id, s.completes, d.downstream_no, d.dependency_count, coalesce(d.ends_run, true) as ends_run,
         case d.on_event
           when 'completed' then s.completes
           when 'data_ready' then s.brings_data and not (d.stands_in and track_coordination.had_data(s.correlation_id, s.definition_id, s.track_no))
           else false end as met,
         s.completes and d.on_event = 'failed' as needs_no_fallback
    from settled s
    left join lateral (
      select d.downstream_no, d.dependency_count, d.on_event, d.stands_in, d.ends_run from track_coordination.definition_dependencies d
       where d.definition_id = s.definition_id and d.upstream_no = s.track_no offset 0) d on true),
ended as (
  update track_coordination.runs r
     set remaining_leaves = r.remaining_leaves - l.leaves,
         state = case when r.remaining_leaves > l.leaves then r.state when r.will_fail then 'failed' else 'completed' end,
         finished_at = case when r.remaining_leaves > l.leaves then r.finished_at else track_coordination.clock() end
    from (select correlation_id, CAST(count(*) filter (where ends_run) + count(distinct track_no) filter (where counts_as_leaf) AS int) as leaves
            from edges where completes and track_no > 0 and (ends_run or counts_as_leaf)
           group by correlation_id order by correlation_id) l
   where r.correlation_id = l.correlation_id and r.state = 'running'
  returning r.correlation_id, r.definition_id, r.state),
at_its_end as (
  insert into track_coordination.event_queue (event_id, event_type, correlation_id)
  select nextval('track_coordination.event_ids'), 'ended', e.correlation_id
    from ended e join track_coordination.definition_tracks t on t.definition_id = e.definition_id and t.on_run_state = e.state),
unneeded as (   -- and the fallbacks of fallbacks
  select correlation_id, downstream_no as track_no, definition_id from edges where needs_no_fallback
  union all
  select u.correlation_id, t.fallback_no, u.definition_id
    from unneeded u
    cross join lateral (
      select t.fallback_no from track_coordination.definition_tracks t
       where t.definition_id = u.definition_id and t.track_no = u.track_no and t.fallback_no is not null offset 0) t),
unused as (
  insert into track_coordination.activations (correlation_id, track_no, definition_id, dependencies, remaining, skipped, state)
  select correlation_id, track_no, definition_id, 1, 0, 1, 'skipped' from unneeded
      on conflict on constraint activations_pkey do update   -- it was skipped before, and reopened with what it steps in for
     set remaining = 0, skipped = 1, state = 'skipped' where activations.state = 'waiting'
  returning correlation_id, track_no, definition_id),
unused_logged as (
  insert into public.processing_logs (user_id, track_id, event_type, correlation_id, metadata)
  select track_coordination.host_user_id(r.user_id), t.track_id, 'skipped', u.correlation_id,
         jsonb_build_object('reason', 'the track that it steps in for completed')
    from unused u
    join track_coordination.runs r on r.correlation_id = u.correlation_id
    join track_coordination.definition_tracks t on t.definition_id = u.definition_id and t.track_no = u.track_no),
downstream as materialized (
  select correlation_id, downstream_no, definition_id, dependency_count, CAST(count(*) AS int) as met, min(event_id) as event_id
    from edges
   where met and (correlation_id, downstream_no) not in (select correlation_id, track_no from settled)  -- after a retry both may complete at once
   group by correlation_id, downstream_no, definition_id, dependency_count
   order by correlation_id, downstream_no),
ready_alone as (
  insert into track_coordination.activations (correlation_id, track_no, definition_id, dependencies, remaining, state, trigger_event_id, source_event_id)
  select correlation_id, downstream_no, definition_id, 1, 0, 'triggered', nextval('track_coordination.event_ids'), event_id
    from downstream where dependency_count = 1
      on conflict on constraint activations_pkey do update
     set remaining = 0, state = 'triggered', trigger_event_id = excluded.trigger_event_id, source_event_id = excluded.source_event_id
   where activations.state = 'waiting'
  returning correlation_id, track_no, definition_id, trigger_event_id, source_event_id),
ready_joined as (
  insert into track_coordination.activations as a (correlation_id, track_no, definition_id, dependencies, remaining, state, trigger_event_id)
  select correlation_id, downstream_no, definition_id, dependency_count, dependency_count - met,
         case when dependency_count = met then 'triggered' else 'waiting' end,
         case when dependency_count = met then nextval('track_coordination.event_ids') end
    from downstream where dependency_count > 1
      on conflict on constraint activations_pkey do update
     set remaining = a.remaining - (excluded.dependencies - excluded.remaining),
         state = case when a.remaining = excluded.dependencies - excluded.remaining then 'triggered' else 'waiting' end,
         trigger_event_id = case when a.remaining = excluded.dependencies - excluded.remaining then nextval('track_coordination.event_ids') end
   where a.state = 'waiting'
  returning a.correlation_id, a.track_no, a.definition_id, a.trigger_event_id, a.source_event_id, a.state),
ready as (
  select correlation_id, track_no, definition_id, trigger_event_id, source_event_id from ready_alone
  union all
  select correlation_id, track_no, definition_id, trigger_event_id, source_event_id from ready_joined where state = 'triggered')
select t.handler, t.circuit, t.conditional, count(*) as activations,
       exists (select from track_coordination.gate_states where state = 'closed') as gates_closed,
       CAST(array_agg(y.correlation_id) AS text) as correlation_ids,
       CAST(array_agg(y.track_no) AS text) as track_nos,
       CAST(array_agg(y.trigger_event_id) AS text) as trigger_event_ids,
       CAST(array_agg(y.source_event_id) AS text) as source_event_ids
  from ready y
  cross join lateral (
    select t.handler, t.circuit, t.condition is not null as conditional from track_coordination.definition_tracks t
     where t.definition_id = y.definition_id and t.track_no = y.track_no offset 0) t
 group by t.handler, t.circuit, t.conditional
