-- What people ask: what happened, what is missing, what runs, what waits.
set lock_timeout = '500ms';

-- The events of a run in order, with what became of them.
--   duration: of completed, failed and timed_out since their attempt started; of started since the track was triggered; null
--             where a writer gave a time without end
--   detail:   the error of a failed attempt, or why an event had no effect
create or replace function track_coordination.execution_chain(correlation_id uuid)
returns table (event_id bigint, track_id text, event_type text, attempt int, created_at timestamptz, duration interval,
               source_track text, fate text, detail text) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select c.event_id, c.track_id, c.event_type, c.attempt, c.created_at,
         case when isfinite(c.created_at) and isfinite(c.since) then c.created_at - c.since end,
         c.source_track, c.fate, c.detail
    from (
      select l.event_id, l.track_id, l.event_type, l.attempt, l.created_at, l.source_track, coalesce(f.fate, 'consumed') as fate,
             coalesce(f.reason, l.payload #>> '{error,message}', l.metadata ->> 'reason') as detail,
             case when l.event_type in ('completed', 'failed', 'timed_out') then
                    max(l.created_at) filter (where l.event_type = 'started') over earlier
                  when l.event_type = 'started' then
                    max(l.created_at) filter (where l.event_type = 'triggered') over earlier end as since
        from public.processing_logs l
        left join track_coordination.event_fates f on f.correlation_id = l.correlation_id and f.event_id = l.event_id
       where l.correlation_id = execution_chain.correlation_id and l.event_id is not null
      window earlier as (partition by l.track_id order by l.event_id rows between unbounded preceding and 1 preceding)) c
   order by c.event_id;
end $$;

-- Are all dependencies of this track met in this run? Null for an unknown run or track.
create or replace function track_coordination.dependencies_met(track_id text, correlation_id uuid) returns boolean language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select t.dependency_count = 0 or coalesce(a.remaining = 0, false)
      from track_coordination.runs r
      join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_id = dependencies_met.track_id
      left join track_coordination.activations a on a.correlation_id = r.correlation_id and a.track_no = t.track_no
     where r.correlation_id = dependencies_met.correlation_id);
end $$;

-- Each track of each run with its state as people know it: triggered work that a worker holds is started, and a track
-- that nothing reached is waiting, or cancelled once its run ended. A handler at the run's end is there once it is activated.
create or replace view track_coordination.activation_states with (security_invoker = true) as
select r.correlation_id, t.track_no, t.track_id, t.handler, t.level, t.dependency_count,
       case when a.state = 'triggered' and w.worker is not null then 'started'
            when a.state = 'waiting' and r.state <> 'running' then 'cancelled'
            when a.state is not null then a.state
            when r.state = 'running' then 'waiting'
            else 'cancelled' end as state,
       w.attempt, w.worker, w.due_at, w.claimed_at, w.doing, w.doing_since, a.remaining, a.trigger_event_id, a.source_event_id, a.data_event_id, a.result_event_id
  from track_coordination.runs r
  join track_coordination.definition_tracks t on t.definition_id = r.definition_id
  left join track_coordination.activations a on a.correlation_id = r.correlation_id and a.track_no = t.track_no
  left join track_coordination.work_queue w on w.correlation_id = r.correlation_id and w.track_no = t.track_no
 where t.on_run_state is null or a.state is not null;

create or replace view track_coordination.run_overview with (security_invoker = true) as
select r.correlation_id, d.workflow, r.state, r.user_id, r.created_at as started_at, r.finished_at,
       coalesce(r.finished_at, track_coordination.clock()) - r.created_at as duration,
       s.tracks, s.completed, s.failed, s.in_progress, s.error
  from track_coordination.runs r
  join track_coordination.definitions d using (definition_id)
  cross join lateral (
    select count(*) as tracks,
           count(*) filter (where s.state = 'completed') as completed,
           count(*) filter (where s.state in ('failed', 'timed_out')) as failed,
           count(*) filter (where s.state in ('held', 'triggered', 'started')) as in_progress,
           string_agg(s.track_id || ': ' || coalesce(
             (select l.payload #>> '{error,message}' from public.processing_logs l
               where l.correlation_id = s.correlation_id and l.event_id = s.result_event_id), s.state), '; ' order by s.track_no)
             filter (where s.state in ('failed', 'timed_out')) as error
      from track_coordination.activation_states s where s.correlation_id = r.correlation_id and s.track_no > 0) s;

