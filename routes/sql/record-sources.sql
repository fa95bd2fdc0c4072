-- Shows which sources this instance holds or has let go. What it holds it must say again before long, or it is taken
-- for dead; what instances said that are gone is taken away.
with gone as (
  delete from track_coordination.source_states
   where ctid = any(array(
     select ctid from track_coordination.source_states
      where shown_until <= track_coordination.clock() and instance <> :#instance for update skip locked)))
insert into track_coordination.source_states as s (instance, route_id, state, reason, shown_until)
select :#instance, r.route_id, r.state, r.reason,
       track_coordination.clock() + case r.state when 'closed' then CAST(:#keep AS interval) else interval '1 day' end
  from unnest(CAST(:#routes AS text[]), CAST(:#states AS text[]), CAST(:#reasons AS text[])) r (route_id, state, reason)
 order by r.route_id
    on conflict on constraint source_states_pkey do update
   set state = excluded.state, reason = excluded.reason,
       shown_until = case when s.state = 'open' and excluded.state = 'open' then s.shown_until else excluded.shown_until end,
       changed_at = case s.state when excluded.state then s.changed_at else excluded.changed_at end
