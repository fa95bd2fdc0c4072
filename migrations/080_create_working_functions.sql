-- How work is done: claim, then complete, fail or give back. Any worker that speaks SQL uses these; our own kamelets
-- claim with the same function and finish in batches.
set lock_timeout = '500ms';

-- Which event of this track its dependents are handed; null: none, it was skipped or failed for good. A fallback that
-- stepped in speaks for the track.
--   state .. data_event_id: of its activation
--   on_event: how the dependent waits for it
create or replace function track_coordination.handed_on(
  correlation_id uuid, definition_id int, track_no int, state text, result_event_id bigint, data_event_id bigint, on_event text)
returns bigint language plpgsql stable as $$
#variable_conflict use_column
declare
  policy record;
  fallback track_coordination.activations;
begin
  if state is null then
    return null;
  elsif on_event = 'data_ready' and data_event_id is not null then
    return data_event_id;
  elsif state not in ('failed', 'timed_out') then
    return result_event_id;
  end if;
  select t.on_failure, t.fallback_no into policy from track_coordination.definition_tracks t
   where t.definition_id = handed_on.definition_id and t.track_no = handed_on.track_no;
  if policy.on_failure = 'continue' then
    return result_event_id;
  elsif policy.on_failure <> 'fallback' then
    return null;
  end if;
  select a.* into fallback from track_coordination.activations a
   where a.correlation_id = handed_on.correlation_id and a.track_no = policy.fallback_no;
  return track_coordination.handed_on(correlation_id, definition_id, fallback.track_no, fallback.state, fallback.result_event_id,
                                      fallback.data_event_id, on_event);
end $$;

