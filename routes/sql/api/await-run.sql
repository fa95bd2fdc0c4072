-- Marks a run as awaited, so that its end is told: see the function.
select track_coordination.await_run(track_coordination.read_uuid(CAST(:#trackArguments AS jsonb), 'correlationId')) as running
