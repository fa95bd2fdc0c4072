-- What people ask, with one JSON argument. They change nothing. Errors: 42704 there is no such run, track, workflow or
-- definition, and 22023 for what 140_create_json_arguments.sql refuses.
--
-- Lists are pages: "next" is the cursor that brings the following one as "after", null on the last.
set lock_timeout = '500ms';

-- What a run came to: what its leaves hand on, by the same rule as inputs. Its shape follows the definition: the payload of the
-- only leaf as it is, or {"<track>": payload, …} without those that hand on nothing. Null unless the run completed.
create or replace function track_coordination.run_result(correlation_id uuid) returns jsonb language plpgsql stable as $$
#variable_conflict use_column
declare
  leaves bigint;
  only_payload jsonb;
  by_track jsonb;
begin
  select count(*), (array_agg(h.payload))[1], jsonb_object_agg(t.track_id, h.payload) filter (where h.payload is not null)
    into leaves, only_payload, by_track
    from track_coordination.runs r
    join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.on_run_state is null
    left join track_coordination.activations a on a.correlation_id = r.correlation_id and a.track_no = t.track_no
    left join lateral (
      select track_coordination.handed_on_payload(l.event_type, l.payload, l.attempt) as payload
        from public.processing_logs l
       where l.correlation_id = r.correlation_id
         and l.event_id = track_coordination.handed_on(r.correlation_id, r.definition_id, t.track_no, a.state, a.result_event_id, a.data_event_id, 'completed')) h on true
   where r.correlation_id = run_result.correlation_id and r.state = 'completed'
     and not exists (select from track_coordination.definition_dependencies d
                      where d.definition_id = r.definition_id and d.upstream_no = t.track_no and d.on_event = 'completed')
     and not exists (select from track_coordination.definition_dependencies d
                      where d.definition_id = r.definition_id and d.downstream_no = t.track_no and d.on_event = 'failed');
  return case when leaves = 1 then coalesce(only_payload, '{}') when leaves > 1 then coalesce(by_track, '{}') end;
end $$;

-- A run without its tracks and events. Error 42704: there is no such run.
create or replace function track_coordination.run_facts(correlation_id uuid) returns jsonb language plpgsql stable as $$
#variable_conflict use_column
declare
  run track_coordination.runs := track_coordination.require_run(run_facts.correlation_id);
begin
  return (
    select jsonb_build_object(
             'correlationId', run.correlation_id, 'workflow', d.workflow, 'definition', d.hash, 'state', run.state, 'userId', run.user_id,
             'priority', run.priority, 'startedAt', run.created_at, 'finishedAt', run.finished_at, 'deadlineAt', run.deadline_at,
             'error', (select o.error from track_coordination.run_overview o where o.correlation_id = run.correlation_id))
      from track_coordination.definitions d where d.definition_id = run.definition_id);
end $$;

-- {correlationId!} → {correlationId, workflow, definition, state, userId, priority, startedAt, finishedAt, deadlineAt, error,
--  result, tracks: [{trackId, handler, state, attempt, worker, doing, dueAt}]}
--   definition: its hash; error: what failed, as text; result: null unless the run completed
create or replace function track_coordination.run_json(jsonb) returns jsonb language plpgsql stable as $$
declare
  argument alias for $1;
  run uuid;
begin
  perform track_coordination.check_keys(argument, '{correlationId}', '{}');
  run := track_coordination.read_uuid(argument, 'correlationId');
  return track_coordination.run_facts(run) || jsonb_build_object(
    'result', track_coordination.run_result(run),
    'tracks', (select coalesce(jsonb_agg(jsonb_build_object(
                        'trackId', s.track_id, 'handler', s.handler, 'state', s.state, 'attempt', s.attempt, 'worker', s.worker,
                        'doing', s.doing, 'dueAt', nullif(s.due_at, 'infinity')) order by s.track_no < 0, s.level, s.track_no), '[]')
                 from track_coordination.activation_states s where s.correlation_id = run));
end $$;

