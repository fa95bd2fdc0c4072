-- What operators do with runs and tracks. Each takes who and why, and is recorded; twice is a no-op.
set lock_timeout = '500ms';

-- The run's row, as the statement sees it that asks. Error 42704: there is no such run, or it was cleaned up.
create or replace function track_coordination.require_run(correlation_id uuid) returns track_coordination.runs language plpgsql stable as $$
#variable_conflict use_variable
declare
  run track_coordination.runs;
  cleaned record;
begin
  select r.* into run from track_coordination.runs r where r.correlation_id = require_run.correlation_id;
  if not found then
    select z.* into cleaned from track_coordination.tombstones z where z.correlation_id = require_run.correlation_id;
    raise exception 'there is no run %', coalesce(correlation_id::text, 'null') || case when found then ' any more' else '' end using errcode = 'undefined_object',
      hint = case when found then format('It %s at %s, and was cleaned up at %s.', replace(cleaned.state, '_', ' '), track_coordination.said(cleaned.finished_at), track_coordination.said(cleaned.cleaned_at))
                  else 'select correlation_id, workflow, state from track_coordination.run_overview lists the runs.' end;
  end if;
  return run;
end $$;

-- The same, locked: what operators' actions on a run wait for each other by. Read after its lock was given, so as it is now.
create or replace function track_coordination.lock_run(correlation_id uuid) returns track_coordination.runs language plpgsql as $$
#variable_conflict use_variable
begin
  perform from track_coordination.runs r where r.correlation_id = lock_run.correlation_id for update;
  return track_coordination.require_run(correlation_id);
end $$;

-- A track of the run's graph. Error 42704: it has no such track.
create or replace function track_coordination.require_track(run track_coordination.runs, track_id text)
returns track_coordination.definition_tracks language plpgsql as $$
#variable_conflict use_variable
declare
  track track_coordination.definition_tracks;
begin
  select t.* into track from track_coordination.definition_tracks t
   where t.definition_id = run.definition_id and t.track_id = require_track.track_id and t.on_run_state is null;
  if not found then
    raise exception 'the workflow of run % has no track %', run.correlation_id, track_coordination.shown(track_id)
      using errcode = 'undefined_object',
            hint = 'Its tracks are: ' || (select left(string_agg(t.track_id, ', ' order by t.track_no), 1000) from track_coordination.definition_tracks t
                                           where t.definition_id = run.definition_id and t.on_run_state is null);
  end if;
  return track;
end $$;

-- Ends a run: whatever is not at its end is cancelled. A worker learns it with its next heartbeat; what it ends is late.
-- Returns whether the run was running. Error 42704: there is no such run.
create or replace function track_coordination.cancel(correlation_id uuid, who text default track_coordination.caller(), why text default null)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
begin
  perform track_coordination.require_who(who, why);
  perform track_coordination.require_run(correlation_id);
  if track_coordination.end_runs(array[correlation_id], 'cancelled', 'cancelled by ' || who || coalesce(': ' || why, ''), who) = 0 then
    return false;
  end if;
  insert into track_coordination.operator_actions (action, correlation_id, who, why) values ('cancel', correlation_id, who, why);
  perform track_coordination.wake_drainer();
  return true;
end $$;

-- Takes a track out of a run that goes on: what depends on it is handed the payload, or without one is skipped too if it
-- depends on nothing else. What it waited for goes on, and the run waits for that.
-- Returns whether it was not skipped before. Errors: 42704 unknown run or track, 22023 no object, 55000 the run or the track is at its end,
-- or it is a fallback that has not stepped in.
create or replace function track_coordination.skip(
  correlation_id uuid, track_id text, payload jsonb default null, who text default track_coordination.caller(), why text default null)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  run track_coordination.runs;
  track track_coordination.definition_tracks;
  before text;
  own_before text;
  waited_for int[];
  fallbacks int[];
  steps_in_for text;
  skipped_id bigint := nextval('track_coordination.event_ids');
