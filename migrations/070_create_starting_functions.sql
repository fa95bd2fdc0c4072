-- How others take part by SQL: recording events and starting runs.
set lock_timeout = '500ms';

-- Records an event of a track, as a plain INSERT into the log would, but refuses what could not be coordinated.
--   metadata.attempt: the attempt that it speaks for; without it, the current one
-- Returns the event's id. Errors: 22023 for a value that is refused, with a hint; 54000 payload or metadata are larger than 1 MiB;
-- 42501 the role was not granted this track.
create or replace function track_coordination.record_track_event(
  user_id text, track_id text, event_type text, correlation_id uuid, payload jsonb default null, metadata jsonb default null)
returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  id bigint;
  before text;
begin
  if correlation_id is null then
    raise exception 'correlation_id is missing' using errcode = 'invalid_parameter_value',
      hint = 'Use the correlation id of the run, or a new one to start a run.';
  elsif track_id is null or track_id !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$' then
    raise exception 'track_id % is no track id', coalesce(quote_literal(left(track_id, 200)), 'null') using errcode = 'invalid_parameter_value',
      hint = 'Letters, digits, dot, underscore and hyphen, at most 200, a letter or digit first.';
  elsif event_type is null or event_type not in ('started', 'data_ready', 'completed', 'failed', 'timed_out') then
    raise exception 'event_type % cannot be recorded', coalesce(quote_literal(left(event_type, 200)), 'null') using errcode = 'invalid_parameter_value',
      hint = 'One of started, data_ready, completed, failed, timed_out; the others are written by the coordinator.';
  elsif metadata ? 'attempt' and (jsonb_typeof(metadata -> 'attempt') <> 'number' or metadata ->> 'attempt' !~ '^[1-9][0-9]{0,8}$') then
    raise exception 'metadata.attempt is %, not a positive whole number', left(metadata ->> 'attempt', 200) using errcode = 'invalid_parameter_value';
  end if;
  perform track_coordination.require_granted('track', track_id);
  perform track_coordination.require_length('user_id', user_id, 1000);
  perform track_coordination.require_payload('payload', payload);
  perform track_coordination.require_payload('metadata', metadata);
  before := track_coordination.set_own('off');
  insert into public.processing_logs (user_id, track_id, event_type, correlation_id, attempt, payload, metadata)
  values (track_coordination.host_user_id(user_id), track_id, event_type, correlation_id, (metadata ->> 'attempt')::int, payload, metadata)
  returning event_id into id;
  perform track_coordination.set_own(before);
  return id;
end $$;

-- May a run of this definition start? Asked by whoever starts one, in the same transaction. Until that ends nobody retires the
-- definition: starts share the lock (8211, definition), retire_definition holds it alone. Volatile, so that the look comes
-- after the lock was given, and sees who had it before.
create or replace function track_coordination.may_start(definition_id int) returns boolean language plpgsql volatile as $$
#variable_conflict use_variable
begin
  perform pg_advisory_xact_lock_shared(8211, definition_id);
  return not exists (select from track_coordination.retired_definitions x where x.definition_id = may_start.definition_id);
end $$;

-- Error 22023: the definition is retired.
create or replace function track_coordination.require_startable(definition track_coordination.definitions) returns void language plpgsql volatile as $$
declare
  retired track_coordination.retired_definitions;
begin
  if not track_coordination.may_start(definition.definition_id) then
    select x.* into retired from track_coordination.retired_definitions x where x.definition_id = definition.definition_id;
    raise exception 'definition % of workflow % is retired', left(definition.hash, 8), quote_literal(definition.workflow)
      using errcode = 'invalid_parameter_value',
            hint = format('Retired by %s at %s%s. Load its file again, or a changed one.', retired.retired_by, retired.retired_at, ': ' || retired.why);
  end if;
end $$;

