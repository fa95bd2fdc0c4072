-- Two slim queues: events that the coordinator has yet to settle, and work that a worker has yet to do. Every row is dead
-- soon, and a million a minute may be: they are vacuumed without pauses, else they grow faster than they are cleaned.
set lock_timeout = '500ms';

create table if not exists track_coordination.event_queue (
  event_id       bigint not null,     -- not unique: a writer may give any number, and its insert must never fail
  event_type     text not null,       -- of the log, or the coordinator's own tasks: begun or ended (a run), released (a gate),
                                      -- skip (by an operator)
  correlation_id uuid,
  track_id       text,
  attempt        int,
  queued_at      timestamptz not null default clock_timestamp()  -- for metrics: its writer commits no earlier
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
create index if not exists event_queue_in_order on track_coordination.event_queue (event_id);

create table if not exists track_coordination.work_queue (
  correlation_id  uuid not null,
  track_no        int not null,
  handler         text not null,
  due_at          timestamptz not null,  -- visible at, lease end, retry time; infinity: finished, its event is queued
  attempt         int not null,          -- the number of the last try that began; 0 before the first
  worker          text,                  -- who holds the lease; null: nobody, the next try is to be claimed
  claimed         boolean not null generated always as (worker is not null) stored,
  claimed_at      timestamptz,           -- when the current try began
  definition_id   int not null,
  user_id         text,
  source_event_id bigint,
  traceparent     text,                  -- of its run
  doing           text,                  -- what its worker was doing at the last heartbeat, and since when
  doing_since     timestamptz,
  under_limit     int,                   -- maxConcurrent of its handler when it was last claimed; null: it had none
  priority        smallint not null default 0,  -- of its run
  -- The order in which work is claimed: by the time when it was ready, and 10 minutes earlier for each priority, so that what
  -- waits grows more urgent and nothing starves. Of what is claimed it is the end of the lease. Never later than due_at.
  -- "at time zone" twice: timestamptz minus interval depends on the session's time zone, and may not be stored.
  rank_at         timestamptz not null generated always as (
    case when priority = 0 or worker is not null then due_at
         else ((due_at at time zone interval '0') - priority * interval '10 minutes') at time zone interval '0' end) stored,
  constraint work_queue_priority_in_range check (priority between 0 and 9),
  constraint work_queue_pkey primary key (correlation_id, track_no),
  constraint work_queue_attempt_positive check (attempt >= 0 and (attempt > 0 or worker is null))
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
-- due_at comes last so that what ranks early and is not due yet is passed over without a look at its row.
create index if not exists work_queue_due on track_coordination.work_queue (handler, claimed, rank_at, due_at);
-- What ranks earlier than it is due, by the time when it is due; empty where nobody uses priorities.
create index if not exists work_queue_prioritized on track_coordination.work_queue (handler, due_at) where priority > 0 and worker is null;

-- Wakes who sleeps, and only then: a NOTIFY in every commit would serialise all writers of the database.
-- One sleeping drainer of events holds lock (8210, 1), one that is awake lock (8210, 3); all that listen share lock (8210, 2).
--
-- A writer is silent only while some drainer is known to be awake, or nobody listens. Until it has committed it holds
-- (8210, 1) shared: whoever gets that lock after it, on going to sleep or having begun, looks once more and sees what it wrote.
-- When a process dies its locks go at once, and the next writer is heard by those that are left. The other two locks are
-- let go again at once: writers that overlap must not keep them from the drainers.
create or replace function track_coordination.wake_drainer() returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if pg_try_advisory_xact_lock_shared(8210, 1) then
    -- one expression: a cancel between two would leave a lock with the session
    if (case when not pg_try_advisory_lock_shared(8210, 3) then true
             when not pg_advisory_unlock_shared(8210, 3) then false
             when pg_try_advisory_lock(8210, 2) then pg_advisory_unlock(8210, 2)
             else false end) then
      return;
    end if;
  end if;
  perform pg_notify('track_events', '');
end $$;

create or replace function track_coordination.wake_workers() returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if not pg_try_advisory_xact_lock(8210, 2) then
    perform pg_notify('track_work', '');
  end if;
end $$;

-- The same for workers of one handler; those of others sleep on.
create or replace function track_coordination.wake_workers_of(handler text) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if not pg_try_advisory_xact_lock(8210, 2) then
    perform pg_notify('track_work', wake_workers_of.handler);
  end if;
end $$;

-- A worker of an instance got work for this long. Other instances that rest would learn of a short lease too late if that one
-- died: they are told, whoever is awake. A longer one is seen by their next look (look-ahead.interval, 30 s).
create or replace function track_coordination.tell_of_lease(lease interval) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if lease < '1 minute' then
    perform pg_notify('track_leases', '');
  end if;
end $$;

-- Queues the keys of what any writer inserts; casts nothing, raises nothing. Our own statements queue what they do not
-- settle themselves and run with track.own = on.
create or replace function track_coordination.feed_event_queue() returns trigger language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into track_coordination.event_queue (event_id, event_type, correlation_id, track_id, attempt)
  select event_id, event_type, correlation_id, track_id, attempt
    from new_rows
   where correlation_id is not null and track_id is not null and event_id is not null
     and event_type in ('triggered', 'started', 'data_ready', 'completed', 'failed', 'timed_out', 'retried', 'skipped', 'cancelled');
  if found then
    perform track_coordination.wake_drainer();
  end if;
  return null;
end $$;

-- Says whether the rows that this transaction inserts into the log from here on are ours, which the trigger leaves alone: on or
-- off. Returns what it was, to be put back after the insert. No function says it by a SET clause, which only a superuser may
-- write for a setting that the server does not know.
create or replace function track_coordination.set_own(own text) returns text language plpgsql as $$
declare
  before constant text := coalesce(current_setting('track.own', true), '');
begin
  if own <> before then
    perform set_config('track.own', own, true);
  end if;
  return before;
end $$;

create or replace trigger feed_event_queue after insert on public.processing_logs
  referencing new table as new_rows for each statement
  when (current_setting('track.own', true) is distinct from 'on')
  execute function track_coordination.feed_event_queue();

-- Fates other than consumed. Quarantined events keep their error until somebody replays or dismisses them.
create table if not exists track_coordination.event_fates (
  correlation_id uuid not null,
  event_id       bigint not null,
  fate           text not null,
  reason         text not null,
  decided_at     timestamptz not null default track_coordination.clock(),
  constraint event_fates_pkey primary key (correlation_id, event_id),
  constraint event_fates_known check (fate in ('duplicate', 'late', 'ignored', 'quarantined'))
);
create index if not exists event_fates_quarantined on track_coordination.event_fates (decided_at) where fate = 'quarantined';
