-- What happened in these runs, without the events that were sent already, and the run once it is at its end, or gone. The end is
-- looked at in the snapshot of the events: none of those that led to it is missing. Only runs with news have a row, the first 100
-- of them, each with the events that fit into 256 kB (at least one), and the first 10 that ended with their end: what is read at
-- once is bounded, however many watch however large a run. The others have their turn next.
with asked as materialized (
  select u.place, u.correlation_id, CAST(u.sent AS bigint[]) as sent, x.correlation_id is null as gone, x.finished_at is not null as finished,
         (select count(distinct l.event_id) from public.processing_logs l where l.correlation_id = u.correlation_id) as events
    from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#sent AS text[])) with ordinality u (correlation_id, sent, place)
    left join lateral (
      select r.correlation_id, r.finished_at from track_coordination.runs r where r.correlation_id = u.correlation_id offset 0) x on true),
news as materialized (
  select a.*, a.gone or a.finished as over, not a.gone and a.events <> cardinality(a.sent) as more
    from asked a where a.gone or a.finished or a.events <> cardinality(a.sent) order by a.place limit 100),
chains as materialized (
  select r.correlation_id, w.place, CAST(w.event ->> 'eventId' AS bigint) as event_id, CAST(w.event AS text) as event
    from (select distinct n.correlation_id from news n where n.more) r
   cross join lateral jsonb_array_elements(
     track_coordination.execution_chain_json(jsonb_build_object('correlationId', r.correlation_id)) -> 'events') with ordinality w (event, place))
select s.place, CAST(s.event_ids AS text) as event_ids, CAST(s.events AS text) as events,
       CAST(case when s.left_over or s.ends > 10 then null
                 when s.gone
                 then jsonb_build_object('correlationId', s.correlation_id,
                                         'state', (select z.state from track_coordination.tombstones z where z.correlation_id = s.correlation_id))
                 when s.finished
                 then track_coordination.run_json(jsonb_build_object('correlationId', s.correlation_id)) end AS text) as ended
  from (select n.place, n.correlation_id, n.gone, n.finished, e.event_ids, e.events, e.left_over,
               count(*) filter (where n.over and not e.left_over) over (order by n.place) as ends
          from news n
         cross join lateral (
           select array_agg(f.event_id order by f.place) as event_ids, array_agg(f.event order by f.place) as events,
                  count(*) < coalesce(max(f.unsent), 0) as left_over
             from (select c.event_id, c.event, c.place, count(*) over () as unsent,
                          sum(octet_length(c.event)) over (order by c.place) - octet_length(c.event) as bytes_before
                     from chains c
                    where c.correlation_id = n.correlation_id and c.event_id <> all(n.sent)) f
            where f.bytes_before < 262144) e) s
