-- Marks a run as awaited if the caller wants to wait, else only looks for it: see the functions.
select case when CAST(:#trackWait AS bigint) > 0 then track_coordination.await_run(track_coordination.read_uuid(CAST(:#trackArguments AS jsonb), 'correlationId'))
            else true end as running,
       CAST(track_coordination.read_uuid(CAST(:#trackArguments AS jsonb), 'correlationId') AS text) as correlation_id,
       CAST(track_coordination.run_json(CAST(:#trackArguments AS jsonb)) AS text) as answer
