-- Takes a batch of events off the queue: one row per type, in the order in which types are settled. Arrays, not rows,
-- travel through Camel.
with claimed as (
  delete from track_coordination.event_queue
   where ctid = any(array(
     select ctid from track_coordination.event_queue order by event_id limit CAST(:#${bean:eventBatch.size} AS int) for update skip locked))
  returning *)
select event_type,
       count(*) as events,
       CAST(array_agg(event_id) AS text) as event_ids,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(track_id) AS text) as track_ids,
       CAST(array_agg(attempt) AS text) as attempts,
       CAST(array_agg(CAST(date_part('epoch', clock_timestamp() - queued_at) AS float4)) AS text) as ages
  from claimed
 group by event_type
 order by array_position(array['begun', 'released', 'started', 'data_ready', 'completed', 'failed', 'timed_out', 'skip', 'ended'], event_type)
