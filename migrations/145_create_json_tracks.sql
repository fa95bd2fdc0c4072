-- What a page shows of the tracks of a run, with one JSON argument. Errors as in 144_create_json_questions.sql.
set lock_timeout = '500ms';

-- What an operator may do with a run as it stands, see 110_create_operator_functions.sql; what has no effect is left out.
create or replace function track_coordination.actions_on_run(run track_coordination.runs) returns text[] language sql stable as $$
  select array_remove(array[
    case when run.state = 'timed_out' or run.state <> 'cancelled' and exists (
           select from track_coordination.activations a
             join track_coordination.definition_tracks t on t.definition_id = a.definition_id and t.track_no = a.track_no
            where a.correlation_id = run.correlation_id and a.state in ('failed', 'timed_out') and a.track_no > 0 and t.fallback_no is null)
         then 'retry' end,
    case when run.state = 'running' and not p.closed then 'hold' end,
    case when p.closed then 'release' end,
    case when run.state = 'running' then 'cancel' end], null)
    from (select exists (select from track_coordination.gate_states g
                          where g.kind = 'pause' and g.state = 'closed' and g.correlation_id = run.correlation_id and g.track_id is null) as closed) p
$$;

-- {correlationId!} → as run_json without the result, and
--   now:     the database's clock
--   actions: what an operator may do with the run now: retry, hold, release, cancel
--   tracks:  [{trackId, handler, level, state, attempt, worker, doing, dueAt, actions, holds}]
--     actions: retry, skip, hold, release
--     holds:   what held it back before it was triggered: [{reason, sentence, firstAt, lastAt, times}]; the codes of docs/why.md
create or replace function track_coordination.list_tracks_json(jsonb) returns jsonb language plpgsql stable
-- planned for the run of this call, by whatever fits, also in sessions that are tuned for something else
set plan_cache_mode = force_custom_plan set enable_seqscan = on set enable_hashjoin = on set enable_mergejoin = on set jit = off as $$
declare
  argument alias for $1;
  run track_coordination.runs;
  fatal int;         -- how many tracks failed the run
  fallbacks int[];   -- the tracks that step in for others
begin
  perform track_coordination.check_keys(argument, '{correlationId}', '{}');
  run := track_coordination.require_run(track_coordination.read_uuid(argument, 'correlationId'));
  select count(*) into fatal
    from track_coordination.activations a
    join track_coordination.definition_tracks t on t.definition_id = a.definition_id and t.track_no = a.track_no
   where a.correlation_id = run.correlation_id and a.state in ('failed', 'timed_out') and t.track_no > 0 and t.on_failure = 'fail-run';
  fallbacks := array(select t.fallback_no from track_coordination.definition_tracks t where t.definition_id = run.definition_id and t.fallback_no is not null);
  return track_coordination.run_facts(run.correlation_id) || jsonb_build_object(
    'now', track_coordination.clock(), 'actions', track_coordination.actions_on_run(run),
    'tracks', (
      with gates as materialized (
        select g.track_id, bool_or(g.kind = 'pause') as paused, bool_or(g.kind = 'quarantine') as quarantined
          from track_coordination.gate_states g
         where g.correlation_id = run.correlation_id and g.track_id is not null and g.state = 'closed' group by g.track_id),
      quarantined as materialized (
        select distinct q.track_id from track_coordination.quarantine q where q.correlation_id = run.correlation_id),
      skippable as materialized (
        select array_agg(m.state) as states from track_coordination.transitions m where m.event = 'skipped' and m.condition = 'by an operator'),
      holds as materialized (
        select d.track_no, jsonb_agg(jsonb_build_object('reason', d.reason, 'sentence', d.sentence, 'firstAt', d.first_at, 'lastAt', d.last_at,
                                                        'times', d.times) order by d.first_at) as list
          from track_coordination.decisions d where d.correlation_id = run.correlation_id group by d.track_no)
      select coalesce(jsonb_agg(jsonb_build_object(
               'trackId', s.track_id, 'handler', s.handler, 'level', s.level, 'state', s.state, 'attempt', s.attempt, 'worker', s.worker,
               'doing', s.doing, 'dueAt', nullif(s.due_at, 'infinity'), 'holds', coalesce(h.list, '[]'),
               'actions', case when s.track_no < 0 then '{}' else array_remove(array[
                 case when s.state in ('failed', 'timed_out') and t.fallback_no is null and run.state <> 'cancelled'
                           and fatal = case when t.on_failure = 'fail-run' then 1 else 0 end then 'retry' end,
                 case when run.state = 'running' and s.state = any(k.states) and not (s.state = 'waiting' and s.track_no = any(fallbacks)) then 'skip' end,
                 case when run.state = 'running' and s.state in ('waiting', 'held', 'triggered', 'started') and not coalesce(g.paused, false) then 'hold' end,
                 case when g.paused or g.quarantined and q.track_id is null then 'release' end], null) end)
             order by s.track_no < 0, s.level, s.track_no), '[]')
        from skippable k
        cross join track_coordination.activation_states s
        join track_coordination.definition_tracks t on t.definition_id = run.definition_id and t.track_no = s.track_no
        left join gates g on g.track_id = s.track_id
        left join quarantined q on q.track_id = s.track_id
        left join holds h on h.track_no = s.track_no
       where s.correlation_id = run.correlation_id));