-- Starts a run of the current definition. Its roots are triggered by the coordinator, which asks the gates first.
--   correlation_id:  null for a new UUIDv7
--   idempotency_key: the same key of the same workflow returns the same run; another payload is refused then. Of a run
--                    that was cleaned up only the id is left, and is returned while its tombstone is there
--   completes:       a root whose work is done already (it was the poll that found the payload): its completed event
--                    is written here, and brings the payload
--   priority:        0 to 9; the run's work is claimed as if it had been ready 10 minutes earlier for each. Null is 0. The
--                    run that the same key returns keeps its own
--   awaited:         somebody waits for its end, and is to be told
--   traceparent:     the trace that the run is to be part of; what is none is ignored
-- Returns the correlation id. Errors: 42704 unknown workflow, 22023 retired definition or refused value, 54000 payload larger than
-- 1 MiB, 23505 a key or id used with another payload, 42501 the role was not granted the track that it completes.
create or replace function track_coordination.start_run(
  workflow text, payload jsonb default '{}', correlation_id uuid default null, user_id text default null,
  idempotency_key text default null, completes text default null, priority int default 0, awaited boolean default false,
  traceparent text default null)
returns uuid language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  id uuid := coalesce(correlation_id, track_coordination.new_correlation_id());
  definition track_coordination.definitions;
  root track_coordination.definition_tracks;
  triggered_id bigint;
  completed_id bigint;
  existing uuid;
  before text;
begin
  payload := coalesce(payload, '{}');
  perform track_coordination.require_payload('payload', payload);
  perform track_coordination.require_length('user_id', user_id, 1000);
  perform track_coordination.require_length('idempotency_key', idempotency_key, 1000);
  if user_id is null and track_coordination.user_id_is_required() then
    raise exception 'user_id is missing' using errcode = 'invalid_parameter_value',
      hint = 'The table processing_logs wants a user_id in every row and has no default for it.';
  elsif priority not between 0 and 9 then
    raise exception 'priority is %, not 0 to 9', priority using errcode = 'invalid_parameter_value',
      hint = '0 is what most runs have; each step lets the run''s work be claimed as if it had been ready 10 minutes earlier.';
  end if;
  select d.* into definition from track_coordination.workflows w join track_coordination.definitions d using (definition_id)
   where w.workflow = start_run.workflow;
  if not found then
    raise exception 'there is no workflow %', track_coordination.shown(workflow) using errcode = 'undefined_object',
      hint = coalesce('Known are: ' || (select left(string_agg(w.workflow, ', ' order by w.workflow), 1000) from track_coordination.workflows w), 'None is loaded yet.');
  end if;
  if completes is not null then
    select t.* into root from track_coordination.definition_tracks t
     where t.definition_id = definition.definition_id and t.track_id = completes and t.level = 0;
    if not found then
      raise exception 'track % is no root of workflow %', quote_literal(left(completes, 200)), workflow using errcode = 'invalid_parameter_value',
        hint = 'Only a track without dependencies can have been done before its run.';
    end if;
    perform track_coordination.require_granted('track', completes);
  end if;

  if idempotency_key is not null then
    loop
      insert into track_coordination.idempotency_keys (workflow, idempotency_key, correlation_id)
      values (workflow, idempotency_key, id) on conflict on constraint idempotency_keys_start_one_run do nothing;
      exit when found;
      -- the key may go with the tombstone of its run between these two statements: then it is free again; locked, it stays
      select k.correlation_id into existing from track_coordination.idempotency_keys k
       where k.workflow = start_run.workflow and k.idempotency_key = start_run.idempotency_key
         for share;
      exit when found;
    end loop;
  end if;
  if existing is null then
    if completes is not null then
      triggered_id := nextval('track_coordination.event_ids');
      completed_id := nextval('track_coordination.event_ids');
    end if;
    insert into track_coordination.runs (correlation_id, definition_id, user_id, priority, remaining_leaves, awaited, traceparent, payload, began_with, deadline_at)
    values (id, definition.definition_id, user_id, coalesce(priority, 0), definition.leaf_count, coalesce(awaited, false),
            track_coordination.valid_traceparent(traceparent),
            case when completes is null then payload end, completed_id, track_coordination.clock() + definition.deadline)
        on conflict on constraint runs_pkey do nothing;
    if not found then
      existing := id;
    elsif correlation_id is not null and exists (select from track_coordination.tombstones z where z.correlation_id = id) then
      -- asked only now: the run may have been cleaned up while its row was waited for
      delete from track_coordination.runs r where r.correlation_id = id;
      existing := id;
    end if;
    -- a call that is repeated gets its run, whatever became of the definition since
    if existing is null then
      perform track_coordination.require_startable(definition);
    end if;
  end if;
  if existing is not null then
    if correlation_id is not null and correlation_id <> existing then
      raise exception 'idempotency key % of workflow % started run %, not %', quote_literal(idempotency_key), workflow, existing, correlation_id
        using errcode = 'unique_violation', hint = 'Leave the correlation id out, or use another key.';
    elsif not exists (
        select from track_coordination.runs r join track_coordination.definitions d using (definition_id)
         where r.correlation_id = existing and d.workflow = start_run.workflow
           and start_run.payload = track_coordination.run_payload(r.correlation_id)
        union all
        -- cleaned up: its payload is gone
        select from track_coordination.tombstones z where z.correlation_id = existing and z.workflow = start_run.workflow) then
      raise exception 'run % was started with another workflow or payload', existing
        using errcode = 'unique_violation', hint = 'The same key must come with the same payload; use another key for another run.';
    end if;
    if awaited then
      update track_coordination.runs r set awaited = true where r.correlation_id = existing and r.state = 'running' and not r.awaited;
    end if;
    return existing;
  end if;

  if completes is not null then
    before := track_coordination.set_own('on');
    insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, attempt, payload, metadata)
    values (triggered_id, track_coordination.host_user_id(user_id), completes, 'triggered', id, null, null, null),
           (completed_id, track_coordination.host_user_id(user_id), completes, 'completed', id, 1, payload, root.targets);
    perform track_coordination.set_own(before);
    insert into track_coordination.activations (correlation_id, track_no, definition_id, dependencies, remaining, state, trigger_event_id)
    values (id, root.track_no, definition.definition_id, 0, 0, 'triggered', triggered_id);
    insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, worker, definition_id, user_id)
    values (id, root.track_no, root.handler, 'infinity', 1, 'start_run', definition.definition_id, user_id);
    insert into track_coordination.event_queue (event_id, event_type, correlation_id, track_id, attempt)
    values (completed_id, 'completed', id, completes, 1);
  end if;
  if completes is null or exists (select from track_coordination.definition_tracks t
      where t.definition_id = definition.definition_id and t.level = 0 and t.track_no <> root.track_no) then
    insert into track_coordination.event_queue (event_id, event_type, correlation_id)
    values (nextval('track_coordination.event_ids'), 'begun', id);
  end if;
  perform track_coordination.wake_drainer();
  return id;