-- {correlationId!} → as run_json, but instead of result and tracks
--   events: [{eventId, trackId, eventType, attempt, createdAt, durationSeconds, sourceTrack, fate, detail}]
-- Events that began no run, as those in quarantine, are told with nulls for all that is of the run.
create or replace function track_coordination.execution_chain_json(jsonb) returns jsonb language plpgsql stable as $$
declare
  argument alias for $1;
  run uuid;
  chain jsonb;
  facts jsonb;
begin
  perform track_coordination.check_keys(argument, '{correlationId}', '{}');
  run := track_coordination.read_uuid(argument, 'correlationId');
  select coalesce(jsonb_agg(jsonb_build_object(
           'eventId', e.event_id, 'trackId', e.track_id, 'eventType', e.event_type, 'attempt', e.attempt, 'createdAt', e.created_at,
           'durationSeconds', extract(epoch from e.duration), 'sourceTrack', e.source_track, 'fate', e.fate, 'detail', e.detail) order by e.event_id), '[]')
    into chain
    from track_coordination.execution_chain(run) e;
  if chain = '[]' or exists (select from track_coordination.runs r where r.correlation_id = run) then
    facts := track_coordination.run_facts(run);
  else
    facts := jsonb_build_object('correlationId', run, 'workflow', null, 'definition', null, 'state', null, 'userId', null, 'priority', null,
                                'startedAt', null, 'finishedAt', null, 'deadlineAt', null, 'error', null);
  end if;
  return facts || jsonb_build_object('events', chain);
end $$;

-- {correlationId!, trackId!} → {correlationId, trackId, state, dependenciesMet, missing: [track], attempt, worker, doing, dueAt}
create or replace function track_coordination.dependencies_met_json(jsonb) returns jsonb language plpgsql stable as $$
declare
  argument alias for $1;
  of_track text;
  run track_coordination.runs;
  track track_coordination.definition_tracks;
begin
  perform track_coordination.check_keys(argument, '{correlationId,trackId}', '{}');
  of_track := track_coordination.read_text(argument, 'trackId');
  run := track_coordination.require_run(track_coordination.read_uuid(argument, 'correlationId'));
  select t.* into track from track_coordination.definition_tracks t where t.definition_id = run.definition_id and t.track_id = of_track;
  if not found then
    track := track_coordination.require_track(run, of_track);
  end if;
  return (
    select jsonb_build_object(
             'correlationId', run.correlation_id, 'trackId', track.track_id, 'state', coalesce(s.state, case run.state when 'running' then 'waiting' else 'cancelled' end),
             'dependenciesMet', coalesce(track_coordination.dependencies_met(track.track_id, run.correlation_id), false),
             'missing', (select coalesce(jsonb_agg(u.track_id order by u.level, u.track_no), '[]')
                           from track_coordination.definition_dependencies d
                           join track_coordination.definition_tracks u on u.definition_id = d.definition_id and u.track_no = d.upstream_no
                          where d.definition_id = track.definition_id and d.downstream_no = track.track_no and not d.stands_in
                            and track_coordination.dependency_outcome(run.correlation_id, d.definition_id, d.upstream_no, d.on_event, '{}') = 'open'),
             'attempt', s.attempt, 'worker', s.worker, 'doing', s.doing, 'dueAt', nullif(s.due_at, 'infinity'))
      from (select) one
      left join track_coordination.activation_states s on s.correlation_id = run.correlation_id and s.track_no = track.track_no);
end $$;

-- {correlationId!, trackId} → {reasons: [{trackId, state, reason, sentence, missing: [track], unblockedBy, earliestAt}]}
create or replace function track_coordination.why_json(jsonb) returns jsonb language plpgsql stable as $$
declare
  argument alias for $1;
  run uuid;
  of_track text;
  reasons jsonb;
begin
  perform track_coordination.check_keys(argument, '{correlationId}', '{trackId}');
  run := track_coordination.read_uuid(argument, 'correlationId');
  of_track := track_coordination.read_text(argument, 'trackId');
  if of_track is null then
    select jsonb_agg(track_coordination.reason_json(w.track, w.state, w.reason, w.sentence, w.missing, w.unblocked_by, w.earliest_at)) into reasons
      from track_coordination.why(run) w;
  else
    select jsonb_agg(track_coordination.reason_json(w.track, w.state, w.reason, w.sentence, w.missing, w.unblocked_by, w.earliest_at)) into reasons
      from track_coordination.why(run, of_track) w;
  end if;
  return jsonb_build_object('reasons', coalesce(reasons, '[]'));
