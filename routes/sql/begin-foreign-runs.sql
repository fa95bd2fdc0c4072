-- Events of runs that nobody knows: where their track is a root of exactly one current definition, or their metadata
-- names the workflow, a run begins with the first such event. Its roots are begun like those of any other run. A run
-- that was cleaned up does not begin again, and a retired definition starts none. metadata.priority is that of the run, if it
-- is one of 0 to 9; metadata.traceparent says which trace it belongs to.
with strangers as materialized (
  select e.event_id, e.correlation_id, e.track_id, l.user_id, l.metadata
    from unnest(CAST(:#event_ids AS bigint[]), CAST(:#correlation_ids AS uuid[]), CAST(:#track_ids AS text[])) e (event_id, correlation_id, track_id)
    left join track_coordination.runs r on r.correlation_id = e.correlation_id
    cross join lateral (
      select CAST(l.user_id AS text) as user_id, l.metadata from public.processing_logs l
       where l.correlation_id = e.correlation_id and l.event_id = e.event_id limit 1) l
   where r.correlation_id is null
     and not exists (select from track_coordination.tombstones z where z.correlation_id = e.correlation_id)),
firsts as materialized (
  select distinct on (s.correlation_id) s.event_id, s.correlation_id, s.user_id, one.definition_id,
         track_coordination.valid_traceparent(s.metadata ->> 'traceparent') as traceparent,
         case when jsonb_typeof(s.metadata -> 'priority') = 'number' and s.metadata ->> 'priority' ~ '^[0-9]$'
              then CAST(s.metadata ->> 'priority' AS smallint) else 0 end as priority
    from strangers s
    cross join lateral (
      select min(w.definition_id) as definition_id
        from track_coordination.workflows w
        join track_coordination.definition_tracks t on t.definition_id = w.definition_id and t.track_id = s.track_id and t.level = 0
       where (s.metadata ->> 'workflow' is null or w.workflow = s.metadata ->> 'workflow')
         and not exists (select from track_coordination.retired_definitions x where x.definition_id = w.definition_id)
      having count(*) = 1) one
   order by s.correlation_id, s.event_id),
-- one that is retired at this moment: seen behind its lock
startable as materialized (
  select d.* from (select distinct definition_id from firsts) f
    join track_coordination.definitions d on d.definition_id = f.definition_id
   where track_coordination.may_start(f.definition_id)),
begun as (
  insert into track_coordination.runs (correlation_id, definition_id, user_id, priority, traceparent, remaining_leaves, began_with, deadline_at)
  select f.correlation_id, f.definition_id, f.user_id, f.priority, f.traceparent, d.leaf_count, f.event_id, track_coordination.clock() + d.deadline
    from firsts f join startable d on d.definition_id = f.definition_id
      on conflict on constraint runs_pkey do nothing
  returning correlation_id, definition_id)
insert into track_coordination.event_queue (event_id, event_type, correlation_id)
select nextval('track_coordination.event_ids'), 'begun', b.correlation_id
  from begun b
 where (select count(*) from track_coordination.definition_tracks t where t.definition_id = b.definition_id and t.level = 0) > 1