begin
  perform track_coordination.require_who(who, why);
  perform track_coordination.require_payload('payload', payload);
  run := track_coordination.require_run(correlation_id);
  track := track_coordination.require_track(run, track_id);
  -- work first, then activations, then runs, as everybody locks them
  perform from track_coordination.work_queue w where w.correlation_id = skip.correlation_id and w.track_no = track.track_no for update;
  select coalesce(array_agg(d.upstream_no) filter (where not d.stands_in), '{}'), coalesce(array_agg(d.upstream_no) filter (where d.stands_in), '{}')
    into waited_for, fallbacks
    from track_coordination.definition_dependencies d
   where d.definition_id = run.definition_id and d.downstream_no = track.track_no and d.on_event = 'completed';
  insert into track_coordination.activations (correlation_id, track_no, definition_id, dependencies, remaining, state)
  select r.correlation_id, t.track_no, t.definition_id, t.dependency_count, t.dependency_count, 'waiting'
    from track_coordination.runs r
    join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_no = any(waited_for || track.track_no)
   where r.correlation_id = skip.correlation_id and r.state = 'running'
   order by t.track_no
      on conflict on constraint activations_pkey do nothing;
  perform from track_coordination.activations a
   where a.correlation_id = skip.correlation_id and a.track_no = any(waited_for || fallbacks || track.track_no) order by a.track_no for update;
  select a.state into before from track_coordination.activations a
   where a.correlation_id = skip.correlation_id and a.track_no = track.track_no;
  if before = 'skipped' then
    return false;
  end if;
  run := track_coordination.lock_run(correlation_id);
  if run.state <> 'running' or not exists (select from track_coordination.transitions t
       where t.state = before and t.event = 'skipped' and t.condition = 'by an operator') then
    raise exception 'track % of run % cannot be skipped: %', track_id, correlation_id,
        case when run.state <> 'running' then 'the run is ' || run.state else 'it is ' || before end
      using errcode = 'object_not_in_prerequisite_state',
            hint = case when run.state in ('failed', 'timed_out') or before in ('failed', 'timed_out')
                        then 'Retry it first, then skip it; both may be in one transaction.' else 'What is at its end stays as it is.' end;
  end if;
  select t.track_id into steps_in_for from track_coordination.definition_tracks t
   where t.definition_id = run.definition_id and t.fallback_no = track.track_no;
  if found and before = 'waiting' then
    raise exception 'track % of run % cannot be skipped: it is a fallback that has not stepped in', track_id, correlation_id
      using errcode = 'object_not_in_prerequisite_state', hint = format('Skip %s, which it steps in for; then it is not needed.', steps_in_for);
  end if;
  with kept as (
    update track_coordination.activations a set counts_as_leaf = true
     where a.correlation_id = skip.correlation_id and not a.counts_as_leaf
       and (a.track_no = any(waited_for || fallbacks) and a.state in ('held', 'triggered') or a.track_no = any(waited_for) and a.state = 'waiting')
    returning a.track_no)
  update track_coordination.runs r set remaining_leaves = r.remaining_leaves + (select count(*) from kept)
   where r.correlation_id = skip.correlation_id;
  delete from track_coordination.work_queue w where w.correlation_id = skip.correlation_id and w.track_no = track.track_no;
  update track_coordination.activations a set state = 'skipped', result_event_id = case when payload is not null then skipped_id end
   where a.correlation_id = skip.correlation_id and a.track_no = track.track_no;
  own_before := track_coordination.set_own('on');
  insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, payload, metadata)
  values (skipped_id, track_coordination.host_user_id(run.user_id), track_id, 'skipped', correlation_id, payload,
          jsonb_strip_nulls(jsonb_build_object('reason', 'skipped by ' || who || coalesce(': ' || why, ''), 'who', who, 'why', why)));
  perform track_coordination.set_own(own_before);
  insert into track_coordination.event_queue (event_id, event_type, correlation_id, track_id) values (skipped_id, 'skip', correlation_id, track_id);
  perform track_coordination.open_quarantine_gate(correlation_id, track_id);
  insert into track_coordination.operator_actions (action, correlation_id, track_id, who, why) values ('skip', correlation_id, track_id, who, why);
  perform track_coordination.wake_drainer();
  return true;
end $$;

