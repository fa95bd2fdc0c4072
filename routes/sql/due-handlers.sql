-- Which of these handlers have work that is due, and whose limits let more be claimed?
select h.handler
  from unnest(CAST(:#handlers AS text[])) h (handler)
 where exists (select from track_coordination.work_queue w where w.handler = h.handler and not w.claimed
                  and w.rank_at <= track_coordination.clock() and w.due_at <= track_coordination.clock())
   and not (select l.reached from track_coordination.limit_of(h.handler) l)
