-- Who calls, and what is refused: used by all functions that others call.
set lock_timeout = '500ms';

-- The role that really calls, also inside of a function that runs with its owner's rights: the one that the session took by
-- SET ROLE, as PostgREST does, else its login.
create or replace function track_coordination.caller() returns text language sql stable as $$
  select coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user)
$$;

-- A value for a message: quoted, and no longer than people read.
create or replace function track_coordination.shown(value text) returns text language sql immutable as $$
  select coalesce(pg_catalog.quote_literal(pg_catalog.left(value, 200)), 'null')
$$;

-- Error 22023: a name or a remark is longer than it may be.
create or replace function track_coordination.require_length(name text, value text, most int) returns void language plpgsql immutable as $$
begin
  if octet_length(value) > most then
    raise exception '% has % bytes, at most % are allowed', name, octet_length(value), most using errcode = 'invalid_parameter_value';
  end if;
end $$;

-- Who did something, and why. Errors 22023: nobody is named, or too long.
create or replace function track_coordination.require_who(who text, why text) returns void language plpgsql immutable as $$
begin
  if coalesce(who, '') = '' then
    raise exception 'who is missing' using errcode = 'invalid_parameter_value', hint = 'Say who does this; left out, it is the role that calls.';
  end if;
  perform track_coordination.require_length('who', who, 1000);
  perform track_coordination.require_length('why', why, 10000);
end $$;

-- What is handed on. Errors: 22023 it is no JSON object, 54000 it is larger than 1 MiB. Null is neither.
create or replace function track_coordination.require_payload(name text, value jsonb) returns void language plpgsql immutable as $$
begin
  if jsonb_typeof(value) <> 'object' then
    raise exception '% is a JSON %, not an object', name, jsonb_typeof(value) using errcode = 'invalid_parameter_value',
      hint = 'Wrap it, for example {"value": …}.';
  elsif octet_length(value::text) > 1048576 then
    raise exception '% has % bytes, at most 1048576 are allowed', name, octet_length(value::text) using errcode = 'program_limit_exceeded',
      hint = 'Store the data elsewhere and hand on a reference.';
  end if;
end $$;