end $$;

-- The input of a run: what it was started with, or what the event that began it brought.
create or replace function track_coordination.run_payload(correlation_id uuid) returns jsonb language plpgsql stable as $$
#variable_conflict use_column
begin
  return (select coalesce(r.payload,
                          (select l.payload from public.processing_logs l
                            where l.correlation_id = r.correlation_id and l.event_id = r.began_with),
                          '{}')
            from track_coordination.runs r where r.correlation_id = run_payload.correlation_id);
end $$;

-- Starts many runs of one definition, current or not, with an empty payload each; for simulations and tests.
-- Error 22023: it is retired. Returns their correlation ids.
create or replace function track_coordination.start_runs(definition_id int, runs int) returns setof uuid language plpgsql as $$
#variable_conflict use_variable
declare
  somebody text;    -- whom these runs are for, where the host's table wants somebody
begin
  if track_coordination.user_id_is_required() then
    somebody := (select l.user_id::text from public.processing_logs l limit 1);
    if somebody is null then
      raise exception 'user_id is missing' using errcode = 'invalid_parameter_value',
        hint = 'The table processing_logs wants a user_id in every row, has no default for it, and no row to take one from.';
    end if;
  end if;
  perform track_coordination.require_startable(d) from track_coordination.definitions d where d.definition_id = start_runs.definition_id;
  return query
  with fresh as materialized (
    select track_coordination.new_correlation_id() as correlation_id, d.leaf_count, track_coordination.clock() + d.deadline as deadline_at
      from generate_series(1, runs), track_coordination.definitions d where d.definition_id = start_runs.definition_id),
  started as (
    insert into track_coordination.runs (correlation_id, definition_id, user_id, remaining_leaves, payload, deadline_at)
    select f.correlation_id, start_runs.definition_id, somebody, f.leaf_count, '{}', f.deadline_at from fresh f),
  queued as (
    insert into track_coordination.event_queue (event_id, event_type, correlation_id)
    select nextval('track_coordination.event_ids'), 'begun', f.correlation_id from fresh f)
  select f.correlation_id from fresh f;
  perform track_coordination.wake_drainer();
end $$;
