-- The versions of each workflow: which runs hold which, and taking those out of use that nobody needs.
set lock_timeout = '500ms';

-- One row per definition.
--   current:    what start_run starts, unless it is retired; loaded_by and loaded_at say who made it so, and are null for others
--   running:    runs that still run on it; oldest_running is the first of them, begun at oldest_running_at
--   completed, failed, cancelled, timed_out: runs that ended so and were not cleaned up; finished is all of them
-- Running runs are counted by the index runs_running, so a definition without any costs nothing. Finished runs are counted
-- in one pass over the index runs_finished alone (index-only, where vacuum has been): whoever leaves these columns out
-- does not pay for them.
create or replace view track_coordination.workflow_definitions with (security_invoker = true) as
select d.workflow, d.hash, d.definition_id, w.definition_id is not null as current, w.loaded_by, w.loaded_at, d.created_at,
       x.retired_at, x.retired_by, x.why as retired_why, t.tracks, r.running, o.correlation_id as oldest_running, o.created_at as oldest_running_at,
       coalesce(f.finished, 0) as finished, coalesce(f.completed, 0) as completed, coalesce(f.failed, 0) as failed,
       coalesce(f.cancelled, 0) as cancelled, coalesce(f.timed_out, 0) as timed_out
  from track_coordination.definitions d
  left join track_coordination.workflows w on w.workflow = d.workflow and w.definition_id = d.definition_id
  left join track_coordination.retired_definitions x on x.definition_id = d.definition_id
  left join lateral (
    select count(*) as tracks from track_coordination.definition_tracks t where t.definition_id = d.definition_id and t.on_run_state is null) t on true
  left join lateral (
    select count(*) as running from track_coordination.runs r where r.definition_id = d.definition_id and r.finished_at is null) r on true
  left join lateral (
    select r.correlation_id, r.created_at from track_coordination.runs r
     where r.definition_id = d.definition_id and r.finished_at is null order by r.created_at limit 1) o on true
  left join (
    select r.definition_id, count(*) as finished, count(*) filter (where r.state = 'completed') as completed,
           count(*) filter (where r.state = 'failed') as failed, count(*) filter (where r.state = 'cancelled') as cancelled,
           count(*) filter (where r.state = 'timed_out') as timed_out
      from track_coordination.runs r where r.state <> 'running' group by r.definition_id) f on f.definition_id = d.definition_id;

-- The definition of a workflow whose hash begins so; 8 digits do. Errors: 42704 there is none, 22023 there are several.
create or replace function track_coordination.require_definition(workflow text, hash text) returns track_coordination.definitions language plpgsql stable as $$
#variable_conflict use_variable
declare
  definition track_coordination.definitions;
  known text;
begin
  if hash is null or hash !~ '^[0-9a-f]{8,64}$' then
    raise exception 'hash % is no hash of a definition', coalesce(quote_literal(left(hash, 200)), 'null') using errcode = 'invalid_parameter_value',
      hint = '64 hexadecimal digits, or at least the first 8 of them.';
  end if;
  select d.* into strict definition from track_coordination.definitions d
   where d.workflow = require_definition.workflow and starts_with(d.hash, require_definition.hash);
  return definition;
exception
  when too_many_rows then
    raise exception 'several definitions of workflow % have hashes that begin with %', quote_literal(left(workflow, 200)), hash
      using errcode = 'invalid_parameter_value', hint = 'Give more digits.';
  when no_data_found then
    select string_agg(left(d.hash, 8), ', ' order by d.definition_id desc) into known
      from track_coordination.definitions d where d.workflow = require_definition.workflow;
    raise exception 'there is no definition % of workflow %', left(hash, 8), track_coordination.shown(workflow)
      using errcode = 'undefined_object',
            hint = coalesce('Its definitions are, the newest first: ' || left(known, 1000), 'There is no such workflow; select workflow, hash from track_coordination.workflow_definitions lists all.');
end $$;

-- Takes a definition out of use: it starts no run any more, until its file is loaded again. If it is the current one, the
-- workflow starts none until then. Runs that ended on it stay, and an operator's retry reopens them.
--   hash: all of it, or its first 8 digits or more
-- Returns whether it was not retired before. Errors: 42704 unknown definition, 55006 runs still run on it, 55P03 a run has
-- been starting on it for 5 s.
create or replace function track_coordination.retire_definition(workflow text, hash text, who text default track_coordination.caller(), why text default null)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '5s' as $$
#variable_conflict use_variable
declare
  definition track_coordination.definitions := track_coordination.require_definition(workflow, hash);
  running bigint;
  oldest text;
begin
  perform track_coordination.require_who(who, why);
  -- whoever is starting a run on it ends first, and is seen below; who comes after that sees it retired: see may_start
  perform pg_advisory_xact_lock(8211, definition.definition_id);
  select count(*) into running from track_coordination.runs r where r.definition_id = definition.definition_id and r.finished_at is null;
  if running > 0 then
    select string_agg(r.correlation_id::text, ', ' order by r.created_at) into oldest
      from (select r.correlation_id, r.created_at from track_coordination.runs r
             where r.definition_id = definition.definition_id and r.finished_at is null order by r.created_at limit 5) r;
    raise exception 'definition % of workflow % cannot be retired: % still on it', left(definition.hash, 8), quote_literal(definition.workflow),
        case running when 1 then '1 run is' else running || ' runs are' end
      using errcode = 'object_in_use',
            hint = format('Wait until they end, or cancel them. %s: %s', case when running > 5 then 'The oldest are' else 'They are' end, oldest);
  end if;
  insert into track_coordination.retired_definitions (definition_id, retired_by, why, retired_at)
  -- now, not when the transaction began: runs that began before it are older
  values (definition.definition_id, who, why, track_coordination.clock() + (clock_timestamp() - now()))
      on conflict on constraint retired_definitions_pkey do nothing;
  if not found then
    return false;
  end if;
  insert into track_coordination.operator_actions (action, definition_id, who, why) values ('retire', definition.definition_id, who, why);
  return true;
end $$;
