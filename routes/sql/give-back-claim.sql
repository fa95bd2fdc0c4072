-- Hands back undone all that one claim got; it costs no attempt.
with given_back as (
  update track_coordination.work_queue w set due_at = track_coordination.clock(), attempt = w.attempt - 1, worker = null, claimed_at = null
   where w.handler = :#handler and w.worker = :#worker and w.due_at <> 'infinity'
  returning w.track_no)
select count(*) as given_back from given_back
