-- Claims work for a worker of ours: see the function. A row without a run says that a limit kept it from more.
select CAST(correlation_id AS text) as correlation_id, track_id, track_no, attempt, CAST(payload AS text) as payload, user_id, circuit, on_permit, again_in, waited, traceparent
  from track_coordination.take_work(:#handler, :#worker, CAST(:#max AS int), CAST(:#lease AS interval))
