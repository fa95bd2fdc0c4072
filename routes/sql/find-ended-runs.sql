-- Which of these runs are at their end, each with what a caller that waited for it is told: see run_json.
select CAST(u.correlation_id AS text) as correlation_id, r.state, CAST(track_coordination.run_json(jsonb_build_object('correlationId', u.correlation_id)) AS text) as run
  from unnest(CAST(:#${body} AS uuid[])) u (correlation_id)
  cross join lateral (
    select x.state from track_coordination.runs x where x.correlation_id = u.correlation_id and x.finished_at is not null offset 0) r
