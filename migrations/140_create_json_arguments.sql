-- Functions with one JSON argument and a JSON answer, for whoever calls by HTTP: PostgREST, the REST routes, the command line.
-- They do nothing that the functions of the same name without _json don't do; here is how they read their argument.
--
-- A key that is null counts as left out. All of these raise 22023 for what they refuse, naming the key.
set lock_timeout = '500ms';

-- Refuses an argument that is no object, that has other keys than these, or lacks a required one.
--   inside: the key whose value it is; null for the argument itself
create or replace function track_coordination.check_keys(argument jsonb, required text[], optional text[], inside text default null)
returns void language plpgsql immutable as $$
declare
  allowed constant text[] := required || optional;
  place constant text := coalesce(left(inside, 100) || '.', '');
  wrong text;
  meant text;
begin
  if coalesce(jsonb_typeof(argument), 'null') <> 'object' then
    raise exception '% is %, not a JSON object', coalesce(left(inside, 100), 'the argument'), case when argument is null then 'missing' else 'a JSON ' || jsonb_typeof(argument) end
      using errcode = 'invalid_parameter_value', hint = 'Its keys are: ' || coalesce(nullif(array_to_string(allowed, ', '), ''), 'none; {} will do') || '.';
  end if;
  select k into wrong from jsonb_object_keys(argument) k where k <> all(allowed) order by k limit 1;
  if found then
    select a into meant from unnest(allowed) a where lower(a) = lower(translate(wrong, '_- ', '')) limit 1;
    raise exception 'unknown key %', place || left(wrong, 200) using errcode = 'invalid_parameter_value',
      hint = coalesce('Did you mean ' || meant || '? ', '') || 'Allowed are: ' || coalesce(nullif(array_to_string(allowed, ', '), ''), 'none') || '.';
  end if;
  select r into wrong from unnest(required) r where coalesce(jsonb_typeof(argument -> r), 'null') = 'null' limit 1;
  if found then
    raise exception 'key % is missing', place || wrong using errcode = 'invalid_parameter_value',
      hint = 'Required are: ' || array_to_string(required, ', ') || '.';
  end if;
end $$;

-- The value of a key, of this JSON type; null if it is left out.
create or replace function track_coordination.read_typed(argument jsonb, key text, type text) returns jsonb language plpgsql immutable as $$
declare
  value constant jsonb := nullif(argument -> key, 'null');
begin
  if jsonb_typeof(value) <> type then
    raise exception 'key % is a JSON %, a % is wanted', key, jsonb_typeof(value), type using errcode = 'invalid_parameter_value';
  end if;
  return value;
end $$;

create or replace function track_coordination.read_text(argument jsonb, key text) returns text language sql immutable as $$
  select track_coordination.read_typed(argument, key, 'string') #>> '{}'
$$;

create or replace function track_coordination.read_boolean(argument jsonb, key text) returns boolean language sql immutable as $$
  select track_coordination.read_typed(argument, key, 'boolean')::boolean
$$;

-- A whole number in this range.
create or replace function track_coordination.read_number(argument jsonb, key text, fewest bigint, most bigint) returns bigint language plpgsql immutable as $$
declare
  value constant numeric := track_coordination.read_typed(argument, key, 'number')::numeric;
begin
  if value <> trunc(value) or value not between fewest and most then
    raise exception 'key % is %, a whole number from % to % is wanted', key, left(value::text, 50), fewest, most using errcode = 'invalid_parameter_value';
  end if;
  return value;
end $$;

create or replace function track_coordination.read_uuid(argument jsonb, key text) returns uuid language plpgsql immutable as $$
declare
  value constant text := track_coordination.read_text(argument, key);
begin
  if value !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    raise exception 'key % is %, a UUID is wanted', key, track_coordination.shown(value) using errcode = 'invalid_parameter_value',
      hint = 'For example 0198c1f0-7a3b-7c11-9a3e-5a3c1d2e4f60.';
  end if;
  return value;
end $$;

-- How long, as text that PostgreSQL understands: 30s, 5m, PT30S. Longer than 0, and at most this.
create or replace function track_coordination.read_duration(argument jsonb, key text, most interval) returns interval language plpgsql stable as $$
declare
  value constant text := track_coordination.read_text(argument, key);
  duration interval;
begin
  if octet_length(value) <= 100 then
    begin
      duration := value::interval;
    exception
      when data_exception then
        duration := null;
    end;
  end if;
  if value is not null and coalesce(duration <= '0' or duration > most, true) then
    raise exception 'key % is %, a duration longer than 0 and at most % is wanted', key, track_coordination.shown(value), most
      using errcode = 'invalid_parameter_value', hint = 'For example 30s, 5m or PT30S.';
  end if;
  return duration;
end $$;

-- A time with its offset, as ISO 8601 has it.
create or replace function track_coordination.read_time(argument jsonb, key text) returns timestamptz language plpgsql stable as $$
declare
  value constant text := track_coordination.read_text(argument, key);
begin
  if value !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})$' then
    raise exception 'key % is %, a time with its offset is wanted', key, track_coordination.shown(value)
      using errcode = 'invalid_parameter_value', hint = 'For example 2026-11-28T03:12:07Z.';
  end if;
  return value;   -- a month 13 is refused by the type itself, class 22 as well
end $$;