-- What a dependency on this track has come to: open, met (something is handed on) or nothing.
--   to_be_passed_on: tracks whose skip is recorded, and settled later
create or replace function track_coordination.dependency_outcome(
  correlation_id uuid, definition_id int, track_no int, on_event text, to_be_passed_on int[])
returns text language plpgsql stable as $$
#variable_conflict use_column
declare
  a record;
begin
  select x.state, x.data_event_id, x.result_event_id, t.on_failure, t.fallback_no into a
    from track_coordination.definition_tracks t
    left join track_coordination.activations x on x.correlation_id = dependency_outcome.correlation_id and x.track_no = t.track_no
   where t.definition_id = dependency_outcome.definition_id and t.track_no = dependency_outcome.track_no;
  return case when dependency_outcome.track_no = any(to_be_passed_on) then 'open'
              when on_event = 'failed' then
                case when a.state in ('failed', 'timed_out') then 'met' when a.state in ('completed', 'skipped') then 'nothing' else 'open' end
              when on_event = 'data_ready' and a.data_event_id is not null then 'met'
              when a.state = 'completed' then 'met'
              when a.state = 'skipped' then case when a.result_event_id is null then 'nothing' else 'met' end
              when a.state in ('failed', 'timed_out') then
                case a.on_failure when 'continue' then 'met' when 'skip-downstream' then 'nothing'
                  when 'fallback' then track_coordination.dependency_outcome(correlation_id, definition_id, a.fallback_no, on_event, to_be_passed_on)
                  else 'open' end
              else 'open' end;
end $$;

-- Which failed tracks of a run a retry reopens: all of them, or the one that is named. One whose fallback stepped in is not
-- retried, its fallback is.
-- Errors: 42704 unknown track, 55000 the run was cancelled, or the track is not to be retried alone.
create or replace function track_coordination.tracks_to_retry(run track_coordination.runs, track_id text) returns int[] language plpgsql as $$
#variable_conflict use_column
declare
  track track_coordination.definition_tracks;
  stood_in text;
  failed int[];
  also_fatal text;
begin
  if tracks_to_retry.track_id is not null then
    track := track_coordination.require_track(run, tracks_to_retry.track_id);
    select f.track_id into stood_in
      from track_coordination.activations a
      join track_coordination.definition_tracks f on f.definition_id = track.definition_id and f.track_no = track.fallback_no
     where a.correlation_id = run.correlation_id and a.track_no = track.track_no and a.state in ('failed', 'timed_out');
    if found then
      raise exception 'track % of run % is not retried: its fallback % stepped in', tracks_to_retry.track_id, run.correlation_id, stood_in
        using errcode = 'object_not_in_prerequisite_state', hint = format('Retry %s, if it failed too.', stood_in);
    end if;
  end if;
  if run.state = 'cancelled' then
    raise exception 'run % was cancelled', run.correlation_id
      using errcode = 'object_not_in_prerequisite_state', hint = 'A cancelled run stays cancelled; start a new one.';
  end if;
  failed := array(
    select a.track_no from track_coordination.activations a
      join track_coordination.definition_tracks t on t.definition_id = a.definition_id and t.track_no = a.track_no
     where a.correlation_id = run.correlation_id and a.state in ('failed', 'timed_out') and a.track_no > 0 and t.fallback_no is null
       and (tracks_to_retry.track_id is null or t.track_id = tracks_to_retry.track_id));
  select string_agg(t.track_id, ', ' order by t.track_no) into also_fatal
    from track_coordination.activations a
    join track_coordination.definition_tracks t on t.definition_id = a.definition_id and t.track_no = a.track_no
   where a.correlation_id = run.correlation_id and a.state in ('failed', 'timed_out') and t.track_no > 0 and t.on_failure = 'fail-run'
     and cardinality(failed) > 0 and not a.track_no = any(failed);
  if also_fatal is not null then
    raise exception 'track % of run % is not retried alone: the run failed because of %, too', tracks_to_retry.track_id, run.correlation_id, also_fatal
      using errcode = 'object_not_in_prerequisite_state', hint = 'Retry the run without naming a track: all that failed is reopened.';
  end if;
  return failed;
