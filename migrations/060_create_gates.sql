-- Gates hold activations back: before their triggered row is written, and again when work already queued is claimed.
-- What operators do, with the gates and with runs, is recorded.
set lock_timeout = '500ms';

create table if not exists track_coordination.gate_states (
  kind           text not null,
  handler        text,                -- what it holds: a handler, a circuit, a run, one track of a run, or what a user started
  circuit        text,
  correlation_id uuid,
  track_id       text,
  user_id        text,
  state          text not null,
  reason         text,
  who            text not null,
  permits        int,                 -- of a circuit: how many may be claimed all the same, from earliest_at on
  wave           int,                 -- of a circuit: how many permits it was last given at once
  closings       int,                 -- of a circuit: how often in a row it closed without having opened for good
  earliest_at    timestamptz,
  changed_at     timestamptz not null default track_coordination.clock(),
  constraint gate_states_one_row_each unique nulls not distinct (kind, handler, circuit, correlation_id, track_id, user_id),
  constraint gate_states_kind_known check (kind in ('circuit', 'limit', 'pause', 'backpressure', 'quarantine')),
  constraint gate_states_state_known check (state in ('open', 'closed')),
  constraint gate_states_name_one_subject check (num_nonnulls(handler, circuit, correlation_id, user_id) = 1),
  constraint gate_states_track_of_a_run check (track_id is null or correlation_id is not null),
  constraint gate_states_of_circuits check (
    (kind = 'circuit') = (circuit is not null) and (kind = 'circuit') = (num_nonnulls(permits, wave, closings) = 3)),
  constraint gate_states_permits_positive check (permits >= 0 and wave >= 0 and closings >= 0)
);
create index if not exists gate_states_closed on track_coordination.gate_states (kind) where state = 'closed';

-- Backpressure holds no activations but the routes that start runs, each instance its own. Therefore not in gate_states:
-- a closed gate there is asked for whatever is triggered, and that just when there is most of it.
create table if not exists track_coordination.source_states (
  instance    text not null,
  route_id    text not null,
  state       text not null,
  reason      text not null,
  changed_at  timestamptz not null default track_coordination.clock(),
  shown_until timestamptz not null,   -- put off again and again by the instance while it lives and holds the route
  constraint source_states_pkey primary key (instance, route_id),
  constraint source_states_state_known check (state in ('open', 'closed'))
);

create or replace view track_coordination.gates with (security_invoker = true) as
select kind, handler, circuit, correlation_id, track_id, user_id, state, reason, who, permits, earliest_at, changed_at, null::text as route_id
  from track_coordination.gate_states
union all
select 'backpressure', null, null, null, null, null, state, reason, instance, null, null, changed_at, route_id
  from track_coordination.source_states
 where shown_until > track_coordination.clock()
union all
-- limits are in the handlers' rows; closed means that what waits for its handler waits because of them
select 'limit', h.handler, null, null, null, null, case when l.reached then 'closed' else 'open' end, l.reason,
       'workflow ' || d.workflow, null, l.earliest_at, h.loaded_at, null
  from track_coordination.handlers h
  join track_coordination.definitions d using (definition_id)
  cross join lateral track_coordination.limit_of(h.handler) l
 where h.limited;

-- What operators did that had an effect: hold, release, cancel, retry, skip, replay, dismiss, retire, and what was granted.
create table if not exists track_coordination.operator_actions (
  action_id      bigint generated always as identity constraint operator_actions_pkey primary key,
  action         text not null,
  handler        text,
  correlation_id uuid,
  track_id       text,
  user_id        text,
  event_id       bigint,
  definition_id  int,
  role_name      text,                -- that something was granted to
  who            text not null,       -- as the caller says: a person's name, for people
  called_by      text not null default track_coordination.caller(),  -- the role that really called
  why            text,
  acted_at       timestamptz not null default track_coordination.clock(),
  constraint operator_actions_known check (action in ('hold', 'release', 'cancel', 'retry', 'skip', 'replay', 'dismiss', 'retire', 'grant', 'revoke'))
);
create index if not exists operator_actions_of_run on track_coordination.operator_actions (correlation_id) where correlation_id is not null;

-- hold and release name what they mean in the same way. Error 22023 otherwise.
create or replace function track_coordination.require_one_subject(
  action text, handler text, correlation_id uuid, track_id text, user_id text) returns void language plpgsql immutable as $$
