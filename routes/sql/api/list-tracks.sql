-- See the function. trackArguments: what path and query say.
select CAST(track_coordination.list_tracks_json(CAST(:#trackArguments AS jsonb)) AS text) as answer