end $$;

-- Queues again the skips of a run that its end overtook, so that they are passed on.
create or replace function track_coordination.requeue_overtaken_skips(run track_coordination.runs) returns void language sql as $$
  with overtaken as (
    delete from track_coordination.event_fates f using public.processing_logs l
     where f.correlation_id = run.correlation_id and f.fate = 'late'
       and l.correlation_id = f.correlation_id and l.event_id = f.event_id and l.event_type = 'skipped'
    returning f.event_id, l.track_id)
  insert into track_coordination.event_queue (event_id, event_type, correlation_id, track_id)
  select o.event_id, 'skip', run.correlation_id, o.track_id from overtaken o;
$$;

-- Was this track last skipped because its condition was false?
create or replace function track_coordination.was_skipped_by_condition(correlation_id uuid, definition_id int, track_no int) returns boolean
language sql stable as $$
  select coalesce((
    select l.metadata ? 'condition'
      from track_coordination.definition_tracks t
      join public.processing_logs l on l.correlation_id = was_skipped_by_condition.correlation_id and l.track_id = t.track_id and l.event_type = 'skipped'
     where t.definition_id = was_skipped_by_condition.definition_id and t.track_no = was_skipped_by_condition.track_no and t.condition is not null
       and not exists (select from track_coordination.event_fates f where f.correlation_id = l.correlation_id and f.event_id = l.event_id)
     order by l.event_id desc limit 1), false)
$$;

-- Takes the activations of a run out of their end as the transitions say: those named, what was skipped because of them (or
-- because of a condition over what they had handed on), and all that was cancelled. Attempts begin anew and go on being counted.
-- Returns how many.
create or replace function track_coordination.reopen_activations(run track_coordination.runs, reopened int[], who text, why text)
returns int language plpgsql as $$
#variable_conflict use_column
declare
  because text := 'retried by ' || who || coalesce(': ' || why, '');
  changes int;
begin
  with recursive skipped as ( -- because of them, level by level
    select d.downstream_no as track_no
      from track_coordination.definition_dependencies d
      join track_coordination.activations a on a.correlation_id = run.correlation_id and a.track_no = d.downstream_no
     where d.definition_id = run.definition_id and d.upstream_no = any(reopened) and a.state = 'skipped' and a.remaining = 0
       and (a.skipped = a.dependencies or track_coordination.was_skipped_by_condition(a.correlation_id, a.definition_id, a.track_no))
    union
    select d.downstream_no
      from skipped s
      join track_coordination.definition_dependencies d on d.definition_id = run.definition_id and d.upstream_no = s.track_no
      join track_coordination.activations a on a.correlation_id = run.correlation_id and a.track_no = d.downstream_no
     where a.state = 'skipped' and a.remaining = 0
       and (a.skipped = a.dependencies or track_coordination.was_skipped_by_condition(a.correlation_id, a.definition_id, a.track_no))),
  changed as (
    update track_coordination.activations a
       set state = m.next_state, result_event_id = null,
           attempt_limit = case when m.next_state = 'triggered' then coalesce(l.attempt, 0) + t.max_attempts else a.attempt_limit end,
           -- what depends on it may have gone on without it; a fallback that was not needed takes this from what it steps in for
           counts_as_leaf = a.counts_as_leaf or (a.track_no = any(reopened) or a.state = 'skipped' and not exists (
             select from track_coordination.definition_dependencies d
              where d.definition_id = a.definition_id and d.downstream_no = a.track_no and d.on_event = 'failed')) and exists (
             select from track_coordination.definition_dependencies d
              where d.definition_id = a.definition_id and d.upstream_no = a.track_no and d.on_event = 'completed')
      from track_coordination.definition_tracks t
      cross join lateral (
        select max(e.attempt) as attempt from public.processing_logs e
         where e.correlation_id = run.correlation_id and e.track_id = t.track_id and e.event_type in ('started', 'completed', 'failed', 'timed_out')
           and not exists (select from track_coordination.event_fates f where f.correlation_id = e.correlation_id and f.event_id = e.event_id)) l,
           track_coordination.transitions m
     where a.correlation_id = run.correlation_id and t.definition_id = a.definition_id and t.track_no = a.track_no and t.track_no > 0
       and m.state = a.state and m.event = 'retried'
       and m.condition = case when a.track_no = any(reopened) then 'by an operator'
                              when a.track_no in (select s.track_no from skipped s) then 'reopened'
                              when a.state = 'cancelled' and a.trigger_event_id is not null then 'reopened when triggered'
                              when a.state = 'cancelled' and a.remaining = 0 then 'reopened when ready'
                              when a.state = 'cancelled' then 'reopened' end
    returning a.track_no, a.state, t.track_id, t.handler, coalesce(l.attempt, 0) as attempt, m.condition),
  not_passed_on as (
    delete from track_coordination.event_queue e using changed c
     where e.event_type = 'skip' and e.correlation_id = run.correlation_id and e.track_id = c.track_id and c.condition = 'reopened'),
  queued as (
    insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, definition_id, user_id, priority, traceparent)
    select run.correlation_id, c.track_no, c.handler, track_coordination.clock(), c.attempt, run.definition_id, run.user_id, run.priority, run.traceparent
      from changed c where c.state = 'triggered')
  insert into public.processing_logs (user_id, track_id, event_type, correlation_id, attempt, metadata)
  select track_coordination.host_user_id(run.user_id), c.track_id, 'retried', run.correlation_id, nullif(c.attempt, 0),
         jsonb_strip_nulls(jsonb_build_object('reason', case when c.condition = 'by an operator' then because else 'its run was ' || because end,
                                              'who', who, 'why', why))
    from changed c order by c.track_no;
  get diagnostics changes = row_count;
  return changes;