begin
  if num_nonnulls(handler, correlation_id, user_id) <> 1 or (track_id is not null and correlation_id is null) then
    raise exception '% wants one of handler, correlation_id (with or without track_id) and user_id', action
      using errcode = 'invalid_parameter_value',
            hint = format($hint$For example: select track_coordination.%s(handler => 'freee', why => 'month end')$hint$, action);
  end if;
  perform track_coordination.require_length('handler', handler, 1000);
  perform track_coordination.require_length('track_id', track_id, 1000);
  perform track_coordination.require_length('user_id', user_id, 1000);
end $$;

-- Closes the pause gate of a handler, a run, one track of a run, or all that a user started. Work that is being done
-- goes on; nothing new begins. Twice is a no-op. Returns whether the gate was open before. Handlers and users may be held before
-- there is anything of theirs. Error 42704: there is no such run, or it has no such track.
create or replace function track_coordination.hold(
  handler text default null, correlation_id uuid default null, track_id text default null, user_id text default null,
  who text default track_coordination.caller(), why text default null)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  run track_coordination.runs;
begin
  perform track_coordination.require_who(who, why);
  perform track_coordination.require_one_subject('hold', handler, correlation_id, track_id, user_id);
  if correlation_id is not null then
    run := track_coordination.require_run(correlation_id);
    if track_id is not null then
      perform from track_coordination.definition_tracks t where t.definition_id = run.definition_id and t.track_id = hold.track_id;
      if not found then
        perform track_coordination.require_track(run, track_id);
      end if;
    end if;
  end if;
  insert into track_coordination.gate_states as g (kind, handler, correlation_id, track_id, user_id, state, who, reason)
  values ('pause', handler, correlation_id, track_id, user_id, 'closed', who, why)
      on conflict on constraint gate_states_one_row_each do update
     set state = 'closed', who = excluded.who, reason = excluded.reason, changed_at = excluded.changed_at
   where g.state <> 'closed';
  if not found then
    return false;
  end if;
  insert into track_coordination.operator_actions (action, handler, correlation_id, track_id, user_id, who, why)
  values ('hold', handler, correlation_id, track_id, user_id, who, why);
  return true;
end $$;

-- Opens it again; what it alone held is triggered by the coordinator. Of one track of a run it also opens the gate behind which
-- it is held because its condition could not be evaluated: it is asked again. Returns whether a gate was closed before.
create or replace function track_coordination.release(
  handler text default null, correlation_id uuid default null, track_id text default null, user_id text default null,
  who text default track_coordination.caller(), why text default null)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  opened boolean;
begin
  perform track_coordination.require_who(who, why);
  perform track_coordination.require_one_subject('release', handler, correlation_id, track_id, user_id);
  update track_coordination.gate_states g
     set state = 'open', who = release.who, reason = release.why, changed_at = track_coordination.clock()
   where g.kind = 'pause' and g.state = 'closed'
     and g.handler is not distinct from release.handler and g.correlation_id is not distinct from release.correlation_id
     and g.track_id is not distinct from release.track_id and g.user_id is not distinct from release.user_id;
  opened := found;
  if track_id is not null then
    opened := track_coordination.open_quarantine_gate(correlation_id, track_id) or opened;
  end if;
  if not opened then
    return false;
  end if;
  insert into track_coordination.operator_actions (action, handler, correlation_id, track_id, user_id, who, why)
  values ('release', handler, correlation_id, track_id, user_id, who, why);
  insert into track_coordination.event_queue (event_id, event_type)
  values (nextval('track_coordination.event_ids'), 'released');
  perform track_coordination.wake_drainer();
  perform track_coordination.wake_workers();
  return true;
end $$;

-- The gates that an activation stands before, open or closed: of its handler, the handler's circuit, its run, its track and
-- its user. Without a handler: all but the first two. Planned as part of the query that asks.
create or replace function track_coordination.gates_before(handler text, correlation_id uuid, definition_id int, track_no int, user_id text)
returns setof track_coordination.gate_states language sql stable as $$
  select g.* from track_coordination.gate_states g
   where g.handler = gates_before.handler or g.user_id = gates_before.user_id
      or g.circuit = (select h.circuit from track_coordination.handlers h where h.handler = gates_before.handler)
      or (g.correlation_id = gates_before.correlation_id
          and (g.track_id is null or g.track_id = (select t.track_id from track_coordination.definition_tracks t
                 where t.definition_id = gates_before.definition_id and t.track_no = gates_before.track_no)))
