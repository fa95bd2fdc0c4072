-- Runs whose deadline has passed.
select count(*) as runs, CAST(array_agg(correlation_id) AS text) as correlation_ids
  from (select r.correlation_id from track_coordination.runs r
         where r.state = 'running' and r.deadline_at <= track_coordination.clock()
         order by r.deadline_at limit 100) r
