-- What is due next? Asked once when an instance comes to rest, when that time has passed, and now and then as a safety net;
-- in between an instance asks nothing. All in one statement, each part by an index.
set lock_timeout = '500ms';

create index if not exists definition_tracks_trigger_timeout on track_coordination.definition_tracks (handler, trigger_timeout)
  where trigger_timeout is not null;

-- Seconds from now, null for never; what is over already is 0 or less.
--   listener:         is told on the channel track_events that this was asked, so that it knows that it hears; null: nobody
--   served:           the handlers that the asking instance has workers for; that is remembered
--   wave_interval:    between the beginnings of two waves of a circuit
--   events_queued:    whether any event waits for the coordinator
--   handlers_due:     those with work that could be claimed now, but for gates; not those whose limit is reached: the end of
--                     an attempt is told
--   work:             until more work can be claimed: a retry after its pause, or what a rate lets go on
--   leases, timeouts, deadlines: until one ends; one that is over counts until somebody has ended it
--   trigger_timeouts: until one may end that is not over yet: the shortest of a handler counts for all its work, and gates
--                     are left out of account. Whoever looks then may find nothing
--   circuits:         until the rest of one is over, which counts until it is probed, or a wave that is not over yet
-- Error 25006: this server takes no changes.
create or replace function track_coordination.next_due(
  listener text, wave_interval interval, served text[], out events_queued boolean, out handlers_due text[], out work float8,
  out leases float8, out timeouts float8, out trigger_timeouts float8, out deadlines float8, out circuits float8)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  this_moment timestamptz := track_coordination.clock();
begin
  if pg_is_in_recovery() or current_setting('transaction_read_only')::boolean then
    raise exception 'this server takes no changes' using errcode = 'read_only_sql_transaction';
  end if;
  if next_due.listener is not null then
    perform pg_notify('track_events', next_due.listener);
  end if;
  perform track_coordination.see_worker(next_due.served, coalesce(next_due.listener, 'an instance'));

  events_queued := exists (select from track_coordination.event_queue);

  select array_agg(h.handler) filter (where now_due.due_at is not null and l.reached is not true),
         extract(epoch from least(min(later.due_at), min(prioritized.due_at), min(l.earliest_at)) - this_moment)
    into handlers_due, work
    from track_coordination.handlers h
    left join lateral (
      select w.due_at from track_coordination.work_queue w
       where w.handler = h.handler and not w.claimed and w.rank_at <= this_moment and w.due_at <= this_moment
       order by w.rank_at limit 1) now_due on true
    left join lateral (
      select w.due_at from track_coordination.work_queue w
       where w.handler = h.handler and not w.claimed and w.priority = 0 and w.rank_at > this_moment order by w.rank_at limit 1) later on true
    left join lateral (
      select w.due_at from track_coordination.work_queue w
       where w.handler = h.handler and w.worker is null and w.priority > 0 and w.due_at > this_moment order by w.due_at limit 1) prioritized on true
    left join lateral (
      select l.reached, l.earliest_at from track_coordination.limit_of(h.handler) l
       where h.limited and now_due.due_at is not null offset 0) l on true;

  select extract(epoch from min(w.due_at) - this_moment) into leases
    from track_coordination.handlers h
    cross join lateral (
      select w.due_at from track_coordination.work_queue w
       where w.handler = h.handler and w.claimed order by w.rank_at limit 1) w
   where w.due_at <> 'infinity';

  select extract(epoch from min(w.claimed_at + t.timeout) - this_moment) into timeouts
    from track_coordination.handlers h
    cross join lateral (
      select w.claimed_at, w.definition_id, w.track_no from track_coordination.work_queue w
       where w.handler = h.handler and w.claimed and w.due_at < 'infinity' offset 0) w
    cross join lateral (
      select t.timeout from track_coordination.definition_tracks t
       where t.definition_id = w.definition_id and t.track_no = w.track_no offset 0) t;

  with limits as materialized (
    select distinct t.handler, t.trigger_timeout as allowed from track_coordination.definition_tracks t where t.trigger_timeout is not null)
  select extract(epoch from min(e.ends_at) - this_moment) into trigger_timeouts
    from (select w.due_at + l.allowed as ends_at
            from limits l
            cross join lateral (
              select w.due_at from track_coordination.work_queue w
               where w.handler = l.handler and not w.claimed and w.priority = 0 and w.rank_at > this_moment - l.allowed order by w.rank_at limit 1) w
          union all
          select w.due_at + l.allowed
            from limits l
            cross join lateral (
              select w.due_at from track_coordination.work_queue w
               where w.handler = l.handler and w.worker is null and w.priority > 0 and w.due_at > this_moment - l.allowed order by w.due_at limit 1) w
          union all
          select h.moved_at + l.allowed
            from limits l
            join track_coordination.handlers h on h.handler = l.handler and h.limited and h.moved_at > this_moment - l.allowed
          union all
          select g.changed_at + l.allowed
            from track_coordination.gate_states g
            join limits l on g.changed_at > this_moment - l.allowed
           where g.state = 'open') e;

  select extract(epoch from min(r.deadline_at) - this_moment) into deadlines
    from track_coordination.runs r where r.state = 'running' and r.deadline_at is not null;

  select extract(epoch from min(v.over_at) - this_moment) into circuits
    from track_coordination.gate_states g
    cross join lateral (values (g.earliest_at), (g.changed_at + next_due.wave_interval)) v (over_at)
   where g.kind = 'circuit' and g.state = 'closed'
     and (v.over_at > this_moment or g.wave = 0 and v.over_at = g.earliest_at);
end $$;
