-- What follows the end of a track that did not complete, and the end of a run.
set lock_timeout = '500ms';

-- Has a track that this fallback steps in for, directly or through another fallback, reported data before it failed?
create or replace function track_coordination.had_data(correlation_id uuid, definition_id int, fallback_no int) returns boolean language plpgsql stable as $$
#variable_conflict use_column
begin
  return exists (
    select from track_coordination.definition_tracks t
      join track_coordination.activations a on a.correlation_id = had_data.correlation_id and a.track_no = t.track_no
     where t.definition_id = had_data.definition_id and t.fallback_no = had_data.fallback_no
       and (a.data_event_id is not null or track_coordination.had_data(a.correlation_id, t.definition_id, t.track_no)));
end $$;

-- Settles the dependencies on tracks that ended otherwise than by completing. What now has nothing but skipped dependencies
-- is skipped too, level by level; what has all of them becomes ready. Ends runs whose last leaf this was, as settle.sql does
-- within its own statement: there each batch passes, and a call would cost it another statement.
--   of_events: the events that ended them
--   how: fallback (its fallback steps in), met (something is handed on in place of a result) or skipped (nothing is)
-- Returns what became ready: one row per handler, what has a condition apart, as settling does.
create or replace function track_coordination.pass_on(of_events bigint[], of_runs uuid[], of_tracks int[], how text)
returns table (handler text, circuit text, conditional boolean, activations bigint, gates_closed boolean,
               correlation_ids text, track_nos text, trigger_event_ids text, source_event_ids text)
language plpgsql as $$
#variable_conflict use_column
declare
  wave_events bigint[] := of_events;
  wave_runs uuid[] := of_runs;
  wave_tracks int[] := of_tracks;
  more_runs uuid[];
  more_tracks int[];
  ready_runs uuid[] := '{}';
  ready_tracks int[] := '{}';
  before constant text := track_coordination.set_own('on');
begin
  while cardinality(wave_runs) > 0 loop
    with recursive edges as materialized (
      select a.correlation_id, a.track_no, a.definition_id, a.counts_as_leaf, u.event_id, d.downstream_no, d.dependency_count, coalesce(d.ends_run, true) as ends_run,
             coalesce(case d.on_event
                        when 'completed' then how <> 'fallback'
                        when 'data_ready' then how <> 'fallback' and a.data_event_id is null
                                           and not (d.stands_in and track_coordination.had_data(a.correlation_id, a.definition_id, a.track_no))
                        when 'failed' then how = 'fallback' end, false) as settles,
             a.state = 'skipped' and d.on_event = 'failed' as needs_no_fallback
        from unnest(wave_events, wave_runs, wave_tracks) u (event_id, correlation_id, track_no)
        join track_coordination.activations a on a.correlation_id = u.correlation_id and a.track_no = u.track_no
        left join lateral (
          select d.* from track_coordination.definition_dependencies d
           where d.definition_id = a.definition_id and d.upstream_no = a.track_no offset 0) d on true),
    ended as (
      update track_coordination.runs r
         set remaining_leaves = r.remaining_leaves - l.leaves,
             state = case when r.remaining_leaves > l.leaves then r.state when r.will_fail then 'failed' else 'completed' end,
             finished_at = case when r.remaining_leaves > l.leaves then r.finished_at else track_coordination.clock() end
        from (select correlation_id, (count(*) filter (where ends_run) + count(distinct track_no) filter (where counts_as_leaf))::int as leaves
                from edges where track_no > 0 and how <> 'fallback' and (ends_run or counts_as_leaf)
               group by correlation_id order by correlation_id) l
       where r.correlation_id = l.correlation_id and r.state = 'running'
      returning r.correlation_id, r.definition_id, r.state),
    at_its_end as (
      insert into track_coordination.event_queue (event_id, event_type, correlation_id)
      select nextval('track_coordination.event_ids'), 'ended', e.correlation_id
        from ended e join track_coordination.definition_tracks t on t.definition_id = e.definition_id and t.on_run_state = e.state),
    reached as (
      insert into track_coordination.activations as a (correlation_id, track_no, definition_id, dependencies, remaining, skipped, counts_as_leaf, state, trigger_event_id)
      select correlation_id, downstream_no, definition_id, dependency_count, dependency_count - count(*)::int,
             case how when 'skipped' then count(*)::int else 0 end,
             how = 'fallback' and bool_or(counts_as_leaf),
             case when dependency_count > count(*) then 'waiting' when how = 'skipped' then 'skipped' else 'triggered' end,
             case when dependency_count = count(*) and how <> 'skipped' then nextval('track_coordination.event_ids') end
        from edges where settles
       group by correlation_id, downstream_no, definition_id, dependency_count
       order by correlation_id, downstream_no
          on conflict on constraint activations_pkey do update
         set remaining = a.remaining - (excluded.dependencies - excluded.remaining),
             skipped = a.skipped + excluded.skipped,
             counts_as_leaf = a.counts_as_leaf or excluded.counts_as_leaf,
             state = case when a.remaining > excluded.dependencies - excluded.remaining then 'waiting'
                          when a.skipped + excluded.skipped = a.dependencies then 'skipped' else 'triggered' end,
             trigger_event_id = case when a.remaining = excluded.dependencies - excluded.remaining and a.skipped + excluded.skipped < a.dependencies
                                     then nextval('track_coordination.event_ids') end
       where a.state = 'waiting'
      returning a.correlation_id, a.track_no, a.definition_id, a.state),
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
    skips as materialized (
      select correlation_id, track_no, definition_id, 'all that it depends on was skipped' as reason from reached where state = 'skipped'
      union all
      select correlation_id, track_no, definition_id, 'the track that it steps in for was skipped' from unused),
    logged as (
      insert into public.processing_logs (user_id, track_id, event_type, correlation_id, metadata)
      select track_coordination.host_user_id(r.user_id), t.track_id, 'skipped', s.correlation_id, jsonb_build_object('reason', s.reason)
        from skips s
        join track_coordination.runs r on r.correlation_id = s.correlation_id
        join track_coordination.definition_tracks t on t.definition_id = s.definition_id and t.track_no = s.track_no)
    select coalesce(array_agg(e.correlation_id) filter (where e.state = 'skipped'), '{}'), coalesce(array_agg(e.track_no) filter (where e.state = 'skipped'), '{}'),
           ready_runs || coalesce(array_agg(e.correlation_id) filter (where e.state = 'triggered'), '{}'),
           ready_tracks || coalesce(array_agg(e.track_no) filter (where e.state = 'triggered'), '{}')
      into more_runs, more_tracks, ready_runs, ready_tracks
      from reached e;
    wave_events := array_fill(null::bigint, array[cardinality(more_runs)]);
    wave_runs := more_runs;
    wave_tracks := more_tracks;
  end loop;
  -- whoever ends these runs meanwhile waits, and sees what became ready; whether one ended before is looked at when it is triggered
  perform from track_coordination.runs r where r.correlation_id = any(ready_runs) order by r.correlation_id for key share;
  perform track_coordination.set_own(before);
  return query
  select t.handler, t.circuit, t.condition is not null, count(*),
         exists (select from track_coordination.gate_states where state = 'closed'),
         array_agg(a.correlation_id)::text, array_agg(a.track_no)::text, array_agg(a.trigger_event_id)::text, array_agg(a.source_event_id)::text
    from unnest(ready_runs, ready_tracks) u (correlation_id, track_no)
    join track_coordination.activations a on a.correlation_id = u.correlation_id and a.track_no = u.track_no
    join track_coordination.definition_tracks t on t.definition_id = a.definition_id and t.track_no = a.track_no
   group by t.handler, t.circuit, t.condition is not null;
