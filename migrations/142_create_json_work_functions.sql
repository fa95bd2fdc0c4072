-- Recording events, starting runs and doing work with one JSON argument. Errors as of the functions that they call, and 22023
-- for what 140_create_json_arguments.sql refuses.
set lock_timeout = '500ms';

-- {correlationId!, trackId!, eventType!, userId, payload, metadata} → {eventId}
create or replace function track_coordination.record_track_event_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
begin
  perform track_coordination.check_keys(argument, '{correlationId,trackId,eventType}', '{userId,payload,metadata}');
  return jsonb_build_object('eventId', track_coordination.record_track_event(
    track_coordination.read_text(argument, 'userId'), track_coordination.read_text(argument, 'trackId'),
    track_coordination.read_text(argument, 'eventType'), track_coordination.read_uuid(argument, 'correlationId'),
    nullif(argument -> 'payload', 'null'), nullif(argument -> 'metadata', 'null')));
end $$;

-- {workflow!, payload, correlationId, userId, idempotencyKey, completes, priority, awaited, traceparent} → {correlationId, workflow, state}
-- The state as it is now: of a call that is repeated, the run may have ended.
create or replace function track_coordination.start_run_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
  of_workflow text;
  id uuid;
begin
  perform track_coordination.check_keys(argument, '{workflow}', '{payload,correlationId,userId,idempotencyKey,completes,priority,awaited,traceparent}');
  of_workflow := track_coordination.read_text(argument, 'workflow');
  id := track_coordination.start_run(
    of_workflow, nullif(argument -> 'payload', 'null'), track_coordination.read_uuid(argument, 'correlationId'),
    track_coordination.read_text(argument, 'userId'), track_coordination.read_text(argument, 'idempotencyKey'),
    track_coordination.read_text(argument, 'completes'), track_coordination.read_number(argument, 'priority', 0, 9)::int,
    track_coordination.read_boolean(argument, 'awaited'), track_coordination.read_text(argument, 'traceparent'));
  return jsonb_build_object('correlationId', id, 'workflow', of_workflow, 'state', coalesce(
    (select r.state from track_coordination.runs r where r.correlation_id = id),
    (select z.state from track_coordination.tombstones z where z.correlation_id = id)));
end $$;

-- {handler!, worker!, max (1; at most 1000), lease (1m; at most 1 day)}
-- → {work: [{correlationId, trackId, attempt, payload, userId, idempotencyKey, leaseEndsAt, traceparent}]}
create or replace function track_coordination.claim_work_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
begin
  perform track_coordination.check_keys(argument, '{handler,worker}', '{max,lease}');
  return (
    select jsonb_build_object('work', coalesce(jsonb_agg(jsonb_build_object(
             'correlationId', c.correlation_id, 'trackId', c.track_id, 'attempt', c.attempt, 'payload', c.payload, 'userId', c.user_id,
             'idempotencyKey', c.idempotency_key, 'leaseEndsAt', c.lease_ends_at, 'traceparent', c.traceparent)), '[]'))
      from track_coordination.claim_work(
        track_coordination.read_text(argument, 'handler'), track_coordination.read_text(argument, 'worker'),
        coalesce(track_coordination.read_number(argument, 'max', 1, 1000), 1)::int,
        coalesce(track_coordination.read_duration(argument, 'lease', '1 day'), '1 minute')) c);
end $$;

-- {correlationId!, trackId!, attempt!, lease (1m; at most 1 day), doing} → {leaseEndsAt}
-- Errors: 55000 the attempt is not the caller's any more, who should stop; 42704 there is no such run or track.
create or replace function track_coordination.heartbeat_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
  run uuid;
  track text;
  try int;
  ends_at timestamptz;
begin
  perform track_coordination.check_keys(argument, '{correlationId,trackId,attempt}', '{lease,doing}');
  run := track_coordination.read_uuid(argument, 'correlationId');
  track := track_coordination.read_text(argument, 'trackId');
  try := track_coordination.read_number(argument, 'attempt', 1, 2147483647);
  ends_at := track_coordination.heartbeat(run, track, try, coalesce(track_coordination.read_duration(argument, 'lease', '1 day'), '1 minute'),
                                          track_coordination.read_text(argument, 'doing'));
  if ends_at is null then
    perform track_coordination.refuse_lost(run, track, try);
  end if;
  return jsonb_build_object('leaseEndsAt', ends_at);
end $$;

-- {correlationId!, trackId!, attempt!, payload} → {eventId}
create or replace function track_coordination.complete_work_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
begin
  perform track_coordination.check_keys(argument, '{correlationId,trackId,attempt}', '{payload}');
  return jsonb_build_object('eventId', track_coordination.complete_work(
    track_coordination.read_uuid(argument, 'correlationId'), track_coordination.read_text(argument, 'trackId'),
    track_coordination.read_number(argument, 'attempt', 1, 2147483647)::int, nullif(argument -> 'payload', 'null')));
end $$;

-- {correlationId!, trackId!, attempt!, error!: {class, message, status, retryable}} → {eventId}
create or replace function track_coordination.fail_work_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
  error jsonb;
begin
  perform track_coordination.check_keys(argument, '{correlationId,trackId,attempt,error}', '{}');
  error := argument -> 'error';
  perform track_coordination.check_keys(error, '{}', '{class,message,status,retryable}', 'error');
  return jsonb_build_object('eventId', track_coordination.fail_work(
    track_coordination.read_uuid(argument, 'correlationId'), track_coordination.read_text(argument, 'trackId'),
    track_coordination.read_number(argument, 'attempt', 1, 2147483647)::int,
    track_coordination.read_text(error, 'class'), track_coordination.read_text(error, 'message'),
    coalesce(track_coordination.read_boolean(error, 'retryable'), true), track_coordination.read_number(error, 'status', 100, 599)::int));
end $$;

-- {correlationId!, trackId!, attempt!} → {givenBack: true}
-- Errors: 55000 the attempt is not the caller's any more, 42704 there is no such run or track.
create or replace function track_coordination.give_back_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
  run uuid;
  track text;
  try int;
begin
  perform track_coordination.check_keys(argument, '{correlationId,trackId,attempt}', '{}');
  run := track_coordination.read_uuid(argument, 'correlationId');
  track := track_coordination.read_text(argument, 'trackId');
  try := track_coordination.read_number(argument, 'attempt', 1, 2147483647);
  if not track_coordination.give_back(run, track, try) then
    perform track_coordination.refuse_lost(run, track, try);
  end if;
  return jsonb_build_object('givenBack', true);
end $$;
