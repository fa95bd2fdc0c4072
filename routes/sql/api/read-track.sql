-- See the function. trackArguments: what path and query say.
select CAST(track_coordination.dependencies_met_json(CAST(:#trackArguments AS jsonb)) AS text) as answer