-- How much waits, for the coordinator (events) and for the workers of each handler (work).
--   depth:       all that is not done: ready, in progress, due later, and held
--   in_progress: a worker has it, or has finished it and its event is queued
--   held:        behind a closed gate since before it was triggered
--   oldest:      how long the oldest that could be taken has waited; what a closed gate holds grows no older
create or replace view track_coordination.queue_depth with (security_invoker = true) as
select 'events' as queue, null::text as handler, e.depth, e.depth as ready, 0::bigint as in_progress,
       track_coordination.clock() - coalesce(
         (select l.created_at from public.processing_logs l
           where l.correlation_id = o.correlation_id and l.event_id = o.event_id and isfinite(l.created_at) limit 1),
         (select r.created_at from track_coordination.runs r where r.correlation_id = o.correlation_id)) as oldest,
       0::bigint as held
  from (select count(*) as depth from track_coordination.event_queue) e
  left join lateral (select q.event_id, q.correlation_id from track_coordination.event_queue q order by q.event_id limit 1) o on true
union all
select 'work', handler, coalesce(w.depth, 0) + coalesce(h.held, 0), coalesce(w.ready, 0), coalesce(w.in_progress, 0),
       track_coordination.clock() - o.due_at, coalesce(h.held, 0)
  from (select q.handler, count(*) as depth,
               count(*) filter (where not q.claimed and q.due_at <= track_coordination.clock()) as ready,
               count(*) filter (where q.claimed) as in_progress
          from track_coordination.work_queue q group by q.handler) w
  full join (select t.handler, count(*) as held
               from track_coordination.activations a
               join track_coordination.definition_tracks t using (definition_id, track_no)
              where a.held group by t.handler) h using (handler)
  left join lateral (
    -- the first of either index: what has a priority ranks in another order than it waits
    select min(q.due_at) as due_at
      from ((select q.due_at
               from track_coordination.work_queue q
              where q.handler = w.handler and not q.claimed and q.priority = 0 and q.rank_at <= track_coordination.clock()
                and not exists (select from track_coordination.gate_states g where g.state = 'closed' and g.handler = w.handler)
                and (not exists (select from track_coordination.gate_states where state = 'closed')
                     or not track_coordination.is_held(q.handler, q.correlation_id, q.definition_id, q.track_no, q.user_id))
              order by q.rank_at limit 1)
            union all
            (select q.due_at
               from track_coordination.work_queue q
              where q.handler = w.handler and q.worker is null and q.priority > 0 and q.due_at <= track_coordination.clock()
                and not exists (select from track_coordination.gate_states g where g.state = 'closed' and g.handler = w.handler)
                and (not exists (select from track_coordination.gate_states where state = 'closed')
                     or not track_coordination.is_held(q.handler, q.correlation_id, q.definition_id, q.track_no, q.user_id))
              order by q.due_at limit 1)) q) o on true;

-- What quarantine holds; replay_event takes it up again, dismiss_event leaves it aside for good. The coordinator's own
-- tasks have no row in the log: begun (a run), and released (a gate), which names no run.
create or replace view track_coordination.quarantine with (security_invoker = true) as
select f.event_id, nullif(f.correlation_id, '00000000-0000-0000-0000-000000000000') as correlation_id, l.track_id,
       coalesce(l.event_type, case f.correlation_id when '00000000-0000-0000-0000-000000000000' then 'released' else 'begun' end) as event_type,
       f.reason, f.decided_at
  from track_coordination.event_fates f
  left join public.processing_logs l on l.correlation_id = f.correlation_id and l.event_id = f.event_id
 where f.fate = 'quarantined';

