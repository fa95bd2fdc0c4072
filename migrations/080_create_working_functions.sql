-- How work is done: claim, then complete, fail or give back. Any worker that speaks SQL uses these; our own kamelets
-- claim with the same function and finish in batches.
set lock_timeout = '500ms';

-- The input of an activation, by the shape of its definition: a root gets the run's payload; one dependency hands its
-- payload on as it is; several become {"<track>": payload, …} without the skipped ones. Null for an unknown track.
create or replace function track_coordination.activation_input(correlation_id uuid, track_no int) returns jsonb language plpgsql stable as $$
#variable_conflict use_variable
declare
  definition int;
  dependencies int;
begin
  select r.definition_id, t.dependency_count into definition, dependencies
    from track_coordination.runs r
    join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_no = activation_input.track_no
   where r.correlation_id = activation_input.correlation_id;
  if dependencies = 0 then
    return track_coordination.run_payload(correlation_id);
  end if;
  return (
    select case when dependencies = 1 then (jsonb_agg(coalesce(l.payload, '{}')) -> 0)
                else coalesce(jsonb_object_agg(u.track_id, coalesce(l.payload, '{}')) filter (where a.state <> 'skipped'), '{}') end
      from track_coordination.definition_dependencies d
      join track_coordination.definition_tracks u on u.definition_id = d.definition_id and u.track_no = d.upstream_no
      join track_coordination.activations a on a.correlation_id = activation_input.correlation_id and a.track_no = d.upstream_no
      left join public.processing_logs l on l.correlation_id = a.correlation_id
       and l.event_id = case d.on_event when 'data_ready' then a.data_event_id else a.result_event_id end
     where d.definition_id = definition and d.downstream_no = activation_input.track_no);
end $$;

create or replace function track_coordination.activation_input(correlation_id uuid, track_id text) returns jsonb language plpgsql stable as $$
#variable_conflict use_variable
begin
  return (
    select track_coordination.activation_input(r.correlation_id, t.track_no)
      from track_coordination.runs r
      join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_id = activation_input.track_id
     where r.correlation_id = activation_input.correlation_id);
end $$;

-- Claims up to max activations of a handler for the time of the lease, and writes their started rows.
-- Whose lease ended before its work did is taken over: its attempt ends as timed_out (lease-lost), the next one begins.
create or replace function track_coordination.claim_work(handler text, worker text, max int, lease interval)
returns table (correlation_id uuid, track_id text, attempt int, payload jsonb, user_id text, idempotency_key text, lease_ends_at timestamptz, track_no int)
language plpgsql set track.own = 'on' as $$
#variable_conflict use_column
declare
  any_gate_closed boolean := exists (select from track_coordination.gate_states where state = 'closed');
begin
  if claim_work.max is null or claim_work.max < 1 or claim_work.lease is null or claim_work.lease <= '0' or coalesce(claim_work.worker, '') = '' then
    raise exception 'claim_work wants a worker''s name, max of at least 1 and a lease longer than 0' using errcode = 'invalid_parameter_value';
  end if;
  return query
  with claimed as (
    update track_coordination.work_queue w
       set due_at = track_coordination.clock() + claim_work.lease, attempt = w.attempt + 1, worker = claim_work.worker
      from (select q.ctid, q.worker as before
              from track_coordination.work_queue q
             where q.handler = claim_work.handler and q.due_at <= track_coordination.clock()
               and (not any_gate_closed or not track_coordination.is_held(q.handler, q.correlation_id, q.definition_id, q.track_no, q.user_id))
             order by q.due_at limit claim_work.max
               for update skip locked) due
     where w.ctid = due.ctid
    returning w.*, due.before),
  numbered as materialized (
    select c.*, t.track_id,
           case when c.before is not null then nextval('track_coordination.event_ids') end as timed_out_id,
           case when c.before is not null then nextval('track_coordination.event_ids') end as retried_id,
           nextval('track_coordination.event_ids') as started_id
      from claimed c
      cross join lateral (select t.track_id from track_coordination.definition_tracks t
                           where t.definition_id = c.definition_id and t.track_no = c.track_no offset 0) t),
  taken_over as (
    insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, attempt, payload)
    select e.event_id, track_coordination.host_user_id(n.user_id), n.track_id, e.event_type, n.correlation_id, n.attempt - 1,
           case e.event_type when 'timed_out' then
             jsonb_build_object('error', jsonb_build_object('class', 'lease-lost', 'message', 'the lease of worker ' || n.before || ' ended')) end
      from numbered n cross join lateral (values (n.timed_out_id, 'timed_out'), (n.retried_id, 'retried')) e (event_id, event_type)
     where n.before is not null),
  started as (
    insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, attempt)
    select started_id, track_coordination.host_user_id(user_id), track_id, 'started', correlation_id, attempt from numbered)
  select n.correlation_id, n.track_id, n.attempt,
         case when n.source_event_id is not null
              then coalesce((select l.payload from public.processing_logs l where l.correlation_id = n.correlation_id and l.event_id = n.source_event_id), '{}')
              else track_coordination.activation_input(n.correlation_id, n.track_no) end,
         n.user_id, n.correlation_id || '/' || n.track_id, n.due_at, n.track_no
    from numbered n;