end $$;

-- Counts anew what each waiting or held track of a run waits for. That may be nothing: then it is held until the gates are
-- looked at, or skipped, to be passed on.
--   to_be_passed_on: tracks whose skip is recorded, and settled later
-- Returns these, with those that it added.
create or replace function track_coordination.recount_dependencies(run track_coordination.runs, to_be_passed_on int[])
returns int[] language plpgsql as $$
#variable_conflict use_column
begin
  with counted as (
    update track_coordination.activations a
       set remaining = o.open, skipped = o.nothing,
           state = case when o.open > 0 then 'waiting' when o.nothing < a.dependencies then 'held' else 'skipped' end
      from (select d.downstream_no, count(*) filter (where s.outcome = 'open')::int as open, count(*) filter (where s.outcome = 'nothing')::int as nothing
              from track_coordination.definition_dependencies d
              cross join lateral (select track_coordination.dependency_outcome(
                run.correlation_id, d.definition_id, d.upstream_no, d.on_event, to_be_passed_on) as outcome) s
             where d.definition_id = run.definition_id and not d.stands_in
             group by d.downstream_no) o
     where a.correlation_id = run.correlation_id and a.track_no = o.downstream_no and a.state in ('waiting', 'held')
    returning a.track_no, a.definition_id, a.state),
  skipped as (
    insert into public.processing_logs (user_id, track_id, event_type, correlation_id, metadata)
    select track_coordination.host_user_id(run.user_id), t.track_id, 'skipped', run.correlation_id, jsonb_build_object('reason', 'all that it depends on was skipped')
      from counted c
      join track_coordination.definition_tracks t on t.definition_id = c.definition_id and t.track_no = c.track_no
     where c.state = 'skipped'
    returning event_id, track_id),
  queued as (
    insert into track_coordination.event_queue (event_id, event_type, correlation_id, track_id)
    select s.event_id, 'skip', run.correlation_id, s.track_id from skipped s)
  select to_be_passed_on || coalesce(array_agg(c.track_no), '{}') into to_be_passed_on from counted c where c.state = 'skipped';
  if exists (select from track_coordination.activations a where a.correlation_id = run.correlation_id and a.state = 'held') then
    insert into track_coordination.event_queue (event_id, event_type) values (nextval('track_coordination.event_ids'), 'released');
  end if;
  return to_be_passed_on;
end $$;

