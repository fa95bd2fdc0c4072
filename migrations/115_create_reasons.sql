-- Why an activation is where it is: computed from what is stored when somebody asks.
set lock_timeout = '500ms';

-- One row per track of a run, by itself: what a track waits for is told by why, which follows the missing dependencies up.
--   reason:       a code, see docs/why.md
--   sentence:     the same for people, to follow the track's name
--   missing:      of a waiting track, the tracks whose end it still waits for
--   unblocked_by: who or what can change it; null: nothing is to be changed
--   earliest_at:  when it may change at the earliest, if that is known
--   obstacle:     whether something else may wait for this: it is neither at its end nor only waiting itself
create or replace function track_coordination.reasons(correlation_id uuid)
returns table (track_no int, track_id text, level int, state text, reason text, sentence text, missing text[],
               unblocked_by text, earliest_at timestamptz, obstacle boolean) language plpgsql stable
-- planned for the run of this call, by whatever fits, also in sessions that are tuned for something else
set plan_cache_mode = force_custom_plan set enable_seqscan = on set enable_hashjoin = on set enable_mergejoin = on set jit = off as $$
#variable_conflict use_column
declare
  run track_coordination.runs := track_coordination.require_run(reasons.correlation_id);
  this_moment timestamptz := track_coordination.clock();
  by_operator text;   -- what ended the run, if somebody did
  failures text;      -- the tracks that failed for the run
  s record;
  w record;
