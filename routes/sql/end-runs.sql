-- Ends runs before their tracks did: see the function.
select track_coordination.end_runs(CAST(:#correlation_ids AS uuid[]), :#${variable.trackRunState}, :#${variable.trackReason}) as runs