-- Lets a run go on whose activations were reopened: counts the leaves that it waits for, and gives it its deadline anew.
create or replace function track_coordination.reopen_run(run track_coordination.runs, to_be_passed_on int[]) returns void language plpgsql as $$
#variable_conflict use_column
begin
  update track_coordination.runs r
     set state = 'running', finished_at = null, will_fail = f.failing,
         deadline_at = track_coordination.clock() + (select d.deadline from track_coordination.definitions d where d.definition_id = run.definition_id),
         remaining_leaves = f.leaves + (select count(*) from track_coordination.activations a
                                         where a.correlation_id = run.correlation_id and a.counts_as_leaf
                                           and (a.state not in ('completed', 'failed', 'timed_out', 'skipped') or a.track_no = any(to_be_passed_on)))
    from (select count(*) filter (where not exists (
                     select from track_coordination.definition_dependencies d
                      where d.definition_id = t.definition_id and d.upstream_no = t.track_no and d.on_event = 'completed')
                   and not exists (
                     select from track_coordination.definition_dependencies d
                      where d.definition_id = t.definition_id and d.downstream_no = t.track_no and d.on_event = 'failed')
                   and track_coordination.dependency_outcome(run.correlation_id, t.definition_id, t.track_no, 'completed', to_be_passed_on) = 'open') as leaves,
                 coalesce(bool_or(t.on_failure = 'skip-downstream' and exists (
                     select from track_coordination.activations a
                      where a.correlation_id = run.correlation_id and a.track_no = t.track_no and a.state in ('failed', 'timed_out'))), false) as failing
            from track_coordination.definition_tracks t
           where t.definition_id = run.definition_id and t.track_no > 0) f
   where r.correlation_id = run.correlation_id;
  -- it may have ended before it began
  if exists (select from track_coordination.definition_tracks t
              where t.definition_id = run.definition_id and t.level = 0
                and not exists (select from track_coordination.activations a where a.correlation_id = run.correlation_id and a.track_no = t.track_no)) then
    insert into track_coordination.event_queue (event_id, event_type, correlation_id) values (nextval('track_coordination.event_ids'), 'begun', run.correlation_id);
  end if;
end $$;

-- Reopens what failed in a run, all of it or one track, with as many attempts again as its definition gives, and what was
-- skipped or cancelled because of it; nothing that was triggered after it. Attempts go on being counted; a deadline begins anew.
-- Returns how many tracks were reopened, 0 if none is failed. Errors: 42704 unknown run or track, 55000 the run was
-- cancelled, or the track is not to be retried.
create or replace function track_coordination.retry(
  correlation_id uuid, track_id text default null, who text default track_coordination.caller(), why text default null)
returns int language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  run track_coordination.runs;
  reopened int[];
  changes int;
  before text;
begin
  perform track_coordination.require_who(who, why);
  perform from track_coordination.event_queue e where e.event_type = 'skip' and e.correlation_id = retry.correlation_id order by e.event_id for update;
  perform from track_coordination.work_queue w where w.correlation_id = retry.correlation_id order by w.track_no for update;
  perform from track_coordination.activations a where a.correlation_id = retry.correlation_id order by a.track_no for update;
  run := track_coordination.lock_run(retry.correlation_id);
  reopened := track_coordination.tracks_to_retry(run, retry.track_id);
  if cardinality(reopened) = 0 and (run.state <> 'timed_out' or retry.track_id is not null) then
    return 0;
  end if;
  before := track_coordination.set_own('on');
  perform track_coordination.requeue_overtaken_skips(run);
  changes := track_coordination.reopen_activations(run, reopened, who, why);
  perform track_coordination.reopen_run(run, track_coordination.recount_dependencies(run, array(
    select t.track_no from track_coordination.event_queue e
      join track_coordination.definition_tracks t on t.definition_id = run.definition_id and t.track_id = e.track_id
     where e.event_type = 'skip' and e.correlation_id = run.correlation_id)));
  perform track_coordination.set_own(before);
  insert into track_coordination.operator_actions (action, correlation_id, track_id, who, why)
  values ('retry', retry.correlation_id, retry.track_id, who, why);
  perform track_coordination.wake_drainer();
  perform track_coordination.wake_workers();
  return changes;
end $$;
