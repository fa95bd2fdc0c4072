-- See the function. trackArguments: what path and query say.
select CAST(track_coordination.skip_json(track_coordination.request_argument(CAST(:#trackArguments AS jsonb), CAST(:#${body} AS jsonb), :#trackCaller)) AS text) as answer