begin
  select format('%s by %s at %s%s', case o.action when 'cancel' then 'cancelled' else o.action end, o.who, track_coordination.said(o.acted_at), ': ' || o.why) into by_operator
    from track_coordination.operator_actions o
   where o.correlation_id = run.correlation_id and o.action = 'cancel' order by o.acted_at desc limit 1;
  select string_agg(f.track_id, ', ' order by f.track_no) into failures
    from track_coordination.activation_states f
    join track_coordination.definition_tracks t on t.definition_id = run.definition_id and t.track_no = f.track_no
   where f.correlation_id = run.correlation_id and f.state in ('failed', 'timed_out') and t.on_failure in ('fail-run', 'skip-downstream');
  for s in
    with log as materialized (
      select distinct on (l.track_id, l.event_type) l.track_id, l.event_type, l.attempt, l.created_at,
             l.payload #>> '{error,message}' as error,
             l.metadata ->> 'reason' as reason, l.metadata ? 'condition' as has_condition, l.metadata ? 'who' as by_somebody
        from public.processing_logs l
       where l.correlation_id = run.correlation_id and l.event_id is not null
         and l.event_type in ('completed', 'failed', 'timed_out', 'skipped')
         and not exists (select from track_coordination.event_fates f where f.correlation_id = l.correlation_id and f.event_id = l.event_id)
       order by l.track_id, l.event_type, l.event_id desc),
    repeated as materialized (
      select l.track_id, count(*) as times
        from track_coordination.event_fates f
        join public.processing_logs l on l.correlation_id = f.correlation_id and l.event_id = f.event_id
       where f.correlation_id = run.correlation_id and f.fate = 'duplicate'
       group by l.track_id),
    refused as materialized (
      select q.track_id, string_agg(format('event %s (%s) is in quarantine: %s', q.event_id, q.event_type, q.reason), '; ' order by q.event_id) as why,
             string_agg(format('replay_event(%s) or dismiss_event(%s)', q.event_id, q.event_id), ', ' order by q.event_id) as how
        from track_coordination.quarantine q where q.correlation_id = run.correlation_id
       group by q.track_id),
    queued as materialized (
      select coalesce(e.track_id, '') as track_id, count(*) as events
        from track_coordination.event_queue e where e.correlation_id = run.correlation_id
       group by coalesce(e.track_id, '')),
    open_dependencies as materialized (
      select i.downstream_no as track_no, array_agg(u.track_id order by u.level, u.track_no) as missing
        from track_coordination.definition_dependencies i
        join track_coordination.definition_tracks u on u.definition_id = i.definition_id and u.track_no = i.upstream_no
        left join track_coordination.activations x on x.correlation_id = run.correlation_id and x.track_no = i.upstream_no
       where run.state = 'running' and i.definition_id = run.definition_id and not i.stands_in
         -- nearly all are at one of the two ends, where nothing needs to be asked
         and case when x.state is null then true
                  when x.state = 'completed' and i.on_event <> 'failed' then false
                  else track_coordination.dependency_outcome(run.correlation_id, i.definition_id, i.upstream_no, i.on_event, '{}') = 'open' end
       group by i.downstream_no),
    fallbacks as materialized (
      select distinct f.fallback_no as track_no from track_coordination.definition_tracks f
       where f.definition_id = run.definition_id and f.fallback_no is not null)
    select t.*, coalesce(a.state, 'waiting') as now_state, a.attempt, a.worker, a.due_at, a.claimed_at, a.doing, a.trigger_event_id,
           d.attempt as failed_attempt, d.created_at as failed_at, d.error as failed_error, k.reason as skip_reason, k.has_condition, k.by_somebody,
           c.created_at as completed_at, r.times as repeated, q.why as refused, q.how as replay,
           coalesce(e.events, 0) as queued, (select b.events from queued b where b.track_id = '') as begun,
           z.worker as seen_worker, z.seen_at,
           case when a.state = 'waiting' then m.missing end as missing_tracks, b.track_no is not null as steps_in
      from track_coordination.definition_tracks t
      left join track_coordination.activation_states a on a.correlation_id = run.correlation_id and a.track_no = t.track_no
      left join log d on d.track_id = t.track_id and d.event_type = case when a.state = 'timed_out' then 'timed_out' else 'failed' end
      left join log k on k.track_id = t.track_id and k.event_type = 'skipped'
      left join log c on c.track_id = t.track_id and c.event_type = 'completed'
      left join repeated r on r.track_id = t.track_id
      left join refused q on q.track_id = t.track_id
      left join queued e on e.track_id = t.track_id
      left join track_coordination.worker_sightings z on z.handler = t.handler
      left join open_dependencies m on m.track_no = t.track_no
      left join fallbacks b on b.track_no = t.track_no
     where t.definition_id = run.definition_id
     order by t.level, t.track_no
  loop
    track_no := s.track_no; track_id := s.track_id; level := s.level; state := s.now_state; missing := s.missing_tracks;
    reason := null; sentence := null; unblocked_by := null; earliest_at := null; obstacle := false;

    case s.now_state
    when 'completed' then
      reason := case when s.repeated > 0 then 'duplicate' else 'completed' end;
      sentence := format('completed at %s', track_coordination.said(s.completed_at))
                  || case when s.repeated > 0 then format('; it was reported again %s, without effect', track_coordination.how_often(s.repeated)) else '' end;
    when 'failed', 'timed_out' then
      reason := case when s.now_state = 'timed_out' then 'timed-out' else 'failed' end;
      sentence := format('%s with attempt %s at %s: %s', replace(s.now_state, '_', ' '), coalesce(s.failed_attempt::text, 'none'),
                         track_coordination.said(s.failed_at), coalesce(s.failed_error, 'no message'));
      unblocked_by := case s.on_failure when 'fail-run' then format('an operator: retry(%L)', run.correlation_id)
                        when 'skip-downstream' then format('an operator: retry(%L)', run.correlation_id) end;
    when 'skipped' then
      reason := case when s.has_condition then 'condition-false'
                     when s.by_somebody then 'skipped-by-operator'
                     when s.skip_reason like 'the track that it steps in for%' then 'fallback-not-needed'
                     when exists (select from track_coordination.definition_dependencies i
                                    join track_coordination.activations f on f.correlation_id = run.correlation_id and f.track_no = i.upstream_no
                                   where i.definition_id = s.definition_id and i.downstream_no = s.track_no and f.state in ('failed', 'timed_out')) then 'dependency-failed'
                     else 'dependency-skipped' end;
      sentence := 'was skipped: ' || coalesce(s.skip_reason, 'nothing says why');
    when 'cancelled' then
      reason := case run.state when 'timed_out' then 'deadline-passed' when 'failed' then 'run-failed' else 'cancelled' end;
      sentence := case run.state
        when 'timed_out' then format('was cancelled: the deadline of its run passed at %s', track_coordination.said(run.deadline_at))
        when 'failed' then format('was cancelled: %s failed, and that failed the run', coalesce(failures, 'a track'))
        else 'was cancelled: its run was ' || coalesce(by_operator, 'ended') end;
      unblocked_by := case when run.state in ('failed', 'timed_out') then format('an operator: retry(%L)', run.correlation_id) end;
    when 'started' then
      obstacle := true;
      if s.refused is not null then
        reason := 'payload-refused';
        sentence := 'cannot go on: ' || s.refused;
        unblocked_by := 'an operator: ' || s.replay;
      elsif s.due_at = 'infinity' or s.queued > 0 then
        reason := 'being-coordinated';
        sentence := format('has reported, and the coordinator has still to settle %s of it', track_coordination.counted(greatest(s.queued, 1), 'event'));
        unblocked_by := 'the coordinator';
      elsif s.due_at <= this_moment then
        reason := 'lease-ended';
        sentence := format('lost its worker: the lease of %s on attempt %s ended at %s', s.worker, s.attempt, track_coordination.said(s.due_at));
        unblocked_by := 'the coordinator, which ends the attempt';
      else
        reason := 'in-progress';
        sentence := format('is being done: attempt %s by worker %s since %s', s.attempt, s.worker, track_coordination.said(s.claimed_at)) || coalesce(', at ' || s.doing, '');
        unblocked_by := 'its worker' || case when s.timeout is not null then format('; its timeout ends the attempt at %s', track_coordination.said(s.claimed_at + s.timeout)) else '' end;
      end if;
    when 'held', 'triggered' then
      obstacle := true;
      select * into w from track_coordination.held_by(s.handler, run.correlation_id, s.definition_id, s.track_no, run.user_id);
      if s.refused is not null then
        reason := 'payload-refused';
        sentence := 'cannot go on: ' || s.refused;
        unblocked_by := 'an operator: ' || s.replay;
      elsif w.reason is not null then
        reason := w.reason; unblocked_by := w.unblocked_by; earliest_at := w.earliest_at;
        sentence := w.sentence || coalesce((
          select format(' (held since %s, found so %s)', track_coordination.said(h.first_at), track_coordination.how_often(h.times))
            from track_coordination.decisions h
           where h.correlation_id = run.correlation_id and h.track_no = s.track_no and h.reason = w.reason), '');
      elsif s.queued > 0 then
        reason := 'being-coordinated';
        sentence := format('has reported, and the coordinator has still to settle %s of it', track_coordination.counted(s.queued, 'event'));
        unblocked_by := 'the coordinator';
      elsif s.now_state = 'held' then
        reason := 'being-coordinated';
        sentence := 'was held by a gate that is open again';
        unblocked_by := 'the coordinator';
      elsif s.due_at > this_moment then
        reason := 'not-due';
        sentence := case when s.attempt > 0
          then format('waits for attempt %s, which is due at %s: attempt %s failed with: %s', s.attempt + 1, track_coordination.said(s.due_at), s.attempt, coalesce(s.failed_error, 'no message'))
          else format('is not due before %s', track_coordination.said(s.due_at)) end;
        unblocked_by := 'time';
        earliest_at := s.due_at;
      elsif (select l.reached from track_coordination.limit_of(s.handler) l) then
        reason := 'held-by-limit';
        select format('is queued since %s, and its handler %s is at its limit: %s', track_coordination.said(s.due_at), s.handler, l.reason), l.earliest_at
          into sentence, earliest_at from track_coordination.limit_of(s.handler) l;
        unblocked_by := case when earliest_at is null then format('the end of what runs for handler %s', s.handler) else 'time' end;
      elsif coalesce(s.seen_at, '-infinity') < this_moment - interval '2 minutes'
            and not exists (select from track_coordination.work_queue o where o.handler = s.handler and o.claimed and o.due_at > this_moment) then
        reason := 'no-worker';
        sentence := format('is queued since %s, and no worker claims for its handler %s: %s', track_coordination.said(s.due_at), s.handler,
                           coalesce('the last, ' || s.seen_worker || ', was seen at ' || track_coordination.said(s.seen_at), 'none was ever seen'));
        unblocked_by := format('a worker of handler %s: a route from kamelet:track-source, or calls of claim_work', s.handler);
      else
        reason := 'waits-for-worker';
        sentence := format('is queued since %s for a worker of handler %s, behind %s', track_coordination.said(s.due_at), s.handler, (
          select track_coordination.counted(count(*), 'other') from track_coordination.work_queue o
           where o.handler = s.handler and not o.claimed and o.due_at < s.due_at));
        unblocked_by := format('a worker of handler %s', s.handler);
      end if;
    else -- waiting
      if s.on_run_state is not null then
        reason := 'run-not-ended';
        sentence := format('is done when the run ends as %s; it is %s', s.on_run_state, run.state);
      elsif s.refused is not null then
        reason := 'payload-refused'; obstacle := true;
        sentence := 'cannot begin: ' || s.refused;
        unblocked_by := 'an operator: ' || s.replay;
      elsif cardinality(missing) > 0 then
        reason := case when s.steps_in then 'fallback-not-needed-yet' else 'dependency-missing' end;
        sentence := 'waits for ' || array_to_string(missing[1:5], ', ') || case when cardinality(missing) > 5 then format(' and %s more', cardinality(missing) - 5) else '' end
                    || case when reason = 'fallback-not-needed-yet' then ', which it steps in for if that fails' else '' end;
      else
        reason := 'being-coordinated'; obstacle := true;
        sentence := 'has all that it waits for, and its events wait for the coordinator';
        unblocked_by := 'the coordinator';
      end if;
    end case;
    return next;
  end loop;