end $$;

-- Does a key of this name hold what is nobody's to see?
create or replace function track_coordination.names_a_secret(key text) returns boolean language sql immutable as $$
  select regexp_replace(lower(key), '[^a-z0-9]', '', 'g')
    ~ '(password|passwd|passphrase|secret|token|authorization|apikey|accesskey|privatekey|credential|cookie)'
$$;

-- The same data for people to look at: values of keys that name a secret, and texts that begin as credentials do in HTTP, are
-- left out, and so is what is nested deeper than 64 levels.
create or replace function track_coordination.masked(value jsonb, level int default 1) returns jsonb language plpgsql immutable as $$
begin
  if level > 64 then
    return '"(nested deeper than is shown)"';
  end if;
  case jsonb_typeof(value)
  when 'object' then
    return (select coalesce(jsonb_object_agg(e.key, case
              when track_coordination.names_a_secret(e.key) and jsonb_typeof(e.value) not in ('null', 'boolean') then '"(masked)"'
              when jsonb_typeof(e.value) in ('object', 'array', 'string') then track_coordination.masked(e.value, level + 1)
              else e.value end), '{}') from jsonb_each(value) e);
  when 'array' then
    return (select coalesce(jsonb_agg(case
              when jsonb_typeof(e.value) in ('object', 'array', 'string') then track_coordination.masked(e.value, level + 1)
              else e.value end order by e.place), '[]') from jsonb_array_elements(value) with ordinality e (value, place));
  when 'string' then
    return case when value #>> '{}' ~* '^\s*(bearer|basic)\s+\S' then '"(masked)"' else value end;
  else
    return value;
  end case;
end $$;

-- A payload as text for people, masked, and of long ones the beginning: {text, bytes, cut}; null for null.
create or replace function track_coordination.shown_payload(payload jsonb) returns jsonb language plpgsql immutable as $$
declare
  most constant int := 20000;   -- characters: more is nothing for a page
  whole text;
begin
  if payload is null then
    return null;
  end if;
  whole := jsonb_pretty(track_coordination.masked(payload));
  return jsonb_build_object('text', left(whole, most), 'bytes', octet_length(payload::text), 'cut', length(whole) > most);
end $$;

-- {correlationId!, trackId!} → {correlationId, trackId, input, data, output, error}
--   each null if there is none, else {text, bytes, cut}: for people, masked, at most 20,000 characters
--   data: of data_ready; output: what it completed with, or what an operator handed on for it; error: of its last failed attempt
create or replace function track_coordination.read_payloads_json(jsonb) returns jsonb language plpgsql stable as $$
declare
  argument alias for $1;
  of_track text;
  run track_coordination.runs;
  track track_coordination.definition_tracks;
  a track_coordination.activations;
begin
  perform track_coordination.check_keys(argument, '{correlationId,trackId}', '{}');
  of_track := track_coordination.read_text(argument, 'trackId');
  run := track_coordination.require_run(track_coordination.read_uuid(argument, 'correlationId'));
  select t.* into track from track_coordination.definition_tracks t where t.definition_id = run.definition_id and t.track_id = of_track;
  if not found then
    track := track_coordination.require_track(run, of_track);
  end if;
  select x.* into a from track_coordination.activations x where x.correlation_id = run.correlation_id and x.track_no = track.track_no;
  return jsonb_build_object(
    'correlationId', run.correlation_id, 'trackId', track.track_id,
    'input', case when a.remaining = 0 then track_coordination.shown_payload(track_coordination.activation_input(run.correlation_id, track.track_no)) end,
    'data', (select track_coordination.shown_payload(l.payload) from public.processing_logs l
              where l.correlation_id = run.correlation_id and l.event_id = a.data_event_id and l.event_type = 'data_ready'),
    'output', (select track_coordination.shown_payload(l.payload) from public.processing_logs l
                where l.correlation_id = run.correlation_id and l.event_id = a.result_event_id and a.state in ('completed', 'skipped')),
    'error', (select track_coordination.shown_payload(coalesce(l.payload -> 'error', l.payload)) from public.processing_logs l
               where l.correlation_id = run.correlation_id and l.track_id = track.track_id and l.event_type in ('failed', 'timed_out')
               order by l.event_id desc limit 1));
end $$;
