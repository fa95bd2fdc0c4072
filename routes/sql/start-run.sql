-- Starts a run: see the function.
select CAST(track_coordination.start_run(:#trackWorkflow, CAST(:#trackPayload AS jsonb), CAST(:#trackCorrelationId AS uuid), :#trackUserId, :#trackIdempotencyKey, nullif(:#trackCompletes, '')) AS text) as correlation_id
