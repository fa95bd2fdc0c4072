-- See the function. trackArguments: what path and query say.
select CAST(track_coordination.read_payloads_json(CAST(:#trackArguments AS jsonb)) AS text) as answer
