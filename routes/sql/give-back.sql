-- Hands claimed work back undone; it costs no attempt.
select count(*) filter (where track_coordination.give_back(u.correlation_id, u.track_id, u.attempt)) as given_back
  from unnest(CAST(:#correlation_ids AS uuid[]), CAST(:#track_ids AS text[]), CAST(:#attempts AS int[])) u (correlation_id, track_id, attempt)
