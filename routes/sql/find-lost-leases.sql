-- Attempts whose lease is over, locked: their worker is gone. At most 500 of a handler at a time; what another instance
-- ends is left to it.
select count(*) as activations, 'lease-lost' as error_class,
       min(q.message) as example,
       CAST(array_agg(q.correlation_id) AS text) as correlation_ids,
       CAST(array_agg(q.track_no) AS text) as track_nos,
       CAST(array_agg(q.message) AS text) as messages
  from track_coordination.handlers h
  cross join lateral (
    select w.correlation_id, w.track_no, 'the lease of worker ' || w.worker || ' ended' as message
      from track_coordination.work_queue w
     where w.handler = h.handler and w.claimed and w.rank_at <= track_coordination.clock()
     order by w.rank_at limit 500
       for update skip locked) q
