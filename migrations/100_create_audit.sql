-- Rows that break an invariant of the stored data; none is healthy. Runs with events still queued are looked at when
-- those are settled.
--   runs: look at these only; by default at all
set lock_timeout = '500ms';

create or replace function track_coordination.audit(runs uuid[] default null)
returns table (invariant text, correlation_id uuid, track_id text, detail text) language plpgsql stable
-- it reads whole tables, whatever the session that calls it is tuned for; and what is switched off looks costly enough to be
-- compiled, to PostgreSQL before 18. Joined in the order written, by track before by run: statistics of tables that were empty
-- a minute ago let all tracks of a run be joined with all of them
set join_collapse_limit = 1 set enable_hashjoin = on set enable_seqscan = on set enable_mergejoin = on set enable_nestloop = off set jit = off set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
  return query
  with recursive settled as materialized (
    select r.* from track_coordination.runs r
     where (audit.runs is null or r.correlation_id = any(audit.runs))
       and not exists (select from track_coordination.event_queue e where e.correlation_id = r.correlation_id)),
  events as materialized (
    select l.event_id, l.correlation_id, l.track_id, l.event_type, l.attempt
      from public.processing_logs l
     where l.correlation_id is not null and l.event_id is not null and l.track_id is not null
       and (audit.runs is null or l.correlation_id = any(audit.runs))
       and l.event_type in ('triggered', 'started', 'data_ready', 'completed', 'failed', 'timed_out', 'retried', 'skipped', 'cancelled')),
  retries as materialized (
    select e.correlation_id, e.track_id, max(e.event_id) as retried_last from events e where e.event_type = 'retried' group by e.correlation_id, e.track_id),
  all_states as materialized (
    select s.*, t.retried_last
      from track_coordination.activation_states s
      left join retries t using (correlation_id, track_id)
     where audit.runs is null or s.correlation_id = any(audit.runs)),
  states as materialized (
    select s.* from all_states s join settled r using (correlation_id)),
  in_stead as (
    select s.correlation_id, s.track_no, r.definition_id, s.track_no as stands_in_no, s.retried_last from states s join settled r using (correlation_id)
    union all
    select i.correlation_id, i.track_no, i.definition_id, f.track_no, f.retried_last
      from in_stead i
      join track_coordination.definition_tracks t on t.definition_id = i.definition_id and t.track_no = i.stands_in_no and t.fallback_no is not null
      join states f on f.correlation_id = i.correlation_id and f.track_no = t.fallback_no),
  -- of a track or of what stepped in for it
  retried_lines as materialized (
    select correlation_id, track_no, max(retried_last) as retried_last from in_stead group by correlation_id, track_no having max(retried_last) is not null),
  -- What the log says of a track, without what had no effect: completed is for good, any other end until it is retried. Counted,
  -- not put in order: who reports the next attempt may write before we log that there is one.
  told as materialized (
    select e.correlation_id, e.track_id, bool_or(e.event_type = 'completed') as completed, bool_or(e.event_type = 'triggered') as triggered,
           bool_or(e.event_type = 'retried') as retried,
           array_agg(e.event_type) filter (where e.event_type in ('failed', 'timed_out', 'skipped', 'cancelled')) as ends,
           count(*) filter (where e.event_type in ('failed', 'timed_out', 'skipped', 'cancelled')) > count(*) filter (where e.event_type = 'retried') as ended
      from events e
     where not exists (select from track_coordination.event_fates f
                        where f.correlation_id = e.correlation_id and f.event_id = e.event_id
                          and (e.event_type <> 'skipped' or f.fate <> 'late'))   -- an operator's skip that is passed on later
     group by e.correlation_id, e.track_id),
  triggers as materialized (
    select s.correlation_id, s.track_id, s.trigger_event_id, count(e.event_id) as rows
      from states s
      left join events e on e.correlation_id = s.correlation_id and e.event_id = s.trigger_event_id
       and e.event_type = 'triggered' and e.track_id = s.track_id
     where s.state not in ('waiting', 'held') and not (s.state in ('skipped', 'cancelled') and s.trigger_event_id is null)
     group by s.correlation_id, s.track_id, s.trigger_event_id),
  edges as materialized (
    select s.correlation_id, s.track_id, s.track_no, s.state, s.remaining, s.trigger_event_id, u.track_id as upstream, u.state as upstream_state, l.retried_last as upstream_retried_last,
           case when d.on_event = 'data_ready' and u.data_event_id is not null then u.data_event_id
                when u.state = 'completed' then u.result_event_id
                when d.on_event = 'failed' then case when u.state in ('failed', 'timed_out') then u.result_event_id end
                when u.state in ('skipped', 'failed', 'timed_out') then
                  track_coordination.handed_on(s.correlation_id, d.definition_id, u.track_no, u.state, u.result_event_id, u.data_event_id, d.on_event)
           end as met_by,
           case when d.on_event = 'completed' and u.state = 'completed' then 'met'
                else track_coordination.dependency_outcome(s.correlation_id, d.definition_id, u.track_no, d.on_event, '{}') end as outcome
      from states s
      join settled r using (correlation_id)
      join track_coordination.definition_dependencies d on d.definition_id = r.definition_id and d.downstream_no = s.track_no and not d.stands_in
      join states u on u.correlation_id = s.correlation_id and u.track_no = d.upstream_no
      left join retried_lines l on l.correlation_id = u.correlation_id and l.track_no = u.track_no)
  select 'an activation past waiting and held has exactly one trigger', t.correlation_id, t.track_id,
         format('%s triggered rows for event %s', t.rows, coalesce(t.trigger_event_id::text, 'null'))
    from triggers t where t.rows <> 1
  union all
  select 'no trigger before all dependencies', e.correlation_id, e.track_id,
         format('triggered by event %s, but %s is %s (event %s)', e.trigger_event_id, e.upstream, e.upstream_state, coalesce(e.met_by::text, 'none'))
    from edges e
   where e.trigger_event_id is not null and (e.met_by > e.trigger_event_id or e.outcome = 'open')
     and coalesce(e.upstream_retried_last <= e.trigger_event_id, true)
  union all
  select 'what is missing is counted right', e.correlation_id, e.track_id,
         format('%s dependencies are missing, %s are counted', count(*) filter (where e.outcome = 'open'), coalesce(e.remaining, count(*)))
    from edges e where e.state = 'waiting'
   group by e.correlation_id, e.track_id, e.remaining
  having count(*) filter (where e.outcome = 'open') <> coalesce(e.remaining, count(*))
  union all
  select 'what hands on nothing to all is skipped', e.correlation_id, e.track_id, 'all of its dependencies were skipped, and it is ' || e.state
    from edges e where e.state <> 'cancelled'
   group by e.correlation_id, e.track_id, e.state, e.trigger_event_id
  having bool_and(e.outcome = 'nothing') and e.state <> 'skipped' and e.trigger_event_id is null
  union all
  select 'a state is what the transitions make of the log', s.correlation_id, s.track_id,
         format('%s by event %s (%s)', s.state, coalesce(s.result_event_id::text, 'none'), coalesce(e.event_type, 'no such event'))
    from states s
    left join events e on e.correlation_id = s.correlation_id and e.event_id = s.result_event_id and e.track_id = s.track_id
   where (s.result_event_id is not null or s.state in ('completed', 'failed', 'timed_out')) and s.state <> 'cancelled'
     and not exists (select from track_coordination.transitions t
                      where t.event = e.event_type and t.next_state = s.state and t.state <> t.next_state and t.fate = 'consumed')
  union all
  select 'a state is what the log says', s.correlation_id, s.track_id,
         format('%s, but the log has %s', s.state, concat_ws(', ', case when t.completed then 'completed' end, array_to_string(t.ends, ', '),
                                                             case when t.triggered then 'triggered' end, case when t.retried then 'retried' end))
    from states s
    join settled r using (correlation_id)
    left join told t using (correlation_id, track_id)
   where not case when t.completed then s.state = 'completed'
                  when t.ended then s.state = any(t.ends)
                  when s.state = 'cancelled' then r.state <> 'running'   -- nothing reached it
                  when t.retried then s.state in ('waiting', 'held', 'triggered', 'started')
                  when t.triggered then s.state in ('triggered', 'started')
                  else s.state in ('waiting', 'held') end
  union all
  select 'an event has one fate', f.correlation_id, s.track_id, format('event %s is %s, and consumed too', f.event_id, f.fate)
    from track_coordination.event_fates f
    join states s on s.correlation_id = f.correlation_id and f.event_id in (s.trigger_event_id, s.data_event_id, s.result_event_id)
   where f.fate <> 'late' or s.state <> 'skipped'   -- an operator's skip with a payload, which the end of its run overtook
  union all
  select 'a condition skips its own track', l.correlation_id, l.track_id,
         format('event %s says that it was skipped by %s, its condition is %s', l.event_id, l.metadata ->> 'condition', coalesce(t.condition, 'none'))
    from settled r
    join public.processing_logs l on l.correlation_id = r.correlation_id and l.event_type = 'skipped' and l.metadata ? 'condition'
    join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_id = l.track_id
   where t.condition is distinct from l.metadata ->> 'condition'
     and not exists (select from track_coordination.event_fates f where f.correlation_id = l.correlation_id and f.event_id = l.event_id)
  union all
  select 'triggered work is queued, and nothing else', coalesce(s.correlation_id, w.correlation_id), coalesce(s.track_id, (select t.track_id from track_coordination.definition_tracks t where t.definition_id = w.definition_id and t.track_no = w.track_no)),
         format('%s, but %s in the work queue', coalesce(s.state, 'no activation'), case when w.correlation_id is null then 'not' else 'still' end)
    from (select * from states where state in ('triggered', 'started')) s
    full join (select w.* from track_coordination.work_queue w join settled r using (correlation_id)) w
      on w.correlation_id = s.correlation_id and w.track_no = s.track_no
   where w.correlation_id is null or s.correlation_id is null
  union all
  select 'what is ready is triggered or held', s.correlation_id, s.track_id, format('%s with nothing missing', s.state)
    from states s join settled r using (correlation_id)
   where r.state = 'running' and s.state = 'waiting' and s.track_no > 0 and (s.remaining = 0 or s.dependency_count = 0)
     and not exists (select from track_coordination.quarantine q where q.correlation_id = s.correlation_id and q.event_type = 'begun')
  union all
  select 'what is held has a closed gate', s.correlation_id, s.track_id, 'no closed gate names it'
    from states s join settled r using (correlation_id)
   where s.state = 'held' and not track_coordination.is_held(s.handler, s.correlation_id, r.definition_id, s.track_no, r.user_id)
     and not exists (select from track_coordination.event_queue e where e.event_type = 'released')
  union all
  select 'a run ends when its tracks did', r.correlation_id, null,
         format('%s with %s leaves to go; %s tracks are not at their end, %s failed for the run', r.state, r.remaining_leaves,
                count(*) filter (where s.state in ('waiting', 'held', 'triggered', 'started')),
                count(*) filter (where s.state in ('failed', 'timed_out') and t.on_failure in ('fail-run', 'skip-downstream')))
    from settled r
    join states s using (correlation_id)
    join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_no = s.track_no
   where s.track_no > 0
   group by r.correlation_id, r.state, r.remaining_leaves
  having (r.state = 'running') <> (count(*) filter (where s.state in ('waiting', 'held', 'triggered', 'started')) > 0)
      or (r.state = 'completed' and count(*) filter (where s.state = 'cancelled'
                                     or (s.state in ('failed', 'timed_out') and t.on_failure in ('fail-run', 'skip-downstream'))) > 0)
      or (r.state = 'failed' and count(*) filter (where s.state in ('failed', 'timed_out') and t.on_failure in ('fail-run', 'skip-downstream')) = 0)
      or (r.state = 'running' and r.remaining_leaves = 0) or (r.state = 'completed' and r.remaining_leaves > 0)
  union all
  select 'attempts stay within their limit', s.correlation_id, s.track_id, format('%s attempts were retried, %s are allowed', count(*), max(s.attempt_limit) - 1)
    from (select s.correlation_id, s.track_id, coalesce(a.attempt_limit, t.max_attempts) as attempt_limit, e.attempt
            from states s
            join track_coordination.runs r using (correlation_id)
            join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_no = s.track_no
            join track_coordination.activations a on a.correlation_id = s.correlation_id and a.track_no = s.track_no
            join events e on e.correlation_id = s.correlation_id and e.track_id = s.track_id and e.event_type = 'started'
           where not exists (select from track_coordination.event_fates f where f.correlation_id = e.correlation_id and f.event_id = e.event_id)) s
   group by s.correlation_id, s.track_id
  having max(s.attempt) > max(s.attempt_limit)
  union all
  select 'no run begins on a retired definition', r.correlation_id, null,
         format('it began at %s, and definition %s was retired by %s at %s', r.created_at, x.definition_id, x.retired_by, x.retired_at)
    from settled r join track_coordination.retired_definitions x using (definition_id) where r.created_at > x.retired_at
  union all
  select 'a circuit that rests says until when', null, null, format('circuit %s is closed off without a time', g.circuit)
    from track_coordination.gate_states g where g.kind = 'circuit' and g.state = 'closed' and g.earliest_at is null
  union all
  select 'probes stay within their wave', null, null,
         format('circuit %s: %s permits and %s probes in progress make more than its wave of %s', g.circuit, g.permits, p.in_progress, g.wave)
    from track_coordination.gate_states g
    cross join lateral (select count(*) as in_progress from track_coordination.probe_ends(g.circuit) e where e.in_progress) p
   where g.kind = 'circuit' and g.permits + p.in_progress > g.wave
  union all
  -- what was claimed before the limit was changed counts for nothing: it goes on. Nor does what began without asking
  select 'a handler stays within maxConcurrent', null, null, format('%s activations of handler %s run, %s may', count(*), w.handler, h.max_concurrent)
    from track_coordination.work_queue w
    join track_coordination.handlers h on h.handler = w.handler and h.max_concurrent = w.under_limit
   where w.worker <> 'foreign' and w.due_at < 'infinity'
   group by w.handler, h.max_concurrent
  having count(*) > h.max_concurrent
  union all
  select 'nothing is claimed for ever', w.correlation_id, (select t.track_id from track_coordination.definition_tracks t where t.definition_id = w.definition_id and t.track_no = w.track_no), format('finished by %s, but its event is not queued', w.worker)
    from track_coordination.work_queue w join settled r using (correlation_id)
   where w.due_at = 'infinity'
     and not exists (select from track_coordination.quarantine q
                       join track_coordination.definition_tracks t on t.track_id = q.track_id
                      where q.correlation_id = w.correlation_id and t.definition_id = w.definition_id and t.track_no = w.track_no)
  union all
  select 'nothing is claimed for ever', w.correlation_id, (select t.track_id from track_coordination.definition_tracks t where t.definition_id = w.definition_id and t.track_no = w.track_no), format('the lease of %s ended at %s', w.worker, w.due_at)
    from track_coordination.work_queue w
   where w.worker is not null and w.due_at < track_coordination.clock() - interval '1 hour' and (audit.runs is null or w.correlation_id = any(audit.runs))
  union all
  select 'every event has a fate', e.correlation_id, e.track_id, format('event %s (%s)', e.event_id, e.event_type)
    from events e
   where not exists (select from track_coordination.event_fates f where f.correlation_id = e.correlation_id and f.event_id = e.event_id)
     and not exists (select from track_coordination.event_queue q where q.event_id = e.event_id)
     and not exists (select from all_states s
                      where s.correlation_id = e.correlation_id and s.track_id = e.track_id
                        and (e.event_id in (s.trigger_event_id, s.data_event_id, s.result_event_id)
                             or e.event_type = 'started' and s.trigger_event_id is not null
                             -- what the coordinator writes itself is a decision: a foreign row of these types has a fate
                             or e.event_type in ('retried', 'skipped', 'cancelled')
                             -- an attempt that was followed by another
                             or e.event_type in ('failed', 'timed_out') and s.retried_last > e.event_id));
