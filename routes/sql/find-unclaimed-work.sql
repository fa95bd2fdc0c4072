-- Triggered activations that no worker claimed within their triggerTimeout, locked. Time behind a closed gate
-- or a reached limit does not count.
with limits as materialized (
  select t.handler, min(t.trigger_timeout) as shortest
    from track_coordination.definition_tracks t where t.trigger_timeout is not null group by t.handler)
select count(*) as activations, 'trigger-timeout' as error_class,
       min(q.message) as example,
       CAST(array_agg(q.correlation_id) AS text) as correlation_ids,
       CAST(array_agg(q.track_no) AS text) as track_nos,
       CAST(array_agg(q.message) AS text) as messages
  from limits h
  cross join lateral (
    select w.correlation_id, w.track_no,
           'no worker of handler ' || w.handler || ' claimed it within the triggerTimeout of ' || t.trigger_timeout as message
      from track_coordination.work_queue w
      cross join lateral (
        select t.trigger_timeout from track_coordination.definition_tracks t
         where t.definition_id = w.definition_id and t.track_no = w.track_no offset 0) t
     where w.handler = h.handler and not w.claimed and w.rank_at <= track_coordination.clock() - h.shortest
       and w.due_at + t.trigger_timeout <= track_coordination.clock()
       and track_coordination.waiting_since(w.due_at, w.handler, w.correlation_id, w.definition_id, w.track_no, w.user_id) + t.trigger_timeout
           <= track_coordination.clock()
     order by w.rank_at limit 500
       for update of w skip locked) q