end $$;

create or replace function track_coordination.reason_json(
  track text, state text, reason text, sentence text, missing text[], unblocked_by text, earliest_at timestamptz) returns jsonb language sql stable as $$
  select jsonb_build_object('trackId', track, 'state', state, 'reason', reason, 'sentence', sentence, 'missing', to_jsonb(coalesce(missing, '{}')),
                            'unblockedBy', unblocked_by, 'earliestAt', earliest_at)
$$;

-- {workflow, state, userId, since, limit (100; at most 1000), after} → {runs: [{correlationId, workflow, state, userId, startedAt,
--  finishedAt, durationSeconds, tracks, completed, failed, inProgress, error}], next}
--   since: only those that began then or later, a time as in answers
-- The newest first, by correlation id: those that we make rise with time. Without filters a page reads the runs that it shows
-- and no others; with one, the runs that it passes over, or what an index finds.
create or replace function track_coordination.list_runs_json(jsonb) returns jsonb language plpgsql stable
-- planned for the filters of this call, by whatever fits, also in sessions that are tuned for something else
set plan_cache_mode = force_custom_plan set enable_seqscan = on set enable_hashjoin = on set enable_mergejoin = on set jit = off as $$
declare
  argument alias for $1;
  states constant text[] := '{running,completed,failed,cancelled,timed_out}';
  of_workflow text;
  of_definitions int[];
  of_state text;
  of_user text;
  not_before timestamptz;
  behind uuid;
  most int;
begin
  perform track_coordination.check_keys(argument, '{}', '{workflow,state,userId,since,limit,after}');
  of_workflow := track_coordination.read_text(argument, 'workflow');
  of_state := track_coordination.read_text(argument, 'state');
  of_user := track_coordination.read_text(argument, 'userId');
  not_before := track_coordination.read_time(argument, 'since');
  most := coalesce(track_coordination.read_number(argument, 'limit', 1, 1000), 100);
  behind := track_coordination.read_uuid(argument, 'after');
  if of_state <> all(states) then
    raise exception 'key state is %, which no run has', track_coordination.shown(of_state) using errcode = 'invalid_parameter_value',
      hint = 'One of ' || array_to_string(states, ', ') || '.';
  end if;
  if of_workflow is not null then
    perform track_coordination.require_workflow(of_workflow);
    of_definitions := array(select d.definition_id from track_coordination.definitions d where d.workflow = of_workflow);
  end if;
  return (
    with page as materialized (
      select r.correlation_id
        from track_coordination.runs r
       where (behind is null or r.correlation_id < behind)
         and (of_definitions is null or r.definition_id = any(of_definitions))
         and (of_state is null or r.state = of_state)
         and (of_state is distinct from 'running' or r.finished_at is null)
         and (of_user is null or r.user_id = of_user)
         and (not_before is null or r.created_at >= not_before)
       order by r.correlation_id desc limit most + 1),
    shown as materialized (
      select p.correlation_id from page p order by p.correlation_id desc limit most)
    select jsonb_build_object(
             'runs', coalesce(jsonb_agg(jsonb_build_object(
               'correlationId', o.correlation_id, 'workflow', o.workflow, 'state', o.state, 'userId', o.user_id, 'startedAt', o.started_at,
               'finishedAt', o.finished_at, 'durationSeconds', extract(epoch from o.duration), 'tracks', o.tracks, 'completed', o.completed,
               'failed', o.failed, 'inProgress', o.in_progress, 'error', o.error) order by o.correlation_id desc), '[]'),
             'next', case when (select count(*) from page) > most then (select s.correlation_id from shown s order by s.correlation_id limit 1) end)
      from shown s
      cross join lateral (select o.* from track_coordination.run_overview o where o.correlation_id = s.correlation_id offset 0) o);
end $$;

