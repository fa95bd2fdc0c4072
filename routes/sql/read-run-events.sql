-- What happened in these runs, without the events that were sent already, 500 at a time, and the run once it is at its end, or
-- gone. The end is looked at in the snapshot of the events: none of those that led to it is missing.
select u.place, CAST(e.event_ids AS text) as event_ids, CAST(e.events AS text) as events,
       CAST(case when e.more then null
                 when x.correlation_id is null
                 then jsonb_build_object('correlationId', u.correlation_id,
                                         'state', (select z.state from track_coordination.tombstones z where z.correlation_id = u.correlation_id))
                 when x.finished_at is not null
                 then track_coordination.run_json(jsonb_build_object('correlationId', u.correlation_id)) end AS text) as ended
  from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#sent AS text[])) with ordinality u (correlation_id, sent, place)
  left join lateral (
    select r.correlation_id, r.finished_at from track_coordination.runs r where r.correlation_id = u.correlation_id offset 0) x on true
  cross join lateral (
    select array_agg(n.event -> 'eventId' order by n.place) as event_ids, array_agg(n.event order by n.place) as events, count(*) = 500 as more
      from (select c.event, c.place
              from jsonb_array_elements(case when x.correlation_id is null then '[]' else
                     track_coordination.execution_chain_json(jsonb_build_object('correlationId', u.correlation_id)) -> 'events' end)
                   with ordinality c (event, place)
             where not CAST(c.event ->> 'eventId' AS bigint) = any(CAST(u.sent AS bigint[]))
             order by c.place limit 500) n) e
