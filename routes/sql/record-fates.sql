-- Fates of events that no activation consumed.
insert into track_coordination.event_fates (correlation_id, event_id, fate, reason)
select u.correlation_id, u.event_id, :#fate, u.reason
  from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[]), CAST(:#reasons AS text[])) u (event_id, correlation_id, reason)
    on conflict on constraint event_fates_pkey do nothing
