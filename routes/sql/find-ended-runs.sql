-- Which of these runs are at their end, each with what a caller that waited for it is told: see run_json.
select CAST(u.correlation_id AS text) as key, true as come, r.state, CAST(j.run AS text) as run, CAST(j.run -> 'result' AS text) as result
  from unnest(CAST(:#${body} AS uuid[])) u (correlation_id)
  cross join lateral (
    select x.state from track_coordination.runs x where x.correlation_id = u.correlation_id and x.finished_at is not null offset 0) r
  cross join lateral (
    select track_coordination.run_json(jsonb_build_object('correlationId', u.correlation_id)) as run offset 0) j
