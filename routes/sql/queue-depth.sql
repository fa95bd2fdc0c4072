-- How much waits and how long, for the coordinator and for each handler: see the view.
select queue, handler, depth, ready, in_progress, held, CAST(extract(epoch from oldest) * 1000 AS bigint) as oldest_millis
  from track_coordination.queue_depth
 order by queue, handler
