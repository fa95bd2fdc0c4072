-- Attempts whose lease is over: their worker is gone. At most 500 of a handler at a time; what another instance ends is
-- left to it.
with lost as materialized (
  select q.row_at
    from track_coordination.handlers h
    cross join lateral (
      select q.ctid as row_at from track_coordination.work_queue q
       where q.handler = h.handler and q.claimed and q.due_at <= track_coordination.clock()
       order by q.due_at limit 500
         for update skip locked) q),
ended as (
  delete from track_coordination.work_queue w using lost l where w.ctid = l.row_at
  returning w.correlation_id, w.track_no, w.attempt, 'the lease of worker ' || w.worker || ' ended' as message)
select count(*) as activations, 'lease-lost' as error_class,
       min(message) as example,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_no) AS text) as track_nos,
       CAST(array_agg(attempt) AS text) as attempts,
       CAST(array_agg(message) AS text) as messages
  from ended