end $$;

-- Why is this track of this run where it is, and why did it not start? One row; of a track that waits, the sentence goes on to
-- the obstacle that is most upstream, and that one's is unblocked_by and earliest_at.
-- Error 42704: there is no such run or track.
create or replace function track_coordination.why(correlation_id uuid, track_id text)
returns table (track text, state text, reason text, sentence text, missing text[], unblocked_by text, earliest_at timestamptz)
language plpgsql stable
set plan_cache_mode = force_custom_plan set enable_hashjoin = on set jit = off as $$
#variable_conflict use_column
begin
  if not exists (select from track_coordination.runs r
                   join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_id = why.track_id
                  where r.correlation_id = why.correlation_id) then
    perform track_coordination.require_track(track_coordination.require_run(why.correlation_id), why.track_id);
  end if;
  return query
  with recursive tracks as materialized (select * from track_coordination.reasons(why.correlation_id)),
  upstream as (
    select t.track_id, t.missing from tracks t where t.track_id = why.track_id
    union
    select t.track_id, t.missing from upstream u cross join lateral unnest(u.missing) m (track_id) join tracks t on t.track_id = m.track_id),
  obstacle as (
    select t.* from tracks t join upstream u on u.track_id = t.track_id
     where t.obstacle and t.track_id <> why.track_id order by t.level, t.track_no limit 1)
  select t.track_id, t.state, t.reason,
         t.track_id || ' ' || t.sentence || coalesce('; ' || o.track_id || ' ' || o.sentence, ''),
         t.missing, coalesce(t.unblocked_by, o.unblocked_by), coalesce(t.earliest_at, o.earliest_at)
    from tracks t left join obstacle o on true
   where t.track_id = why.track_id;
