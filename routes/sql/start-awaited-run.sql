-- Starts a run whose end somebody awaits: see the functions. A repeated call awaits the run that there is.
select CAST(s.correlation_id AS text) as correlation_id
  from (select track_coordination.start_run(:#${variable.trackWorkflow}, CAST(:#${variable.trackPayload} AS jsonb), CAST(:#${variable.trackCorrelationId} AS uuid), :#${variable.trackUserId}, :#${variable.trackIdempotencyKey}, priority => CAST(coalesce(:#${variable.trackPriority}, :#${variable.trackPriorityByDefault}) AS int), awaited => true, traceparent => :#${variable.trackTraceparent}) as correlation_id offset 0) s
 cross join lateral (select track_coordination.await_run(s.correlation_id) offset 0) a
