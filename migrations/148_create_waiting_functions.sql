-- Waiting for the end of a run without asking again and again.
set lock_timeout = '500ms';

-- A run that somebody awaits has ended: one NOTIFY without data in the transaction that ended it, however many runs that were,
-- and only while an instance listens; see wake_drainer for the lock.
create or replace function track_coordination.tell_who_awaits() returns trigger language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not pg_try_advisory_xact_lock(8210, 2) then
    perform pg_notify('track_runs', '');
  end if;
  return null;
end $$;

create or replace trigger awaited_run_has_ended after update of state on track_coordination.runs
  for each row when (new.awaited and old.finished_at is null and new.finished_at is not null)
  execute function track_coordination.tell_who_awaits();

-- Marks a run as awaited, so that its end is told. Returns whether it is still running: false is at its end already.
-- Error 42704: there is no such run.
create or replace function track_coordination.await_run(correlation_id uuid) returns boolean language plpgsql as $$
#variable_conflict use_variable
begin
  update track_coordination.runs r set awaited = true
   where r.correlation_id = await_run.correlation_id and r.finished_at is null and not r.awaited;
  -- not marked again if it is marked, but then its end is told all the same
  return found or (track_coordination.require_run(correlation_id)).finished_at is null;
end $$;

-- The argument of a function with one JSON argument, from a request by HTTP: what the path and the query say, and the body.
--   who: who did it where the body does not say so; null where nobody is recorded
-- Error 22023: the body is no object, or says something else than the path.
create or replace function track_coordination.request_argument(parameters jsonb, body jsonb, who text default null) returns jsonb
language plpgsql immutable as $$
#variable_conflict use_variable
declare
  twice text;
begin
  if coalesce(jsonb_typeof(body), 'null') <> 'object' then
    raise exception 'the body is a JSON %, not an object', coalesce(jsonb_typeof(body), 'null') using errcode = 'invalid_parameter_value';
  end if;
  select p.key into twice from jsonb_each(parameters) p where body ? p.key and body -> p.key <> p.value limit 1;
  if found then
    raise exception 'key % of the body is not what the path says', twice using errcode = 'invalid_parameter_value',
      hint = 'Leave it out of the body.';
  end if;
  return case when who is null then '{}' else jsonb_build_object('who', who) end || body || parameters;
end $$;