-- Opens the gate that quarantine closed on a track, once none of its events is there any more. Returns whether it did.
create or replace function track_coordination.open_quarantine_gate(correlation_id uuid, track_id text) returns boolean language plpgsql as $$
#variable_conflict use_column
begin
  delete from track_coordination.gate_states g
   where g.kind = 'quarantine' and g.correlation_id = open_quarantine_gate.correlation_id and g.track_id = open_quarantine_gate.track_id
     and not exists (select from track_coordination.quarantine q
                      where q.correlation_id = open_quarantine_gate.correlation_id and q.track_id = open_quarantine_gate.track_id);
  if not found then
    return false;
  end if;
  insert into track_coordination.event_queue (event_id, event_type) values (nextval('track_coordination.event_ids'), 'released');
  return true;
end $$;

-- Returns whether the event was in quarantine.
create or replace function track_coordination.replay_event(event_id bigint, who text default track_coordination.caller(), why text default null)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  kept track_coordination.quarantine;
begin
  perform track_coordination.require_who(who, why);
  select q.* into kept from track_coordination.quarantine q where q.event_id = replay_event.event_id;
  delete from track_coordination.event_fates f where f.fate = 'quarantined' and f.event_id = replay_event.event_id;
  if not found then
    return false;
  end if;
  insert into track_coordination.operator_actions (action, correlation_id, track_id, event_id, who, why)
  values ('replay', kept.correlation_id, kept.track_id, kept.event_id, replay_event.who, replay_event.why);
  insert into track_coordination.event_queue (event_id, event_type, correlation_id, track_id, attempt)
  values (kept.event_id, kept.event_type, kept.correlation_id, kept.track_id,
          (select l.attempt from public.processing_logs l where l.correlation_id = kept.correlation_id and l.event_id = kept.event_id));
  perform track_coordination.open_quarantine_gate(kept.correlation_id, kept.track_id);
  perform track_coordination.wake_drainer();
  perform track_coordination.wake_workers();
  return true;
end $$;

-- Whatever the event spoke for goes on without it: an attempt that it ended is done again.
-- Returns whether the event was in quarantine.
create or replace function track_coordination.dismiss_event(event_id bigint, who text default track_coordination.caller(), why text default null)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  kept track_coordination.quarantine;
begin
  perform track_coordination.require_who(who, why);
  select q.* into kept from track_coordination.quarantine q where q.event_id = dismiss_event.event_id;
  update track_coordination.event_fates f
     set fate = 'ignored', reason = f.reason || '; dismissed by ' || dismiss_event.who || coalesce(': ' || dismiss_event.why, '')
   where f.fate = 'quarantined' and f.event_id = dismiss_event.event_id;
  if not found then
    return false;
  end if;
  insert into track_coordination.operator_actions (action, correlation_id, track_id, event_id, who, why)
  values ('dismiss', kept.correlation_id, kept.track_id, kept.event_id, dismiss_event.who, dismiss_event.why);
  update track_coordination.work_queue w set due_at = track_coordination.clock(), worker = null, claimed_at = null
    from track_coordination.definition_tracks t, public.processing_logs l
   where w.correlation_id = kept.correlation_id and w.due_at = 'infinity'
     and t.definition_id = w.definition_id and t.track_no = w.track_no and t.track_id = kept.track_id
     and l.correlation_id = kept.correlation_id and l.event_id = kept.event_id and l.attempt = w.attempt;
  if found then   -- it counts for nothing
    update track_coordination.activations a set attempt_limit = coalesce(a.attempt_limit, t.max_attempts) + 1
      from track_coordination.definition_tracks t
     where a.correlation_id = kept.correlation_id and t.definition_id = a.definition_id and t.track_no = a.track_no and t.track_id = kept.track_id;
  end if;
  perform track_coordination.open_quarantine_gate(kept.correlation_id, kept.track_id);
  perform track_coordination.wake_drainer();
  perform track_coordination.wake_workers();
  return true;
end $$;