-- {} → {queues: [{queue, handler, depth, ready, inProgress, held, oldestSeconds}]}; see the view queue_depth
create or replace function track_coordination.list_queues_json(jsonb) returns jsonb language plpgsql stable as $$
begin
  perform track_coordination.check_keys($1, '{}', '{}');
  return (
    select jsonb_build_object('queues', coalesce(jsonb_agg(jsonb_build_object(
             'queue', q.queue, 'handler', q.handler, 'depth', q.depth, 'ready', q.ready, 'inProgress', q.in_progress, 'held', q.held,
             'oldestSeconds', extract(epoch from q.oldest)) order by q.queue, q.handler), '[]'))
      from track_coordination.queue_depth q);
end $$;

-- {} → {gates: [{kind, state, handler, circuit, correlationId, trackId, userId, reason, who, permits, changedAt, earliestAt, routeId}]}; see
-- the view gates
create or replace function track_coordination.list_gates_json(jsonb) returns jsonb language plpgsql stable as $$
begin
  perform track_coordination.check_keys($1, '{}', '{}');
  return (
    select jsonb_build_object('gates', coalesce(jsonb_agg(jsonb_build_object(
             'kind', g.kind, 'state', g.state, 'handler', g.handler, 'circuit', g.circuit, 'correlationId', g.correlation_id, 'trackId', g.track_id,
             'userId', g.user_id, 'reason', g.reason, 'who', g.who, 'permits', g.permits, 'changedAt', g.changed_at, 'earliestAt', g.earliest_at,
             'routeId', g.route_id) order by g.state, g.kind, g.changed_at), '[]'))
      from track_coordination.gates g);
end $$;

-- {limit (100; at most 1000), after} → {events: [{eventId, correlationId, trackId, eventType, reason, decidedAt}], next}, the newest first
create or replace function track_coordination.list_quarantine_json(jsonb) returns jsonb language plpgsql stable as $$
declare
  argument alias for $1;
  most int;
  behind text;
  decided timestamptz;
  event bigint;
  run uuid;
begin
  perform track_coordination.check_keys(argument, '{}', '{limit,after}');
  most := coalesce(track_coordination.read_number(argument, 'limit', 1, 1000), 100);
  behind := track_coordination.read_text(argument, 'after');
  if behind !~ '^[0-9]{1,17},-?[0-9]{1,18},[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    raise exception 'key after is %, which is no cursor of this list', track_coordination.shown(behind) using errcode = 'invalid_parameter_value',
      hint = 'Pass on what "next" of the page before was.';
  end if;
  decided := to_timestamp(0) + split_part(behind, ',', 1)::bigint * interval '1 microsecond';
  event := split_part(behind, ',', 2);
  run := split_part(behind, ',', 3);
  return (
    with page as materialized (
      select f.decided_at, f.event_id, f.correlation_id
        from track_coordination.event_fates f
       where f.fate = 'quarantined' and (behind is null or (f.decided_at, f.event_id, f.correlation_id) < (decided, event, run))
       order by f.decided_at desc, f.event_id desc, f.correlation_id desc limit most + 1),
    shown as materialized (
      select p.*, row_number() over (order by p.decided_at desc, p.event_id desc, p.correlation_id desc) as place
        from page p order by place limit most)
    select jsonb_build_object(
             'events', coalesce(jsonb_agg(jsonb_build_object(
               'eventId', q.event_id, 'correlationId', q.correlation_id, 'trackId', q.track_id, 'eventType', q.event_type, 'reason', q.reason,
               'decidedAt', q.decided_at) order by s.place), '[]'),
             'next', case when (select count(*) from page) > most then (
               select (extract(epoch from s.decided_at) * 1000000)::bigint || ',' || s.event_id || ',' || s.correlation_id
                 from shown s order by s.place desc limit 1) end)
      from shown s
      -- the row of the view, found by the key of its table
      cross join lateral (
        select f.event_id, nullif(f.correlation_id, '00000000-0000-0000-0000-000000000000') as correlation_id, f.reason, f.decided_at,
               l.track_id, coalesce(l.event_type, case f.correlation_id when '00000000-0000-0000-0000-000000000000' then 'released' else 'begun' end) as event_type
          from track_coordination.event_fates f
          left join public.processing_logs l on l.correlation_id = f.correlation_id and l.event_id = f.event_id
         where f.correlation_id = s.correlation_id and f.event_id = s.event_id) q);
