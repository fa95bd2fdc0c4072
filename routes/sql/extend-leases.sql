-- Extends the leases of attempts that are being worked on, and says of each whether it is still this worker's: the heartbeat
-- of our own workers, see the function. A row that somebody has locked is left as it is until the next time, so that this
-- statement never waits and never calls an attempt lost that is about to be given a fate. At most once per interval and
-- instance; the rows are looked up by key ("offset 0"), whatever the statistics say.
with asked as materialized (
  select u.*, w.row_at is not null as mine
    from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[]), CAST(:#attempts AS int[]), CAST(:#leases AS interval[]),
                CAST(:#doings AS text[]), CAST(:#doing_fors AS interval[]))
         with ordinality u (correlation_id, track_no, attempt, lease, doing, doing_for, place)
    left join lateral (
      select w.ctid as row_at from track_coordination.work_queue w
       where w.correlation_id = u.correlation_id and w.track_no = u.track_no and w.attempt = u.attempt
         and w.worker is not null and w.due_at <> 'infinity' offset 0) w on true),
held as materialized (
  select a.place, a.lease, a.doing, a.doing_for, w.row_at
    from asked a
    cross join lateral (
      select w.ctid as row_at from track_coordination.work_queue w
       where w.correlation_id = a.correlation_id and w.track_no = a.track_no and w.attempt = a.attempt
         and w.worker is not null and w.due_at <> 'infinity'
      offset 0 for update skip locked) w),
extended as (
  update track_coordination.work_queue w
     set due_at = greatest(w.due_at, track_coordination.clock() + h.lease), doing = h.doing,
         doing_since = case when w.doing is distinct from h.doing then track_coordination.clock() - h.doing_for else w.doing_since end
    from held h
   where w.ctid = h.row_at
  returning h.place)
select CAST(a.place AS int) as place, a.place in (select place from extended) as extended, not a.mine as lost,
       case when not a.mine then track_coordination.why_lost(a.correlation_id, a.track_no, a.attempt) end as why
  from asked a