$$;

-- Is this activation behind a closed gate? Asked only while any gate is closed.
create or replace function track_coordination.is_held(handler text, correlation_id uuid, definition_id int, track_no int, user_id text)
returns boolean language plpgsql stable as $$
#variable_conflict use_variable
begin
  return exists (select from track_coordination.gates_before(handler, correlation_id, definition_id, track_no, user_id) g where g.state = 'closed');
end $$;

-- Is queued work behind a closed gate of its run, its track or its user? Those of the handler are asked once per claim.
create or replace function track_coordination.is_held_apart(correlation_id uuid, definition_id int, track_no int, user_id text)
returns boolean language plpgsql stable as $$
#variable_conflict use_variable
begin
  return exists (select from track_coordination.gates_before(null, correlation_id, definition_id, track_no, user_id) g where g.state = 'closed');
end $$;

-- Of work that is held: is it behind another closed gate than that of its circuit?
create or replace function track_coordination.is_held_besides(handler text, correlation_id uuid, definition_id int, track_no int, user_id text)
returns boolean language plpgsql stable as $$
#variable_conflict use_column
begin
  return exists (select from track_coordination.gate_states g where g.state = 'closed' and g.handler = is_held_besides.handler)
      or track_coordination.is_held_apart(correlation_id, definition_id, track_no, user_id);
end $$;

-- How many activations of this handler may be claimed: none while it is paused, while its circuit is open the permits
-- that are left, which are taken here, else as many as wanted. The circuit's row stays locked until the caller has
-- committed, so that instances cannot take more together. on_permit: whether they were taken from the circuit.
create or replace function track_coordination.take_permits(handler text, wanted int, out permitted int, out on_permit boolean) language plpgsql as $$
#variable_conflict use_column
begin
  on_permit := false;
  if exists (select from track_coordination.gate_states g where g.state = 'closed' and g.handler = take_permits.handler) then
    permitted := 0;
    return;
  end if;
  select case when g.earliest_at <= track_coordination.clock() then least(wanted, g.permits) else 0 end into permitted
    from track_coordination.gate_states g
    join track_coordination.handlers h on h.circuit = g.circuit and h.handler = take_permits.handler
   where g.kind = 'circuit' and g.state = 'closed'
     for update of g;
  if not found then
    permitted := wanted;
    return;
  end if;
  on_permit := true;
  if permitted > 0 then
    update track_coordination.gate_states g set permits = g.permits - permitted
      from track_coordination.handlers h
     where h.handler = take_permits.handler and g.kind = 'circuit' and g.circuit = h.circuit;
  end if;
end $$;

-- Puts permits back that a claim found no work for.
create or replace function track_coordination.return_permits(handler text, unused int) returns void language sql as $$
  update track_coordination.gate_states g set permits = g.permits + unused
    from track_coordination.handlers h
   where h.handler = return_permits.handler and g.kind = 'circuit' and g.circuit = h.circuit and g.state = 'closed'
$$;

-- Since when does queued work wait to be claimed, apart from the time behind closed gates and reached limits? Null while one
-- is closed; when one opens, the wait begins anew. Before a limit it does so with each claim and each end of its handler.
create or replace function track_coordination.waiting_since(
  due_at timestamptz, handler text, correlation_id uuid, definition_id int, track_no int, user_id text)
returns timestamptz language plpgsql stable as $$
#variable_conflict use_variable
begin
  if exists (select from track_coordination.gate_states where state = 'closed')
     and track_coordination.is_held(handler, correlation_id, definition_id, track_no, user_id) then
    return null;
  elsif (select l.reached from track_coordination.limit_of(handler) l) then
    return null;
  end if;
  return greatest(due_at, (
    select max(g.changed_at)
      from track_coordination.gates_before(handler, correlation_id, definition_id, track_no, user_id) g where g.state = 'open'),
    (select h.moved_at from track_coordination.handlers h where h.handler = waiting_since.handler and h.limited));
end $$;