end $$;

-- Error 42704: no definition of such a workflow was ever loaded.
create or replace function track_coordination.require_workflow(workflow text) returns void language plpgsql stable as $$
#variable_conflict use_variable
begin
  if not exists (select from track_coordination.definitions d where d.workflow = require_workflow.workflow) then
    raise exception 'there is no workflow %', track_coordination.shown(workflow) using errcode = 'undefined_object',
      hint = coalesce('Known are: ' || (select left(string_agg(w.workflow, ', ' order by w.workflow), 1000) from track_coordination.workflows w), 'None is loaded yet.');
  end if;
end $$;

-- {workflow} → {workflows: [{workflow, hash, current, tracks, createdAt, loadedBy, loadedAt, retiredAt, retiredBy, retiredWhy, running,
--  oldestRunning, oldestRunningAt, finished, completed, failed, cancelled, timedOut}]}; see the view workflow_definitions
create or replace function track_coordination.list_workflows_json(jsonb) returns jsonb language plpgsql stable as $$
declare
  argument alias for $1;
  of_workflow text;
begin
  perform track_coordination.check_keys(argument, '{}', '{workflow}');
  of_workflow := track_coordination.read_text(argument, 'workflow');
  if of_workflow is not null then
    perform track_coordination.require_workflow(of_workflow);
  end if;
  return (
    select jsonb_build_object('workflows', coalesce(jsonb_agg(jsonb_build_object(
             'workflow', w.workflow, 'hash', w.hash, 'current', w.current, 'tracks', w.tracks, 'createdAt', w.created_at, 'loadedBy', w.loaded_by,
             'loadedAt', w.loaded_at, 'retiredAt', w.retired_at, 'retiredBy', w.retired_by, 'retiredWhy', w.retired_why, 'running', w.running,
             'oldestRunning', w.oldest_running, 'oldestRunningAt', w.oldest_running_at, 'finished', w.finished, 'completed', w.completed,
             'failed', w.failed, 'cancelled', w.cancelled, 'timedOut', w.timed_out) order by w.workflow, w.definition_id desc), '[]'))
      from track_coordination.workflow_definitions w
     where of_workflow is null or w.workflow = of_workflow);
end $$;

-- {workflow!, hash} → {workflow, hash, current, document}
--   hash: all of it, or its first 8 digits or more; by default the current definition's
create or replace function track_coordination.workflow_json(jsonb) returns jsonb language plpgsql stable as $$
declare
  argument alias for $1;
  of_workflow text;
  of_hash text;
  definition track_coordination.definitions;
  current_one int;
begin
  perform track_coordination.check_keys(argument, '{workflow}', '{hash}');
  of_workflow := track_coordination.read_text(argument, 'workflow');
  of_hash := track_coordination.read_text(argument, 'hash');
  select w.definition_id into current_one from track_coordination.workflows w where w.workflow = of_workflow;
  if of_hash is not null then
    definition := track_coordination.require_definition(of_workflow, of_hash);
  else
    select d.* into definition from track_coordination.definitions d where d.definition_id = current_one;
    if not found then
      perform track_coordination.require_workflow(of_workflow);
      raise exception 'workflow % has no current definition', track_coordination.shown(of_workflow) using errcode = 'undefined_object',
        hint = 'Say which one by its hash; select workflow, hash from track_coordination.workflow_definitions lists all.';
    end if;
  end if;
  return jsonb_build_object('workflow', definition.workflow, 'hash', definition.hash, 'current', coalesce(definition.definition_id = current_one, false),
                            'document', definition.document);
end $$;

-- {} → {findings: [{invariant, correlationId, trackId, detail}]}; none is healthy
create or replace function track_coordination.audit_json(jsonb) returns jsonb language plpgsql stable as $$
begin
  perform track_coordination.check_keys($1, '{}', '{}');
  return (
    select jsonb_build_object('findings', coalesce(jsonb_agg(jsonb_build_object(
             'invariant', a.invariant, 'correlationId', a.correlation_id, 'trackId', a.track_id, 'detail', a.detail)), '[]'))
      from track_coordination.audit() a);
end $$;
