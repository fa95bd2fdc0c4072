-- Attempts that take longer than their track's timeout, counted from their start, locked. The worker may still be at it;
-- what it ends is late.
select count(*) as activations, 'timeout' as error_class,
       min(q.message) as example,
       CAST(array_agg(q.correlation_id) AS text) as correlation_ids,
       CAST(array_agg(q.track_no) AS text) as track_nos,
       CAST(array_agg(q.message) AS text) as messages
  from track_coordination.handlers h
  cross join lateral (
    select w.correlation_id, w.track_no,
           'worker ' || w.worker || ' took longer than the timeout of ' || t.timeout || coalesce(', ' || w.doing || ' since ' || w.doing_since, '') as message
      from track_coordination.work_queue w
      cross join lateral (
        select t.timeout from track_coordination.definition_tracks t
         where t.definition_id = w.definition_id and t.track_no = w.track_no offset 0) t
     where w.handler = h.handler and w.claimed and w.due_at <> 'infinity' and w.claimed_at + t.timeout <= track_coordination.clock()
     order by w.claimed_at limit 500
       for update of w skip locked) q
