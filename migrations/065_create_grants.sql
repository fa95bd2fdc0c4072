-- Which tracks a role may write events of, and which handlers it may work for. Asked by the functions that others call, which run
-- with their owner's rights; the owner, and members of track_owner and track_operator, need no grant.
--
-- Whoever may INSERT into the log writes what he likes: such a right is the host's to give. See docs/sql.md.
set lock_timeout = '500ms';

create table if not exists track_coordination.grants (
  role_name  text not null,           -- its members have the grant, too; a role of that name that is made anew has it again
  kind       text not null,
  name       text not null,           -- of the track or handler; *: all of them
  granted_by text not null,
  why        text,
  granted_at timestamptz not null default track_coordination.clock(),
  constraint grants_pkey primary key (role_name, kind, name),
  constraint grants_kind_known check (kind in ('track', 'handler'))
);

-- May the role that calls do this with a track or handler?
create or replace function track_coordination.is_granted(kind text, name text) returns boolean language plpgsql stable as $$
#variable_conflict use_variable
declare
  role constant text := track_coordination.caller();
begin
  return role = current_user
      or exists (select from pg_catalog.pg_roles r
                  where r.rolname in ('track_owner', 'track_operator', current_user) and pg_has_role(role, r.oid, 'USAGE'))
      or exists (select from track_coordination.grants g
                   join pg_catalog.pg_roles r on r.rolname = g.role_name
                  where g.kind = is_granted.kind and g.name in (is_granted.name, '*') and pg_has_role(role, r.oid, 'USAGE'));
end $$;

-- Error 42501: the role that calls was not granted this track or handler.
create or replace function track_coordination.require_granted(kind text, name text) returns void language plpgsql stable as $$
#variable_conflict use_variable
begin
  if not track_coordination.is_granted(kind, name) then
    raise exception 'role % was not granted % %', track_coordination.caller(), kind, track_coordination.shown(name) using errcode = 'insufficient_privilege',
      hint = format('A member of track_owner can: select track_coordination.grant_%s(%L, %L)', kind, track_coordination.caller(), left(name, 200));
  end if;
end $$;

-- The same for the handler of a track in a run. Of what is not there the caller says so itself.
create or replace function track_coordination.require_granted_attempt(correlation_id uuid, track_id text) returns void language plpgsql stable as $$
#variable_conflict use_variable
declare
  handler text;
begin
  if track_coordination.caller() = current_user then
    return;
  end if;
  select t.handler into handler from track_coordination.runs r
    join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_id = require_granted_attempt.track_id
   where r.correlation_id = require_granted_attempt.correlation_id;
  if found then
    perform track_coordination.require_granted('handler', handler);
  end if;
end $$;

-- May the role that calls INSERT this event? Asked by the policies of row-level-security/enable.sql, of whoever inserts.
create or replace function track_coordination.may_record(track_id text, event_type text) returns boolean language plpgsql stable
security definer set search_path = pg_catalog, pg_temp as $$
begin
  return event_type in ('started', 'data_ready', 'completed', 'failed', 'timed_out') and track_coordination.is_granted('track', track_id);
end $$;

-- Grants a track or handler to a role, or takes the grant away. Returns whether that changed anything.
-- Errors: 42704 there is no such role, 22023 the name is refused.
create or replace function track_coordination.change_grant(role_name text, kind text, name text, granted boolean, who text, why text)
returns boolean language plpgsql as $$
#variable_conflict use_variable
begin
  perform track_coordination.require_who(who, why);
  if name is null or name <> '*' and kind = 'track' and name !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$' then
    raise exception '% is no % id', track_coordination.shown(name), kind using errcode = 'invalid_parameter_value',
      hint = 'Letters, digits, dot, underscore and hyphen, at most 200, a letter or digit first; or * for all.';
  end if;
  perform track_coordination.require_length(kind, name, 1000);
  if granted then
    if not exists (select from pg_catalog.pg_roles r where r.rolname = change_grant.role_name) then
      raise exception 'there is no role %', track_coordination.shown(role_name) using errcode = 'undefined_object';
    end if;
    insert into track_coordination.grants (role_name, kind, name, granted_by, why) values (role_name, kind, name, who, why)
        on conflict on constraint grants_pkey do nothing;
  else
    delete from track_coordination.grants g where g.role_name = change_grant.role_name and g.kind = change_grant.kind and g.name = change_grant.name;
  end if;
  if not found then
    return false;
  end if;
  insert into track_coordination.operator_actions (action, role_name, track_id, handler, who, why)
  values (case when granted then 'grant' else 'revoke' end, role_name, case kind when 'track' then name end, case kind when 'handler' then name end, who, why);
  return true;
end $$;

create or replace function track_coordination.grant_track(role_name text, track_id text, who text default track_coordination.caller(), why text default null)
returns boolean language sql as $$
  select track_coordination.change_grant(role_name, 'track', track_id, true, who, why)
$$;

create or replace function track_coordination.revoke_track(role_name text, track_id text, who text default track_coordination.caller(), why text default null)
returns boolean language sql as $$
  select track_coordination.change_grant(role_name, 'track', track_id, false, who, why)
$$;

create or replace function track_coordination.grant_handler(role_name text, handler text, who text default track_coordination.caller(), why text default null)
returns boolean language sql as $$
  select track_coordination.change_grant(role_name, 'handler', handler, true, who, why)
$$;

create or replace function track_coordination.revoke_handler(role_name text, handler text, who text default track_coordination.caller(), why text default null)
returns boolean language sql as $$
  select track_coordination.change_grant(role_name, 'handler', handler, false, who, why)
$$;
