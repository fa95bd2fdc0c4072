-- Starts a run: see the function.
select CAST(track_coordination.start_run(:#${variable.trackWorkflow}, CAST(:#${variable.trackPayload} AS jsonb), CAST(:#${variable.trackCorrelationId} AS uuid), :#${variable.trackUserId}, :#${variable.trackIdempotencyKey}, nullif(:#${variable.trackCompletes}, '')) AS text) as correlation_id
