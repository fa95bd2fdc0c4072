-- Skips ready activations whose condition is false. That is queued to be passed on, as what an operator skips: a chain of such
-- tracks is a batch each, not one transaction that goes ever deeper.
with refused as materialized (
  select u.correlation_id, u.track_no, nextval('track_coordination.event_ids') as event_id, r.user_id, t.track_id, t.condition
    from unnest(CAST(:#refused_correlation_ids AS uuid[]), CAST(:#refused_track_nos AS int[])) u (correlation_id, track_no)
    join track_coordination.runs r on r.correlation_id = u.correlation_id
    cross join lateral (
      select t.track_id, t.condition from track_coordination.definition_tracks t
       where t.definition_id = r.definition_id and t.track_no = u.track_no offset 0) t),
skipped as (
  update track_coordination.activations a
     set state = (select next_state from track_coordination.transitions where state = 'waiting' and event = 'skipped' and condition = 'condition false'),
         trigger_event_id = null
    from refused f
   where a.correlation_id = f.correlation_id and a.track_no = f.track_no),
logged as (
  insert into public.processing_logs (event_id, user_id, track_id, event_type, correlation_id, metadata)
  select event_id, track_coordination.host_user_id(user_id), track_id, 'skipped', correlation_id,
         jsonb_build_object('reason', 'its condition is false: ' || condition, 'condition', condition)
    from refused),
queued as (
  insert into track_coordination.event_queue (event_id, event_type, correlation_id, track_id)
  select event_id, 'skip', correlation_id, track_id from refused)
select track_coordination.wake_drainer()
