-- What metrics show that only the database knows: the same at each instance, whoever did it. All is found by an index, or is as
-- small as the queues.
set lock_timeout = '500ms';

-- The view queue_depth, with what can't go on though it is ready, by the reason that why gives.
--   later:          due later: to be tried again, or not before its time
--   oldest_seconds: how long the oldest that could be taken has waited; 0: there is none
--   held_by_…, no_worker: ready, and held before its trigger, or queued and not to be claimed
-- What holds a whole handler is judged once for the handler; only what stands behind a closed gate of its own run, track or user is
-- looked at one by one, found by its key ("offset 0").
create or replace view track_coordination.queue_reasons with (security_invoker = true) as
with depth as materialized (
  select queue, handler, ready, in_progress, held, depth - ready - in_progress - held as later,
         coalesce(extract(epoch from oldest), 0) as oldest_seconds
    from track_coordination.queue_depth),
closed as materialized (
  select kind, handler, circuit, correlation_id, track_id, user_id
    from track_coordination.gate_states where state = 'closed'),
behind as (
  select g.kind, g.track_id as only, a.correlation_id, a.track_no, a.definition_id, false as is_queued
    from closed g join track_coordination.activations a on a.correlation_id = g.correlation_id and a.held
  union all
  select g.kind, g.track_id, w.correlation_id, w.track_no, w.definition_id, true
    from closed g join track_coordination.work_queue w on w.correlation_id = g.correlation_id
   where not w.claimed and w.due_at <= track_coordination.clock()
  union all
  select 'pause', null, a.correlation_id, a.track_no, a.definition_id, false
    from (select correlation_id, track_no, definition_id from track_coordination.activations where held offset 0) a
   cross join lateral (
     select r.user_id from track_coordination.runs r where r.correlation_id = a.correlation_id offset 0) r
   where exists (select from closed where user_id is not null)
     and r.user_id = any(array(select user_id from closed where user_id is not null))
  union all
  select 'pause', null, w.correlation_id, w.track_no, w.definition_id, true
    from track_coordination.work_queue w
   where not w.claimed and w.due_at <= track_coordination.clock()
     and exists (select from closed where user_id is not null)
     and w.user_id = any(array(select user_id from closed where user_id is not null))),
apart as (
  select handler, count(*) filter (where kind = 'quarantine') as by_quarantine,
         count(*) filter (where kind <> 'quarantine') as by_operator,
         count(*) filter (where is_queued) as queued, count(*) filter (where not is_queued) as held
    from (select distinct on (b.correlation_id, b.track_no) t.handler, b.kind, b.is_queued
            from behind b
            join track_coordination.definition_tracks t on t.definition_id = b.definition_id and t.track_no = b.track_no
           where b.only is null or b.only = t.track_id
           order by b.correlation_id, b.track_no, b.kind desc) one -- quarantine before pause
   group by handler),
judged as (
  select d.*, coalesce(a.by_quarantine, 0) as by_quarantine, coalesce(a.by_operator, 0) as by_operator,
         d.held - coalesce(a.held, 0) as other_held, d.ready - coalesce(a.queued, 0) as other_ready,
         case when d.handler is null then null
              when exists (select from closed g where g.handler = d.handler) then 'held-by-operator'
              when exists (select from closed g where g.circuit = h.circuit) then 'held-by-circuit'
              when d.ready = 0 then null
              when h.limited and (select l.reached from track_coordination.limit_of(d.handler) l) then 'held-by-limit'
              when not exists (select from track_coordination.worker_sightings s
                                where s.handler = d.handler and s.seen_at >= track_coordination.clock() - interval '2 minutes')
               and not exists (select from track_coordination.work_queue w
                                where w.handler = d.handler and w.claimed and w.due_at > track_coordination.clock()) then 'no-worker' end as reason
    from depth d
    left join apart a on a.handler = d.handler
    left join track_coordination.handlers h on h.handler = d.handler)
select queue, handler, ready, in_progress, held, later, oldest_seconds, by_quarantine as held_by_quarantine,
       by_operator + case reason when 'held-by-operator' then other_held + other_ready else 0 end as held_by_operator,
       case reason when 'held-by-circuit' then other_held + other_ready else 0 end as held_by_circuit,
       case reason when 'held-by-limit' then other_ready else 0 end as held_by_limit,
       case reason when 'no-worker' then other_ready else 0 end as no_worker
  from judged;