end $$;

-- What came of these runs, counted from the log alone: completed activations, triggers and completions beyond the first
-- of an activation, triggers before a dependency completed, and runs that did not complete.
create or replace function track_coordination.count_outcomes(runs uuid[])
returns table (activations bigint, duplicates bigint, order_violations bigint, unfinished bigint) language plpgsql stable
set enable_hashjoin = on set enable_seqscan = on set enable_nestloop = off set jit = off set plan_cache_mode = force_custom_plan as $$
begin
  return query
  with mine as materialized (
    select r.correlation_id, r.definition_id, r.state from track_coordination.runs r where r.correlation_id = any(runs)),
  events as materialized (
    select l.correlation_id, l.track_id, l.event_type, min(l.event_id) as event_id, count(*) as times
      from public.processing_logs l
      left join track_coordination.event_fates f on f.correlation_id = l.correlation_id and f.event_id = l.event_id
     where l.correlation_id = any(runs) and l.event_id is not null and l.event_type in ('triggered', 'completed') and f.event_id is null
     group by l.correlation_id, l.track_id, l.event_type)
  select (select count(*) from events e where e.event_type = 'completed'),
         (select coalesce(sum(e.times - 1), 0)::bigint from events e),
         (select count(*)
            from mine m
            join track_coordination.definition_dependencies d on d.definition_id = m.definition_id
            join track_coordination.definition_tracks u on u.definition_id = d.definition_id and u.track_no = d.upstream_no
            join track_coordination.definition_tracks t on t.definition_id = d.definition_id and t.track_no = d.downstream_no
            join events e on e.correlation_id = m.correlation_id and e.track_id = t.track_id and e.event_type = 'triggered'
            left join events c on c.correlation_id = m.correlation_id and c.track_id = u.track_id and c.event_type = 'completed'
           where d.on_event = 'completed' and (c.event_id is null or c.event_id > e.event_id)),
         (select count(*) from mine m where m.state <> 'completed');
end $$;
