-- Settles the dependencies on tracks that did not complete: see the function.
select * from track_coordination.pass_on(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[]), CAST(:#track_nos AS int[]), :#${variable.trackHandsOn})
