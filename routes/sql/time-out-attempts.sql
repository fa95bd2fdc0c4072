-- Attempts that take longer than their track's timeout, counted from their start. The worker may still be at it; what it
-- ends is late.
with hanging as materialized (
  select q.row_at, q.timeout
    from track_coordination.handlers h
    cross join lateral (
      select q.ctid as row_at, t.timeout
        from track_coordination.work_queue q
        cross join lateral (
          select t.timeout from track_coordination.definition_tracks t
           where t.definition_id = q.definition_id and t.track_no = q.track_no offset 0) t
       where q.handler = h.handler and q.claimed and q.due_at <> 'infinity' and q.claimed_at + t.timeout <= track_coordination.clock()
       order by q.claimed_at limit 500
         for update of q skip locked) q),
ended as (
  delete from track_coordination.work_queue w using hanging h where w.ctid = h.row_at
  returning w.correlation_id, w.track_no, w.attempt,
            'worker ' || w.worker || ' took longer than the timeout of ' || h.timeout
            || coalesce(', ' || w.doing || ' since ' || w.doing_since, '') as message)
select count(*) as activations, 'timeout' as error_class,
       min(message) as example,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_no) AS text) as track_nos,
       CAST(array_agg(attempt) AS text) as attempts,
       CAST(array_agg(message) AS text) as messages
  from ended