-- What an event hands on: its payload, or of one that ended an activation without success {"error": {class, message, attempts}}.
create or replace function track_coordination.handed_on_payload(event_type text, payload jsonb, attempt int) returns jsonb language sql immutable as $$
  select case when event_type in ('failed', 'timed_out')
              then jsonb_build_object('error', jsonb_build_object(
                     'class', coalesce(payload #> '{error,class}', to_jsonb(event_type)),
                     'message', coalesce(payload #> '{error,message}', '""'),
                     'attempts', coalesce(attempt, 0)))
              else coalesce(payload, '{}') end
$$;

-- A run for people and for the handlers at its end: how it ended, and each track that did not complete.
create or replace function track_coordination.run_summary(correlation_id uuid) returns jsonb language sql stable as $$
  select jsonb_build_object(
           'correlationId', r.correlation_id, 'workflow', d.workflow, 'state', r.state, 'userId', r.user_id,
           'startedAt', r.created_at, 'finishedAt', r.finished_at, 'tracks', s.tracks, 'notCompleted', s.not_completed)
    from track_coordination.runs r
    join track_coordination.definitions d using (definition_id)
    cross join lateral (
      select coalesce(jsonb_object_agg(t.track_id, coalesce(a.state, case r.state when 'running' then 'waiting' else 'cancelled' end)), '{}') as tracks,
             coalesce(jsonb_agg(jsonb_build_object('track', t.track_id, 'state', coalesce(a.state, 'cancelled'))
                                || coalesce(track_coordination.handed_on_payload(l.event_type, l.payload, l.attempt), '{}') order by t.track_no)
               filter (where a.state is distinct from 'completed'), '[]') as not_completed
        from track_coordination.definition_tracks t
        left join track_coordination.activations a on a.correlation_id = r.correlation_id and a.track_no = t.track_no
        left join public.processing_logs l on l.correlation_id = a.correlation_id and l.event_id = a.result_event_id
         and a.state in ('failed', 'timed_out')
       where t.definition_id = r.definition_id and t.on_run_state is null) s
   where r.correlation_id = run_summary.correlation_id
$$;

-- What activations are handed by the tracks they wait for: one row per dependency, by the place of the activation in the
-- arrays; a track that hands on nothing has no event. Activations of one run share most of what they wait for, so each of
-- these is looked up once, and joined by hash: nested loops would compare each with each.
create or replace function track_coordination.handed_in(correlation_ids uuid[], definition_ids int[], track_nos int[], with_payloads boolean)
returns table (place bigint, upstream_no int, track_id text, event_id bigint, payload jsonb)
language sql stable set enable_hashjoin = on set enable_nestloop = off set jit = off as $$
  with edges as materialized (
    select u.place, u.correlation_id, u.definition_id, d.upstream_no, d.on_event
      from unnest(correlation_ids, definition_ids, track_nos) with ordinality u (correlation_id, definition_id, track_no, place)
      cross join lateral (
        select d.upstream_no, d.on_event from track_coordination.definition_dependencies d
         where d.definition_id = u.definition_id and d.downstream_no = u.track_no and not d.stands_in offset 0) d),
  sources as materialized (
    select s.correlation_id, s.upstream_no, s.on_event, t.track_id, h.event_id,
           case when with_payloads and h.event_id is not null
                then (select track_coordination.handed_on_payload(l.event_type, l.payload, l.attempt) from public.processing_logs l
                       where l.correlation_id = s.correlation_id and l.event_id = h.event_id) end as payload
      from (select distinct e.correlation_id, e.definition_id, e.upstream_no, e.on_event from edges e) s
      cross join lateral (
        select t.track_id from track_coordination.definition_tracks t
         where t.definition_id = s.definition_id and t.track_no = s.upstream_no offset 0) t
      left join lateral (
        select a.* from track_coordination.activations a
         where a.correlation_id = s.correlation_id and a.track_no = s.upstream_no offset 0) a on true
      cross join lateral (
        select case when s.on_event = 'failed' or (a.state = 'completed' and s.on_event = 'completed') then a.result_event_id
                    else track_coordination.handed_on(s.correlation_id, s.definition_id, a.track_no, a.state, a.result_event_id, a.data_event_id, s.on_event)
               end as event_id offset 0) h)
  select e.place, e.upstream_no, s.track_id, s.event_id, s.payload
    from edges e
    join sources s on s.correlation_id = e.correlation_id and s.upstream_no = e.upstream_no and s.on_event = e.on_event
$$;

-- The same as metadata of the triggered rows, {"consumed": [event, …]}: a row per activation, in the order asked for.
create or replace function track_coordination.consumed_by(correlation_ids uuid[], definition_ids int[], track_nos int[]) returns setof jsonb language sql stable as $$
  select jsonb_build_object('consumed', coalesce(jsonb_agg(h.event_id order by h.upstream_no) filter (where h.event_id is not null), '[]'))
    from track_coordination.handed_in(correlation_ids, definition_ids, track_nos, false) h
   group by h.place order by h.place
$$;

-- And as inputs of tracks that wait for several, {"<track>": payload, …}.
create or replace function track_coordination.joined_inputs(correlation_ids uuid[], definition_ids int[], track_nos int[]) returns setof jsonb language sql stable as $$
  select coalesce(jsonb_object_agg(h.track_id, h.payload) filter (where h.event_id is not null), '{}')
    from track_coordination.handed_in(correlation_ids, definition_ids, track_nos, true) h
   group by h.place order by h.place
$$;

-- The input of an activation, by the shape of its definition: a root gets the run's payload; one dependency hands its
-- payload on as it is; several become {"<track>": payload, …} without those that hand on nothing; a fallback gets what the
-- track that failed got, and its error; a handler at the run's end gets the run's summary. Null for an unknown track.
create or replace function track_coordination.activation_input(correlation_id uuid, track_no int) returns jsonb language plpgsql stable as $$
#variable_conflict use_variable
declare
  definition int;
  dependencies int;
  at_run_end boolean;
  steps_in_for record;
begin
  select r.definition_id, t.dependency_count, t.on_run_state is not null into definition, dependencies, at_run_end
    from track_coordination.runs r
    join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_no = activation_input.track_no
   where r.correlation_id = activation_input.correlation_id;
  if at_run_end then
    return track_coordination.run_summary(correlation_id);
  elsif dependencies = 0 then
    return track_coordination.run_payload(correlation_id);
  elsif dependencies = 1 then
    select u.track_no, l.event_type, l.payload, l.attempt into steps_in_for
      from track_coordination.definition_dependencies d
      join track_coordination.definition_tracks u on u.definition_id = d.definition_id and u.track_no = d.upstream_no
      left join track_coordination.activations a on a.correlation_id = activation_input.correlation_id and a.track_no = u.track_no
      left join public.processing_logs l on l.correlation_id = a.correlation_id and l.event_id = a.result_event_id
     where d.definition_id = definition and d.downstream_no = activation_input.track_no and d.on_event = 'failed';
    if found then
      return track_coordination.activation_input(correlation_id, steps_in_for.track_no)
        || track_coordination.handed_on_payload('failed', steps_in_for.payload, steps_in_for.attempt);
    end if;
  end if;
  if dependencies > 1 then
    return (select i from track_coordination.joined_inputs(array[correlation_id], array[definition], array[track_no]) i);
  end if;
  return (select coalesce(h.payload, '{}') from track_coordination.handed_in(array[correlation_id], array[definition], array[track_no], true) h);
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

-- Claims up to max activations of a handler for the time of the lease, and writes their started rows. What has been
-- claimed already is nobody's to take: an attempt whose lease ended is ended by the coordinator first.
--   circuit, on_permit: the circuit of the handler, and whether it is open, so that this attempt is one of its probes
-- A last row without a run says that a limit of the handler kept it from more, and again_in when more may be claimed, in
-- seconds; null: when an attempt ends.
--   traceparent: that the run was started with
--   waited: how long it was due before, in seconds; what a closed gate held is not left out
-- For the coordinator's own workers: their instance knows of it, the others are told as tell_of_lease says.
create or replace function track_coordination.take_work(handler text, worker text, max int, lease interval)
returns table (correlation_id uuid, track_id text, attempt int, payload jsonb, user_id text, idempotency_key text, lease_ends_at timestamptz, track_no int,
              circuit text, on_permit boolean, again_in float8, waited float8, traceparent text)
language plpgsql as $$
#variable_conflict use_column
declare
  any_gate_closed boolean := exists (select from track_coordination.gate_states where state = 'closed');
  permitted int := take_work.max;
  probing boolean := false;
  of_circuit text;
  is_limited boolean;
  room int;             -- of a handler with limits: how many they permit, and what take_room says besides
  its_limit int;
  more_in float8;
  got int;
  before text;
begin
  if take_work.max is null or take_work.max < 1 or take_work.lease is null or take_work.lease <= '0' or coalesce(take_work.worker, '') = '' then
    raise exception 'claim_work wants a worker''s name, max of at least 1 and a lease longer than 0' using errcode = 'invalid_parameter_value';
  end if;
  select h.circuit, h.limited into of_circuit, is_limited from track_coordination.handlers h where h.handler = take_work.handler;
  if is_limited then   -- its row is locked first, then that of the circuit
    select r.permitted, r.under_limit, r.again_in into room, its_limit, more_in from track_coordination.take_room(take_work.handler, take_work.max) r;
    permitted := room;
    if room < 1 then
      again_in := more_in;
      return next;
      return;
    end if;
  end if;
  if any_gate_closed then
    select p.permitted, p.on_permit into permitted, probing from track_coordination.take_permits(take_work.handler, permitted) p;
    if permitted = 0 then
      return;
    end if;
  end if;
  before := track_coordination.set_own('on');
  return query
  with claimed as (
    update track_coordination.work_queue w
       set due_at = track_coordination.clock() + take_work.lease, attempt = w.attempt + 1, worker = take_work.worker,
           claimed_at = track_coordination.clock(), doing = null, doing_since = null, under_limit = its_limit
      from (select q.ctid, q.due_at as was_due_at
              from track_coordination.work_queue q
             where q.handler = take_work.handler and not q.claimed
               and q.rank_at <= track_coordination.clock() and q.due_at <= track_coordination.clock()
               and (not any_gate_closed or not track_coordination.is_held_apart(q.correlation_id, q.definition_id, q.track_no, q.user_id))
             order by q.rank_at limit permitted
               for update skip locked) due
     where w.ctid = due.ctid
    returning w.*, date_part('epoch', clock_timestamp() - due.was_due_at) as waited),
  numbered as materialized (
    select c.*, t.track_id, t.level, t.dependency_count > 1 as joins, nextval('track_coordination.event_ids') as started_id
      from claimed c
      cross join lateral (select t.track_id, t.level, t.dependency_count from track_coordination.definition_tracks t
                           where t.definition_id = c.definition_id and t.track_no = c.track_no offset 0) t),
  started as (
    insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, attempt)
    select started_id, track_coordination.host_user_id(user_id), track_id, 'started', correlation_id, attempt from numbered),
  probes as (
    insert into track_coordination.circuit_probes as p (correlation_id, track_no, attempt, circuit, track_id, started_event_id)
    select correlation_id, track_no, attempt, of_circuit, track_id, started_id from numbered where probing
        on conflict on constraint circuit_probes_pkey do update
       set circuit = excluded.circuit, track_id = excluded.track_id, started_event_id = excluded.started_event_id)
  select n.correlation_id, n.track_id, n.attempt,
         case when n.source_event_id is not null
              then coalesce((select l.payload from public.processing_logs l where l.correlation_id = n.correlation_id and l.event_id = n.source_event_id), '{}')
              else coalesce(case when n.level = 0 then (select r.payload from track_coordination.runs r where r.correlation_id = n.correlation_id) end,
                            track_coordination.activation_input(n.correlation_id, n.track_no)) end,
         n.user_id, n.correlation_id || '/' || n.track_id, n.due_at, n.track_no, of_circuit, probing, null::float8, n.waited, n.traceparent
    from numbered n where not n.joins
  union all
  select j.correlation_id, j.track_id, j.attempt, j.payload, j.user_id, j.correlation_id || '/' || j.track_id, j.due_at, j.track_no, of_circuit, probing, null::float8, j.waited, j.traceparent
    from (select array_agg(n.correlation_id) as correlation_ids, array_agg(n.definition_id) as definition_ids, array_agg(n.track_no) as track_nos,
                 array_agg(n.track_id) as track_ids, array_agg(n.attempt) as attempts, array_agg(n.user_id) as user_ids, array_agg(n.due_at) as due_ats,
                 array_agg(n.waited) as waits, array_agg(n.traceparent) as traceparents
            from numbered n where n.joins having count(*) > 0) a
    cross join lateral rows from (
      unnest(a.correlation_ids, a.track_ids, a.attempts, a.user_ids, a.due_ats, a.track_nos, a.waits, a.traceparents),
      track_coordination.joined_inputs(a.correlation_ids, a.definition_ids, a.track_nos))
      j (correlation_id, track_id, attempt, user_id, due_at, track_no, waited, traceparent, payload);
  get diagnostics got = row_count;
  perform track_coordination.set_own(before);
  if probing and got < permitted then
    perform track_coordination.return_permits(take_work.handler, permitted - got);
  end if;
  if got > 0 then
    perform track_coordination.tell_of_lease(take_work.lease);
  end if;
  if is_limited and got > 0 then
    perform track_coordination.use_room(take_work.handler, got);
  end if;
  if is_limited and got = room and got < take_work.max then
    again_in := more_in;
    return next;
  end if;
end $$;

-- The same for any other worker, without that last row. An instance that rests learns that a lease and a timeout have begun.
-- traceparent is for what the worker calls, see there; null: its run is in no trace.
-- A handler that no workflow has yet is remembered as served, and gets nothing. Errors: 22023 a value is refused, 42501 the role was
-- not granted this handler.
create or replace function track_coordination.claim_work(handler text, worker text, max int, lease interval)
returns table (correlation_id uuid, track_id text, attempt int, payload jsonb, user_id text, idempotency_key text, lease_ends_at timestamptz, track_no int,
              circuit text, on_permit boolean, traceparent text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  if coalesce(claim_work.handler, '') = '' then
    raise exception 'claim_work wants the name of a handler' using errcode = 'invalid_parameter_value';
  end if;
  perform track_coordination.require_length('handler', claim_work.handler, 1000);
  perform track_coordination.require_length('worker', claim_work.worker, 1000);
  perform track_coordination.require_granted('handler', claim_work.handler);
  return query
  select t.correlation_id, t.track_id, t.attempt, t.payload, t.user_id, t.idempotency_key, t.lease_ends_at, t.track_no, t.circuit, t.on_permit,
         track_coordination.traceparent(t.correlation_id, t.track_id, t.attempt, t.traceparent)
    from track_coordination.take_work(claim_work.handler, claim_work.worker, claim_work.max, claim_work.lease) t
   where t.correlation_id is not null;
  if found then
    perform track_coordination.wake_drainer();
  end if;
  perform track_coordination.see_worker(array[claim_work.handler], claim_work.worker);
end $$;

-- The end of an attempt, reported by the worker that holds it: fenced and set aside here, settled by the coordinator.
-- Returns the event's id. Errors: 55000 the attempt is not this caller's, or no longer; 42704 there is no such run or track;
-- 22023 the payload is no object, 54000 it is larger than 1 MiB, 42501 the role was not granted the track's handler.
create or replace function track_coordination.finish_work(
  correlation_id uuid, track_id text, attempt int, event_type text, payload jsonb) returns bigint language plpgsql as $$
#variable_conflict use_variable
declare
  id bigint;
  before text;
begin
  perform track_coordination.require_granted_attempt(correlation_id, track_id);
  perform track_coordination.require_payload('payload', payload);
  before := track_coordination.set_own('off');
  with mine as (
    update track_coordination.work_queue w set due_at = 'infinity'
      from track_coordination.definition_tracks t
     where w.correlation_id = finish_work.correlation_id and t.definition_id = w.definition_id and t.track_no = w.track_no
       and t.track_id = finish_work.track_id and w.attempt = finish_work.attempt and w.worker is not null and w.due_at <> 'infinity'
    returning w.user_id, case event_type when 'completed' then t.targets end as targets)
  insert into public.processing_logs (user_id, track_id, event_type, correlation_id, attempt, payload, metadata)
  select track_coordination.host_user_id(m.user_id), track_id, event_type, correlation_id, attempt, payload, m.targets from mine m
  returning event_id into id;
  perform track_coordination.set_own(before);
  if id is null then
    perform track_coordination.refuse_lost(correlation_id, track_id, attempt);
  end if;
  return id;
end $$;

create or replace function track_coordination.complete_work(correlation_id uuid, track_id text, attempt int, payload jsonb default '{}')
returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$
  select track_coordination.finish_work(correlation_id, track_id, attempt, 'completed', coalesce(payload, '{}'))
$$;

-- Whether there is another attempt is up to the track's retry; with retryable => false there is none.
--   status: the HTTP status that the target answered with, if it did; see is_worth_a_retry
create or replace function track_coordination.fail_work(
  correlation_id uuid, track_id text, attempt int, error_class text, message text, retryable boolean default true, status int default null)
returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$
  select track_coordination.finish_work(correlation_id, track_id, attempt, 'failed',
    jsonb_build_object('error', jsonb_build_object('class', coalesce(left(error_class, 1000), 'error'), 'message', coalesce(left(message, 10000), ''))
                                || case when status is null then '{}' else jsonb_build_object('status', status) end
                                || case when retryable then '{}' else '{"retryable": false}'::jsonb end))
$$;

-- Is an error worth another attempt? Not if the worker said so, nor if not_on names its class (with or without package) or
-- its HTTP status, as 404 or 4xx. 4xx leaves out 408, 425 and 429, which pass with time.
create or replace function track_coordination.is_worth_a_retry(error jsonb, not_on text[]) returns boolean language sql immutable as $$
  select not coalesce(error ->> 'retryable' = 'false'
                      or error ->> 'class' = any(not_on)
                      or regexp_replace(error ->> 'class', '^.*[.$]', '') = any(not_on)
                      or error ->> 'status' = any(not_on)
                      or (left(error ->> 'status', 1) || 'xx' = any(not_on) and error ->> 'status' not in ('408', '425', '429')), false)
$$;

-- The pause after an attempt: backoff * multiplier^(attempt-1), moved at random by up to its share jitter, never longer
-- than max_backoff. ("Equal jitter" of the AWS Architecture Blog, Exponential Backoff And Jitter, with a share to choose.)
create or replace function track_coordination.retry_pause(attempt int, backoff interval, multiplier float8, max_backoff interval, jitter float8)
returns interval language sql volatile as $$
  select make_interval(secs => least(
           extract(epoch from max_backoff)::float8,
           least(extract(epoch from max_backoff)::float8,
                 extract(epoch from backoff)::float8 * power(multiplier, least(greatest(attempt, 1) - 1, 100)::float8))
             * (1 + jitter * (2 * random() - 1))))
$$;

-- A worker says that it is still at it: extends the lease so that it ends no earlier than one lease from now. One that has
-- run out is extended too, as long as nobody ended it.
--   doing: the step that it is at, if it says so; doing_since changes only when the step does
-- Returns the end of the lease; null: the attempt is no longer the caller's, who should stop, since nothing that it reports
-- has an effect any more (see why_lost). Error 42501: the role was not granted the track's handler.
create or replace function track_coordination.heartbeat(correlation_id uuid, track_id text, attempt int, lease interval, doing text default null)
returns timestamptz language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  ends_at timestamptz;
begin
  if lease is null or lease <= '0' then
    raise exception 'heartbeat wants a lease longer than 0, not %', coalesce(lease::text, 'null') using errcode = 'invalid_parameter_value';
  end if;
  perform track_coordination.require_granted_attempt(correlation_id, track_id);
  update track_coordination.work_queue w
     set due_at = greatest(w.due_at, track_coordination.clock() + lease), doing = left(heartbeat.doing, 1000),
         doing_since = case when heartbeat.doing is null then null
                            when w.doing is distinct from left(heartbeat.doing, 1000) then track_coordination.clock()
                            else w.doing_since end
    from track_coordination.definition_tracks t
   where w.correlation_id = heartbeat.correlation_id and t.definition_id = w.definition_id and t.track_no = w.track_no
     and t.track_id = heartbeat.track_id and w.attempt = heartbeat.attempt and w.worker is not null and w.due_at <> 'infinity'
  returning w.due_at into ends_at;
  return ends_at;
end $$;

-- Why an attempt that a worker had is not its own any more, for people: how it was ended, and who has the track now.
create or replace function track_coordination.why_lost(correlation_id uuid, track_no int, attempt int) returns text language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select case when r.correlation_id is null then 'there is no such run any more'
              else concat_ws('; ', ended.message, coalesce(now_at.worker, case when r.state <> 'running' then 'its run is ' || r.state end,
                                                           'the track is ' || a.state)) end
    from (select) one
    left join track_coordination.runs r on r.correlation_id = why_lost.correlation_id
    left join track_coordination.activations a on a.correlation_id = r.correlation_id and a.track_no = why_lost.track_no
    left join lateral (
      select case when w.due_at = 'infinity' then 'its end is recorded already'
                  when w.claimed then 'attempt ' || w.attempt || ' runs at worker ' || w.worker
                  else 'attempt ' || w.attempt + 1 || ' is to be claimed' end as worker
        from track_coordination.work_queue w
       where w.correlation_id = r.correlation_id and w.track_no = why_lost.track_no offset 0) now_at on true
    left join lateral (
      select l.payload #>> '{error,message}' as message
        from public.processing_logs l
        join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_no = why_lost.track_no and t.track_id = l.track_id
       where l.correlation_id = r.correlation_id and l.event_type = 'timed_out' and l.attempt = why_lost.attempt
       order by l.event_id desc limit 1) ended on true
$$;

-- Refuses what a worker reports for an attempt that is not its own, or no longer: 55000 with what became of it, 42704 if there is
-- no such run or track.
create or replace function track_coordination.refuse_lost(correlation_id uuid, track_id text, attempt int) returns void language plpgsql as $$
#variable_conflict use_variable
declare
  track int;
  is_known boolean;
begin
  select t.track_no into track from track_coordination.runs r
    join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_id = refuse_lost.track_id
   where r.correlation_id = refuse_lost.correlation_id;
  is_known := found or exists (select from track_coordination.tombstones z where z.correlation_id = refuse_lost.correlation_id);
  if not is_known then
    perform track_coordination.require_track(track_coordination.require_run(correlation_id), track_id);
  end if;
  raise exception 'attempt % of track % in run % is not yours, or no longer: %', coalesce(attempt::text, 'null'), left(track_id, 200), correlation_id,
      coalesce(nullif(track_coordination.why_lost(correlation_id, track, attempt), ''), 'nobody has claimed it')
    using errcode = 'object_not_in_prerequisite_state',
          hint = 'Its lease ended and another worker took over, it is finished already, or its run ended. Drop the result.';
end $$;

-- Hands an activation back undone: it costs no attempt and is claimed again at once.
-- Returns false if it was not, or no longer, the caller's. Error 42501: the role was not granted the track's handler.
create or replace function track_coordination.give_back(correlation_id uuid, track_id text, attempt int) returns boolean language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
begin
  perform track_coordination.require_granted_attempt(correlation_id, track_id);
  update track_coordination.work_queue w set due_at = track_coordination.clock(), attempt = w.attempt - 1, worker = null, claimed_at = null
    from track_coordination.definition_tracks t
   where w.correlation_id = give_back.correlation_id and t.definition_id = w.definition_id and t.track_no = w.track_no
     and t.track_id = give_back.track_id and w.attempt = give_back.attempt and w.worker is not null and w.due_at <> 'infinity';
  if found then
    perform track_coordination.wake_workers();
    return true;
  end if;
  return false;
end $$;
