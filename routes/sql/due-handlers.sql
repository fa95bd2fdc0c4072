-- Which of these handlers have work that is due?
select h.handler
  from unnest(CAST(:#handlers AS text[])) h (handler)
 where exists (select from track_coordination.work_queue w where w.handler = h.handler and w.due_at <= track_coordination.clock())
