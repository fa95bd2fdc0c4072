-- What our own workers finished too late: logged, since it was done, with the fate that it has no effect. An end that is
-- in the log already was in time: its commit went well, only the answer was lost with the connection. Returns how many
-- were late, and which the first of them were and why.
with finished as materialized (
  select nextval('track_coordination.event_ids') as event_id, u.*, r.user_id, t.track_id,
         track_coordination.why_lost(u.correlation_id, u.track_no, u.attempt) as why
    from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[]), CAST(:#attempts AS int[]), CAST(:#payloads AS text[]))
         with ordinality u (correlation_id, track_no, attempt, payload, place)
    join track_coordination.runs r on r.correlation_id = u.correlation_id
    join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_no = u.track_no
   where not u.place = any(CAST(:#trackAcceptedPlaces AS bigint[]))
     and not exists (select from public.processing_logs l
                      where l.correlation_id = u.correlation_id and l.track_id = t.track_id
                        and l.event_type = :#trackEventType and l.attempt = u.attempt)),
logged as (
  insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, attempt, payload)
  select event_id, track_coordination.host_user_id(user_id), track_id, :#trackEventType, correlation_id, attempt, CAST(payload AS jsonb)
    from finished),
judged as (
  insert into track_coordination.event_fates (correlation_id, event_id, fate, reason)
  select correlation_id, event_id, 'late', 'attempt ' || attempt || ' was no longer this worker''s when it ended: ' || why from finished)
select count(*) as late,
       array_to_string((array_agg(format('attempt %s of track %s in run %s (%s)', attempt, track_id, correlation_id, why) order by place))[1:10], ', ') as which
  from finished
