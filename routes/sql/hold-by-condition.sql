-- Holds ready activations whose condition can't be evaluated, each behind a gate of its own, until an operator releases or
-- skips it.
with unanswered as materialized (
  select u.correlation_id, u.track_no, u.error, t.track_id, t.condition
    from unnest(CAST(:#unanswered_correlation_ids AS uuid[]), CAST(:#unanswered_track_nos AS int[]), CAST(:#unanswered_errors AS text[]))
         u (correlation_id, track_no, error)
    join track_coordination.runs r on r.correlation_id = u.correlation_id
    cross join lateral (
      select t.track_id, t.condition from track_coordination.definition_tracks t
       where t.definition_id = r.definition_id and t.track_no = u.track_no offset 0) t),
held as (
  update track_coordination.activations a
     set state = (select next_state from track_coordination.transitions where state = 'waiting' and event = 'triggered' and condition = 'gate closed'),
         trigger_event_id = null
    from unanswered n
   where a.correlation_id = n.correlation_id and a.track_no = n.track_no)
insert into track_coordination.gate_states (kind, correlation_id, track_id, state, who, reason)
select 'quarantine', correlation_id, track_id, 'closed', 'coordinator', 'its condition can''t be evaluated: ' || condition || ': ' || error
  from unanswered
 order by correlation_id, track_id
    on conflict on constraint gate_states_one_row_each do update set state = 'closed', reason = excluded.reason, changed_at = track_coordination.clock()