end $$;

-- Ends runs before their tracks did: whatever is not at its end is cancelled. Work that a worker holds may be finished,
-- and is late: without its row in the queue it counts no more, and is never handed to anybody again. Whoever settles in
-- these runs is waited for first, so that what became ready meanwhile is seen; work is locked first, then activations, as
-- everybody does.
-- Returns how many of them were running.
create or replace function track_coordination.end_runs(of_runs uuid[], run_state text, reason text, who text default null) returns int
language plpgsql as $$
#variable_conflict use_column
declare
  ended_runs uuid[];
  before constant text := track_coordination.set_own('on');
begin
  perform from track_coordination.work_queue w where w.correlation_id = any(of_runs) order by w.correlation_id, w.track_no for update;
  perform from track_coordination.activations a where a.correlation_id = any(of_runs) order by a.correlation_id, a.track_no for update;
  -- in a statement of its own: whoever begins these runs has locked them, and what began is seen by the next one
  perform from track_coordination.runs r where r.correlation_id = any(of_runs) order by r.correlation_id for update;
  with ended as (
    update track_coordination.runs r set state = run_state, finished_at = track_coordination.clock()
     where r.correlation_id = any(of_runs) and r.state = 'running'
    returning r.correlation_id, r.definition_id, r.user_id),
  at_its_end as (
    insert into track_coordination.event_queue (event_id, event_type, correlation_id)
    select nextval('track_coordination.event_ids'), 'ended', e.correlation_id
      from ended e join track_coordination.definition_tracks t on t.definition_id = e.definition_id and t.on_run_state = run_state),
  cancelled as (
    update track_coordination.activations a set state = m.next_state
      from ended e cross join (select state, next_state from track_coordination.transitions where event = 'cancelled' and condition = 'run ended') m
     where a.correlation_id = e.correlation_id and a.state = m.state and a.track_no > 0
    returning a.correlation_id, a.track_no, a.definition_id, e.user_id),
  unqueued as (
    delete from track_coordination.work_queue w using cancelled c
     where w.correlation_id = c.correlation_id and w.track_no = c.track_no),
  logged as (
    insert into public.processing_logs (user_id, track_id, event_type, correlation_id, metadata)
    select track_coordination.host_user_id(c.user_id), t.track_id, 'cancelled', c.correlation_id,
           jsonb_strip_nulls(jsonb_build_object('reason', reason, 'who', who))
      from cancelled c
      cross join lateral (
        select t.track_id from track_coordination.definition_tracks t
         where t.definition_id = c.definition_id and t.track_no = c.track_no offset 0) t)
  select array_agg(correlation_id) into ended_runs from ended;
  perform track_coordination.set_own(before);
  -- what was queued again meanwhile, which the statement above waited for and did not see
  delete from track_coordination.work_queue w where w.correlation_id = any(ended_runs) and w.track_no > 0;
  -- nothing waits any more behind conditions that could not be evaluated
  delete from track_coordination.gate_states g
   where g.kind = 'quarantine' and g.correlation_id = any(ended_runs)
     and not exists (select from track_coordination.quarantine q where q.correlation_id = g.correlation_id and q.track_id = g.track_id);
  return coalesce(cardinality(ended_runs), 0);
end $$;
