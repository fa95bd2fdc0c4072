-- The one event that fails alone: off the queue, kept with its error, its activation's gate closed. Where the host lets writers
-- give a number twice, all events of that number go with it.
with poison as (
  delete from track_coordination.event_queue where event_id = any(CAST(:#trackClaimedEventIds AS bigint[])) returning *),
gated as (
  insert into track_coordination.gate_states (kind, correlation_id, track_id, state, who, reason)
  select distinct 'quarantine', correlation_id, track_id, 'closed', 'coordinator', 'event ' || event_id || ' could not be coordinated'
    from poison where correlation_id is not null and track_id is not null
      on conflict on constraint gate_states_one_row_each do update set state = 'closed', reason = excluded.reason, changed_at = track_coordination.clock())
insert into track_coordination.event_fates (correlation_id, event_id, fate, reason)
select coalesce(correlation_id, CAST('00000000-0000-0000-0000-000000000000' AS uuid)), event_id, 'quarantined', :#${bean:failureReason.whole}
  from poison
    on conflict on constraint event_fates_pkey do nothing