end $$;

-- Is this activation behind a closed gate? Asked only while any gate is closed.
create or replace function track_coordination.is_held(handler text, correlation_id uuid, definition_id int, track_no int, user_id text)
returns boolean language plpgsql stable as $$
#variable_conflict use_column
begin
  return exists (
    select from track_coordination.gate_states g
     where g.state = 'closed'
       and (g.handler = is_held.handler or g.user_id = is_held.user_id
            or (g.correlation_id = is_held.correlation_id
                and (g.track_id is null or g.track_id = (select t.track_id from track_coordination.definition_tracks t
                       where t.definition_id = is_held.definition_id and t.track_no = is_held.track_no)))));
end $$;

-- The end of an attempt, reported by the worker that holds it: fenced and set aside here, settled by the coordinator.
-- Returns the event's id. Error 55000: the attempt is not this caller's, or no longer.
create or replace function track_coordination.finish_work(
  correlation_id uuid, track_id text, attempt int, event_type text, payload jsonb) returns bigint language plpgsql set track.own = 'off' as $$
#variable_conflict use_variable
declare
  id bigint;
begin
  if jsonb_typeof(payload) <> 'object' then
    raise exception 'payload is a JSON %, not an object', jsonb_typeof(payload) using errcode = 'invalid_parameter_value',
      hint = 'Wrap it, for example {"value": …}.';
  elsif octet_length(payload::text) > 1048576 then
    raise exception 'payload has % bytes, at most 1048576 are allowed', octet_length(payload::text) using errcode = 'invalid_parameter_value',
      hint = 'Store the data elsewhere and hand on a reference.';
  end if;
  with mine as (
    update track_coordination.work_queue w set due_at = 'infinity'
      from track_coordination.definition_tracks t
     where w.correlation_id = finish_work.correlation_id and t.definition_id = w.definition_id and t.track_no = w.track_no
       and t.track_id = finish_work.track_id and w.attempt = finish_work.attempt and w.worker is not null and w.due_at <> 'infinity'
    returning w.user_id, case event_type when 'completed' then t.targets end as targets)
  insert into public.processing_logs (user_id, track_id, event_type, correlation_id, attempt, payload, metadata)
  select track_coordination.host_user_id(m.user_id), track_id, event_type, correlation_id, attempt, payload, m.targets from mine m
  returning event_id into id;
  if id is null then
    raise exception 'attempt % of track % in run % is not yours, or no longer', attempt, track_id, correlation_id
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'Its lease ended and another worker took over, it is finished already, or its run ended. Drop the result.';
  end if;
  return id;
end $$;

create or replace function track_coordination.complete_work(correlation_id uuid, track_id text, attempt int, payload jsonb default '{}')
returns bigint language sql as $$
  select track_coordination.finish_work(correlation_id, track_id, attempt, 'completed', coalesce(payload, '{}'))
$$;

create or replace function track_coordination.fail_work(correlation_id uuid, track_id text, attempt int, error_class text, message text)
returns bigint language sql as $$
  select track_coordination.finish_work(correlation_id, track_id, attempt, 'failed',
    jsonb_build_object('error', jsonb_build_object('class', coalesce(error_class, 'error'), 'message', coalesce(left(message, 10000), ''))))
$$;

-- Hands an activation back undone: it costs no attempt and is claimed again at once.
-- Returns false if it was not, or no longer, the caller's.
create or replace function track_coordination.give_back(correlation_id uuid, track_id text, attempt int) returns boolean language plpgsql as $$
#variable_conflict use_variable
begin
  update track_coordination.work_queue w set due_at = track_coordination.clock(), attempt = w.attempt - 1, worker = null
    from track_coordination.definition_tracks t
   where w.correlation_id = give_back.correlation_id and t.definition_id = w.definition_id and t.track_no = w.track_no
     and t.track_id = give_back.track_id and w.attempt = give_back.attempt and w.worker is not null and w.due_at <> 'infinity';
  if found then
    perform track_coordination.wake_workers();
    return true;
  end if;
  return false;
end $$;
