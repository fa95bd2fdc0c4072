-- Waits for whoever is settling in these runs, so that the next statement sees what became ready meanwhile. Work first,
-- then activations, as everybody takes them.
select (select count(*) from (
          select from track_coordination.work_queue w
           where w.correlation_id = any(CAST(:#correlation_ids AS uuid[])) order by w.correlation_id, w.track_no for update) w) as work,
       (select count(*) from (
          select from track_coordination.activations a
           where a.correlation_id = any(CAST(:#correlation_ids AS uuid[])) order by a.correlation_id, a.track_no for update) a) as activations