end $$;

-- Why is this run where it is? While it runs: what stands in its way, the most upstream first, then what waits for that.
-- Once it ended: what did not complete. A run that is gone, or that never began, has one row without a track; a run in which
-- all completed as well.
create or replace function track_coordination.why(correlation_id uuid)
returns table (track text, state text, reason text, sentence text, missing text[], unblocked_by text, earliest_at timestamptz)
language plpgsql stable as $$
#variable_conflict use_column
declare
  run track_coordination.runs;
begin
  select r.* into run from track_coordination.runs r where r.correlation_id = why.correlation_id;
  if not found then
    return query
    select null::text, z.state, 'cleaned-up', format('the run %s at %s, and was cleaned up at %s', replace(z.state, '_', ' '), track_coordination.said(z.finished_at), track_coordination.said(z.cleaned_at)),
           null::text[], null::text, null::timestamptz
      from track_coordination.tombstones z where z.correlation_id = why.correlation_id;
    if found then
      return;
    end if;
    return query
    select q.track_id, null::text, case when q.reason like '% is retired%' then 'definition-retired' else 'not-begun' end, format('no run began: event %s (%s) is in quarantine: %s', q.event_id, q.event_type, q.reason),
           null::text[], format('an operator: replay_event(%s) or dismiss_event(%s)', q.event_id, q.event_id), null::timestamptz
      from track_coordination.quarantine q where q.correlation_id = why.correlation_id order by q.event_id;
    if found then
      return;
    end if;
    run := track_coordination.require_run(why.correlation_id);
  end if;
  return query
  select t.track_id, t.state, t.reason, t.track_id || ' ' || t.sentence, t.missing, t.unblocked_by, t.earliest_at
    from track_coordination.reasons(why.correlation_id) t
   where t.state <> 'completed' and t.reason not in ('fallback-not-needed', 'fallback-not-needed-yet', 'run-not-ended')
   order by t.obstacle desc, t.level, t.track_no;
  if not found then
    return query select null::text, run.state, run.state, format('the run %s', replace(run.state, '_', ' ')) || coalesce(' at ' || track_coordination.said(run.finished_at), ''),
                        null::text[], null::text, null::timestamptz;
  end if;
end $$;
