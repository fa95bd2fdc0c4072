-- Who may do what. Five roles without a login, to be granted to the logins of programs and people:
--   track_reader:   reads the views and asks what changes nothing
--   track_writer:   records events of the tracks that it was granted, and starts runs
--   track_worker:   claims and does work of the handlers that it was granted
--   track_operator: does what operators do, and all that a reader does
--   track_owner:    what an instance needs whose login does not own the schema
--
-- Roles belong to the whole server. A login that may not create them leaves that to migrations/roles/create-roles.sql.
set lock_timeout = '500ms';

-- Which of them were made here, so that uninstall.sql takes no others away.
create table if not exists track_coordination.added_roles (
  role_name text not null constraint added_roles_pkey primary key
);

do $$
declare
  wanted text;
begin
  foreach wanted in array array['track_reader', 'track_writer', 'track_worker', 'track_operator', 'track_owner'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      begin
        execute format('create role %I nologin', wanted);
        insert into track_coordination.added_roles values (wanted) on conflict do nothing;
      exception
        when insufficient_privilege then exit;
        when duplicate_object or unique_violation then null;   -- another database of this server was migrated at the same moment
      end;
    end if;
  end loop;
end $$;

-- The functions that are offered to a role by their name. Readers, and operators with them, may call besides whatever is declared
-- to change nothing (stable or immutable), and runs with their own rights; track_owner may call all.
create table if not exists track_coordination.offered_functions (
  role_name     text not null,
  function_name text not null,
  constraint offered_functions_pkey primary key (role_name, function_name)
);

truncate track_coordination.offered_functions;
insert into track_coordination.offered_functions (role_name, function_name)
select 'track_writer', name || form
  from unnest(array['record_track_event', 'start_run']) name, unnest(array['', '_json']) form
union all
select 'track_worker', name || form
  from unnest(array['record_track_event', 'claim_work', 'heartbeat', 'complete_work', 'fail_work', 'give_back']) name, unnest(array['', '_json']) form
union all
select 'track_worker', 'why_lost'
union all
select 'track_operator', name || form
  from unnest(array['hold', 'release', 'cancel', 'skip', 'retry', 'replay_event', 'dismiss_event', 'retire_definition']) name, unnest(array['', '_json']) form
union all
-- they take part in questions, and change nothing
select role, name from unnest(array['track_reader', 'track_operator']) role, unnest(array['require_run', 'require_track']) name;

-- Roles of the host that have the functions of track_writer or track_worker without being members, as those have to that inherit
-- nothing: Supabase's anon, authenticated and service_role.
create table if not exists track_coordination.offered_roles (
  role_name  text not null,
  like_role  text not null,
  granted_by text not null,
  why        text,
  granted_at timestamptz not null default track_coordination.clock(),
  constraint offered_roles_pkey primary key (role_name, like_role),
  constraint offered_roles_need_functions_only check (like_role in ('track_writer', 'track_worker'))
);

-- Gives the roles that there are what they may do, and takes away what else they or PUBLIC may in this schema. To be called again
-- after roles were made, and after the host has put its first trigger on the log (see fix_search_paths); twice is a no-op.
-- Only the owner of the schema can.
create or replace function track_coordination.apply_grants() returns void language plpgsql as $$
declare
  ours constant text[] := array['track_reader', 'track_writer', 'track_worker', 'track_operator', 'track_owner'];
  role text;
  routine record;
  what_we_log constant text := 'event_id, user_id, track_id, event_type, correlation_id, attempt, source_track, payload, metadata, created_at';
begin
  perform track_coordination.fix_search_paths();
  revoke execute on all routines in schema track_coordination from public;
  if exists (select from pg_policy p where p.polrelid = 'public.processing_logs'::regclass and p.polname = 'track_coordination_producers') then
    grant execute on function track_coordination.may_record to public;   -- row level security asks it of whoever inserts
  end if;
  for role in select r.rolname from pg_roles r
               where r.rolname = any(ours) or r.rolname in (select o.role_name from track_coordination.offered_roles o) loop
    execute format('revoke all on all routines in schema track_coordination from %I', role);
    if role = any(ours) then
      execute format('revoke all on all tables in schema track_coordination from %I', role);
      execute format('revoke all on public.processing_logs from %I', role);   -- of its columns, too
    end if;
    execute format('grant usage on schema track_coordination to %I', role);
    for routine in
      select p.oid::regprocedure as signature from pg_proc p
       where p.pronamespace = 'track_coordination'::regnamespace
         and (role = 'track_owner'
              or p.proname in (select f.function_name from track_coordination.offered_functions f
                                where f.role_name = role
                                   or f.role_name in (select o.like_role from track_coordination.offered_roles o where o.role_name = role))
              or role in ('track_reader', 'track_operator') and p.provolatile in ('s', 'i') and not p.prosecdef and p.prorettype <> 'trigger'::regtype) loop
      execute format('grant execute on routine %s to %I', routine.signature, role);
    end loop;
    if role in ('track_reader', 'track_operator') then
      execute format('grant select on all tables in schema track_coordination to %I', role);
      -- what was archived has the host's columns; a key may be somebody's secret
      execute format('revoke all on track_coordination.archived_logs, track_coordination.idempotency_keys from %I', role);
      execute format('grant select (%s) on public.processing_logs to %I', what_we_log, role);
    elsif role = 'track_owner' then
      execute format('grant select, insert, update, delete on all tables in schema track_coordination to %I', role);
      execute format('grant select, insert, delete on public.processing_logs to %I', role);
      if current_setting('server_version_num')::int >= 170000 then   -- before, only the owner can vacuum
        execute format('grant maintain on track_coordination.event_queue, track_coordination.work_queue to %I', role);
      end if;
    end if;
  end loop;
end $$;

-- Gives a role that does not inherit the functions of track_writer or track_worker. Which tracks and handlers is said by grant_track
-- and grant_handler. Returns whether it had them not. Errors: 42704 there is no such role, 22023 like_role is another.
create or replace function track_coordination.offer_functions(
  role_name text, like_role text, who text default track_coordination.caller(), why text default null)
returns boolean language plpgsql as $$
#variable_conflict use_variable
begin
  perform track_coordination.require_who(who, why);
  if not exists (select from pg_roles r where r.rolname = offer_functions.role_name) then
    raise exception 'there is no role %', track_coordination.shown(role_name) using errcode = 'undefined_object';
  elsif like_role is null or like_role not in ('track_writer', 'track_worker') then
    raise exception 'the functions of % cannot be offered', track_coordination.shown(like_role) using errcode = 'invalid_parameter_value',
      hint = 'Those of track_writer and track_worker can; of the other roles, make it a member that inherits.';
  end if;
  insert into track_coordination.offered_roles (role_name, like_role, granted_by, why) values (role_name, like_role, who, why)
      on conflict on constraint offered_roles_pkey do nothing;
  if not found then
    return false;
  end if;
  perform track_coordination.apply_grants();
  return true;
end $$;

-- Takes them away. Returns whether it had them.
create or replace function track_coordination.withdraw_functions(role_name text, like_role text) returns boolean language plpgsql as $$
#variable_conflict use_variable
begin
  delete from track_coordination.offered_roles o where o.role_name = withdraw_functions.role_name and o.like_role = withdraw_functions.like_role;
  if not found then
    return false;
  end if;
  if exists (select from pg_roles r where r.rolname = withdraw_functions.role_name) then
    execute format('revoke all on all routines in schema track_coordination from %I', role_name);
    if not exists (select from track_coordination.offered_roles o where o.role_name = withdraw_functions.role_name) then
      execute format('revoke usage on schema track_coordination from %I', role_name);
    end if;
  end if;
  perform track_coordination.apply_grants();
  return true;
end $$;

-- Functions that run with their owner's rights find names in pg_catalog alone, and the host's triggers on the log run inside of
-- them. These find what is in public, too, if the host has any, and if nobody can put things there whom the owner need not trust.
create or replace function track_coordination.fix_search_paths() returns void language plpgsql as $$
declare
  log constant regclass := 'public.processing_logs';
  path constant text := case when exists (
      select from pg_trigger t where t.tgrelid = log and not t.tgisinternal and t.tgname <> 'feed_event_queue')
    and not exists (
      select from pg_namespace n
        cross join aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
       where n.nspname = 'public' and a.privilege_type = 'CREATE'
         and a.grantee not in (n.nspowner, (select c.relowner from pg_class c where c.oid = log))
         and not exists (select from pg_roles r where r.oid = a.grantee and r.rolsuper))
    then 'pg_catalog, public, pg_temp' else 'pg_catalog, pg_temp' end;
  routine record;
begin
  for routine in
    select p.oid::regprocedure as signature from pg_proc p
     where p.pronamespace = 'track_coordination'::regnamespace and p.prosecdef and p.prorettype <> 'trigger'::regtype
       and not 'search_path=' || path = any(p.proconfig) loop
    execute format('alter routine %s set search_path = %s', routine.signature, path);
  end loop;
end $$;

select track_coordination.apply_grants();
