-- Claims work for a worker of ours: see the function.
select CAST(correlation_id AS text) as correlation_id, track_id, track_no, attempt, CAST(payload AS text) as payload, user_id, circuit, on_permit
  from track_coordination.take_work(:#handler, :#worker, CAST(:#max AS int), CAST(:#lease AS interval))
