-- What operators do, with one JSON argument. Errors as of the functions that they call, and 22023 for what
-- 140_create_json_arguments.sql refuses. who is by default the role that calls.
set lock_timeout = '500ms';

-- {correlationId!, trackId, who, why} → {reopened: number of tracks}
create or replace function track_coordination.retry_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
begin
  perform track_coordination.check_keys(argument, '{correlationId}', '{trackId,who,why}');
  return jsonb_build_object('reopened', track_coordination.retry(
    track_coordination.read_uuid(argument, 'correlationId'), track_coordination.read_text(argument, 'trackId'),
    coalesce(track_coordination.read_text(argument, 'who'), track_coordination.caller()), track_coordination.read_text(argument, 'why')));
end $$;

-- {correlationId!, trackId!, payload, who, why} → {skipped: boolean}
create or replace function track_coordination.skip_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
begin
  perform track_coordination.check_keys(argument, '{correlationId,trackId}', '{payload,who,why}');
  return jsonb_build_object('skipped', track_coordination.skip(
    track_coordination.read_uuid(argument, 'correlationId'), track_coordination.read_text(argument, 'trackId'), nullif(argument -> 'payload', 'null'),
    coalesce(track_coordination.read_text(argument, 'who'), track_coordination.caller()), track_coordination.read_text(argument, 'why')));
end $$;

-- {correlationId!, who, why} → {cancelled: boolean}
create or replace function track_coordination.cancel_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
begin
  perform track_coordination.check_keys(argument, '{correlationId}', '{who,why}');
  return jsonb_build_object('cancelled', track_coordination.cancel(
    track_coordination.read_uuid(argument, 'correlationId'),
    coalesce(track_coordination.read_text(argument, 'who'), track_coordination.caller()), track_coordination.read_text(argument, 'why')));
end $$;

-- {one of handler, userId and correlationId (with or without trackId), who, why} → {held: boolean}
create or replace function track_coordination.hold_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
begin
  perform track_coordination.check_keys(argument, '{}', '{handler,userId,correlationId,trackId,who,why}');
  return jsonb_build_object('held', track_coordination.hold(
    track_coordination.read_text(argument, 'handler'), track_coordination.read_uuid(argument, 'correlationId'),
    track_coordination.read_text(argument, 'trackId'), track_coordination.read_text(argument, 'userId'),
    coalesce(track_coordination.read_text(argument, 'who'), track_coordination.caller()), track_coordination.read_text(argument, 'why')));
end $$;

-- {one of handler, userId and correlationId (with or without trackId), who, why} → {released: boolean}
create or replace function track_coordination.release_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
begin
  perform track_coordination.check_keys(argument, '{}', '{handler,userId,correlationId,trackId,who,why}');
  return jsonb_build_object('released', track_coordination.release(
    track_coordination.read_text(argument, 'handler'), track_coordination.read_uuid(argument, 'correlationId'),
    track_coordination.read_text(argument, 'trackId'), track_coordination.read_text(argument, 'userId'),
    coalesce(track_coordination.read_text(argument, 'who'), track_coordination.caller()), track_coordination.read_text(argument, 'why')));
end $$;

-- Error 42704: this event is not in quarantine, or not any more.
create or replace function track_coordination.refuse_unquarantined(event_id bigint) returns void language plpgsql as $$
begin
  raise exception 'event % is not in quarantine', event_id using errcode = 'undefined_object',
    hint = 'select event_id, reason from track_coordination.quarantine lists what is.';
end $$;

-- {eventId!, who, why} → {replayed: true}
create or replace function track_coordination.replay_event_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
  event bigint;
begin
  perform track_coordination.check_keys(argument, '{eventId}', '{who,why}');
  event := track_coordination.read_number(argument, 'eventId', -9223372036854775808, 9223372036854775807);
  if not track_coordination.replay_event(event,
      coalesce(track_coordination.read_text(argument, 'who'), track_coordination.caller()), track_coordination.read_text(argument, 'why')) then
    perform track_coordination.refuse_unquarantined(event);
  end if;
  return jsonb_build_object('replayed', true);
end $$;

-- {eventId!, who, why} → {dismissed: true}
create or replace function track_coordination.dismiss_event_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
  event bigint;
begin
  perform track_coordination.check_keys(argument, '{eventId}', '{who,why}');
  event := track_coordination.read_number(argument, 'eventId', -9223372036854775808, 9223372036854775807);
  if not track_coordination.dismiss_event(event,
      coalesce(track_coordination.read_text(argument, 'who'), track_coordination.caller()), track_coordination.read_text(argument, 'why')) then
    perform track_coordination.refuse_unquarantined(event);
  end if;
  return jsonb_build_object('dismissed', true);
end $$;

-- {workflow!, hash!, who, why} → {retired: boolean}
create or replace function track_coordination.retire_definition_json(jsonb) returns jsonb language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  argument alias for $1;
begin
  perform track_coordination.check_keys(argument, '{workflow,hash}', '{who,why}');
  return jsonb_build_object('retired', track_coordination.retire_definition(
    track_coordination.read_text(argument, 'workflow'), track_coordination.read_text(argument, 'hash'),
    coalesce(track_coordination.read_text(argument, 'who'), track_coordination.caller()), track_coordination.read_text(argument, 'why')));
end $$;
