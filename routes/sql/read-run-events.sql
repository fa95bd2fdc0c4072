-- What happened in these runs, without the events that were sent already, and the run once it is at its end. The end is looked
-- at in the snapshot of the events: none of those that led to it is missing.
select u.place, CAST(e.event_ids AS text) as event_ids, CAST(e.events AS text) as events,
       CAST((select track_coordination.run_json(jsonb_build_object('correlationId', u.correlation_id))
               from track_coordination.runs x where x.correlation_id = u.correlation_id and x.finished_at is not null) AS text) as ended
  from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#sent AS text[])) with ordinality u (correlation_id, sent, place)
  cross join lateral (
    select array_agg(c.event -> 'eventId' order by c.place) as event_ids, array_agg(c.event order by c.place) as events
      from jsonb_array_elements(track_coordination.execution_chain_json(jsonb_build_object('correlationId', u.correlation_id)) -> 'events')
           with ordinality c (event, place)
     where not CAST(c.event ->> 'eventId' AS bigint) = any(CAST(u.sent AS bigint[]))) e
