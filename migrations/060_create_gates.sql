-- Gates hold activations back: before their triggered row is written, and again when work already queued is claimed.
set lock_timeout = '500ms';

create table if not exists track_coordination.gate_states (
  kind           text not null,
  handler        text,                -- what it holds: a handler, a run, one track of a run, or what a user started
  correlation_id uuid,
  track_id       text,
  user_id        text,
  state          text not null,
  reason         text,
  who            text not null,
  permits        int,
  earliest_at    timestamptz,
  changed_at     timestamptz not null default track_coordination.clock(),
  constraint gate_states_one_row_each unique nulls not distinct (kind, handler, correlation_id, track_id, user_id),
  constraint gate_states_kind_known check (kind in ('circuit', 'limit', 'pause', 'backpressure', 'quarantine')),
  constraint gate_states_state_known check (state in ('open', 'closed')),
  constraint gate_states_name_one_subject check (num_nonnulls(handler, correlation_id, user_id) = 1),
  constraint gate_states_track_of_a_run check (track_id is null or correlation_id is not null)
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
select kind, handler, correlation_id, track_id, user_id, state, reason, who, permits, earliest_at, changed_at, null::text as route_id
  from track_coordination.gate_states
union all
select 'backpressure', null, null, null, null, state, reason, instance, null, null, changed_at, route_id
  from track_coordination.source_states
 where shown_until > track_coordination.clock();

-- Closes the pause gate of a handler, a run, one track of a run, or all that a user started. Work that is being done
-- goes on; nothing new begins. Twice is a no-op. Returns whether the gate was open before.
create or replace function track_coordination.hold(
  handler text default null, correlation_id uuid default null, track_id text default null, user_id text default null,
  who text default current_user, why text default null)
returns boolean language plpgsql as $$
#variable_conflict use_variable
begin
  if num_nonnulls(handler, correlation_id, user_id) <> 1 then
    raise exception 'hold wants one of handler, correlation_id (with or without track_id) and user_id'
      using errcode = 'invalid_parameter_value',
            hint = $hint$For example: select track_coordination.hold(handler => 'freee', why => 'month end')$hint$;
  end if;
  insert into track_coordination.gate_states as g (kind, handler, correlation_id, track_id, user_id, state, who, reason)
  values ('pause', handler, correlation_id, track_id, user_id, 'closed', who, why)
      on conflict on constraint gate_states_one_row_each do update
     set state = 'closed', who = excluded.who, reason = excluded.reason, changed_at = track_coordination.clock()
   where g.state <> 'closed';
  return found;
end $$;

-- Opens it again; what it alone held is triggered by the coordinator. Returns whether the gate was closed before.
create or replace function track_coordination.release(
  handler text default null, correlation_id uuid default null, track_id text default null, user_id text default null,
  who text default current_user, why text default null)
returns boolean language plpgsql as $$
#variable_conflict use_variable
begin
  if num_nonnulls(handler, correlation_id, user_id) <> 1 then
    raise exception 'release wants one of handler, correlation_id (with or without track_id) and user_id'
      using errcode = 'invalid_parameter_value',
            hint = $hint$For example: select track_coordination.release(handler => 'freee', why => 'books are open')$hint$;
  end if;
  update track_coordination.gate_states g
     set state = 'open', who = release.who, reason = release.why, changed_at = track_coordination.clock()
   where g.kind = 'pause' and g.state = 'closed'
     and g.handler is not distinct from release.handler and g.correlation_id is not distinct from release.correlation_id
     and g.track_id is not distinct from release.track_id and g.user_id is not distinct from release.user_id;
  if not found then
    return false;
  end if;
  insert into track_coordination.event_queue (event_id, event_type)
  values (nextval('track_coordination.event_ids'), 'released');
  perform track_coordination.wake_drainer();
  perform track_coordination.wake_workers();
  return true;
end $$;
