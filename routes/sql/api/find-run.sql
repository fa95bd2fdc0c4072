-- Refuses a run that there is not: see the function.
select CAST(track_coordination.run_facts(track_coordination.read_uuid(CAST(:#trackArguments AS jsonb), 'correlationId')) AS text) as run