-- The gauges of docs/observability.md, one row a series.
--   labels: name, value, name, value …
-- Of more handlers, circuits or workflows than most the last by name are one, called others.
create or replace function track_coordination.gauges(most int, others text)
returns table (gauge text, labels text[], value float8) language sql stable as $$
  with queues as materialized (
    select q.*, case when row_number() over (partition by q.queue order by q.handler) > gauges.most then gauges.others
                     else coalesce(q.handler, '') end as name
      from track_coordination.queue_reasons q)
  select 'tracks_queue_depth', array['queue', q.queue, 'handler', q.name, 'state', s.state], sum(s.number)::float8
    from queues q
   cross join lateral (values ('ready', q.ready), ('in_progress', q.in_progress), ('held', q.held), ('later', q.later)) s (state, number)
   group by q.queue, q.name, s.state
  union all
  select 'tracks_queue_oldest_seconds', array['queue', q.queue, 'handler', q.name], max(q.oldest_seconds)::float8
    from queues q group by q.queue, q.name
  union all
  select 'tracks_held_activations', array['handler', q.name, 'reason', s.reason], sum(s.number)::float8
    from queues q
   cross join lateral (values ('held-by-quarantine', q.held_by_quarantine), ('held-by-operator', q.held_by_operator),
                              ('held-by-circuit', q.held_by_circuit), ('held-by-limit', q.held_by_limit), ('no-worker', q.no_worker)) s (reason, number)
   where q.queue = 'work' group by q.name, s.reason
  union all
  select 'tracks_gates_closed', array['kind', k.kind], count(g.kind)::float8
    from unnest(array['circuit', 'limit', 'pause', 'backpressure', 'quarantine']) k (kind)
    left join (select kind from track_coordination.gates where state = 'closed') g on g.kind = k.kind
   group by k.kind
  union all
  select 'tracks_circuit_open', array['circuit', c.name], max(c.open)::float8
    from (select case when row_number() over (order by h.circuit) > gauges.most then gauges.others else h.circuit end as name,
                 max(case when g.state = 'closed' then 1 else 0 end) as open
            from track_coordination.handlers h
            left join track_coordination.gate_states g on g.kind = 'circuit' and g.circuit = h.circuit
           group by h.circuit) c
   group by c.name
  union all
  select 'tracks_quarantined_events', '{}', count(*)::float8 from track_coordination.event_fates f where f.fate = 'quarantined'
  union all
  select 'tracks_runs_running', array['workflow', w.name], sum(w.runs)::float8
    from (select case when row_number() over (order by d.workflow) > gauges.most then gauges.others else d.workflow end as name,
                 count(r.definition_id) as runs
            from track_coordination.definitions d
            left join track_coordination.runs r on r.definition_id = d.definition_id and r.finished_at is null
           group by d.workflow) w
   group by w.name
$$;

-- How many runs of a workflow ended in a state, or began (state is null), after one time and up to another. Of those that began
-- it counts the ones that run still, and those that ended since.
create or replace function track_coordination.count_runs(since timestamptz, up_to timestamptz)
returns table (workflow text, state text, runs bigint) language sql stable as $$
  select d.workflow, r.state, count(*)
    from track_coordination.runs r
    join track_coordination.definitions d on d.definition_id = r.definition_id
   where r.state <> 'running' and r.state = any(array['completed', 'failed', 'cancelled', 'timed_out'])
     and r.finished_at > count_runs.since and r.finished_at <= count_runs.up_to
   group by d.workflow, r.state
  union all
  select d.workflow, null, sum(b.runs)::bigint
    from track_coordination.definitions d
   cross join lateral (
     select count(*) as runs from track_coordination.runs r
      where r.definition_id = d.definition_id and r.finished_at is null
        and r.created_at > count_runs.since and r.created_at <= count_runs.up_to
     union all
     select count(*) from track_coordination.runs r
      where r.definition_id = d.definition_id and r.state <> 'running'
        and r.state = any(array['completed', 'failed', 'cancelled', 'timed_out'])
        and r.finished_at > count_runs.since
        and r.created_at > count_runs.since and r.created_at <= count_runs.up_to) b
   group by d.workflow
  having sum(b.runs) > 0
$$;
