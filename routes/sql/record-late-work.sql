-- What our own workers finished too late: logged, since it was done, with the fate that it has no effect.
with finished as materialized (
  select nextval('track_coordination.event_ids') as event_id, u.*, r.user_id, r.definition_id
    from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[]), CAST(:#attempts AS int[]), CAST(:#payloads AS text[]))
         with ordinality u (correlation_id, track_no, attempt, payload, place)
    join track_coordination.runs r on r.correlation_id = u.correlation_id
   where not u.place = any(coalesce(CAST(:#${variable.trackAcceptedPlaces} AS bigint[]), '{}'))),
logged as (
  insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, attempt, payload)
  select f.event_id, track_coordination.host_user_id(f.user_id), t.track_id, :#trackEventType, f.correlation_id, f.attempt, CAST(f.payload AS jsonb)
    from finished f
    join track_coordination.definition_tracks t on t.definition_id = f.definition_id and t.track_no = f.track_no)
insert into track_coordination.event_fates (correlation_id, event_id, fate, reason)
select correlation_id, event_id, 'late', 'attempt ' || attempt || ' was no longer this worker''s when it ended' from finished
