-- Triggered activations that no worker claimed within their triggerTimeout. Time behind a closed gate does not count.
with limits as materialized (
  select t.handler, min(t.trigger_timeout) as shortest
    from track_coordination.definition_tracks t where t.trigger_timeout is not null group by t.handler),
unclaimed as materialized (
  select q.row_at, q.trigger_timeout
    from limits h
    cross join lateral (
      select q.ctid as row_at, t.trigger_timeout
        from track_coordination.work_queue q
        cross join lateral (
          select t.trigger_timeout from track_coordination.definition_tracks t
           where t.definition_id = q.definition_id and t.track_no = q.track_no offset 0) t
       where q.handler = h.handler and not q.claimed and q.due_at <= track_coordination.clock() - h.shortest
         and q.due_at + t.trigger_timeout <= track_coordination.clock()
         and track_coordination.waiting_since(q.due_at, q.handler, q.correlation_id, q.definition_id, q.track_no, q.user_id) + t.trigger_timeout
             <= track_coordination.clock()
       order by q.due_at limit 500
         for update of q skip locked) q),
ended as (
  delete from track_coordination.work_queue w using unclaimed u where w.ctid = u.row_at
  returning w.correlation_id, w.track_no,
            'no worker of handler ' || w.handler || ' claimed it within the triggerTimeout of ' || u.trigger_timeout as message)
select count(*) as activations, 'trigger-timeout' as error_class,
       min(message) as example,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_no) AS text) as track_nos,
       CAST(array_agg(0) AS text) as attempts,
       CAST(array_agg(message) AS text) as messages
  from ended
