-- The definition that is to be drawn, and how: see the function.
select CAST(track_coordination.workflow_json(CAST(:#trackArguments AS jsonb) - 'format') -> 'document' AS text) as document,
       coalesce(CAST(:#trackArguments AS jsonb) ->> 'format', 'svg') as format
