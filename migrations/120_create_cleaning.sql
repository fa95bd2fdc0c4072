-- Cleaning up: finished runs go after a time of their state, in batches, and leave a tombstone.
--
-- A tombstone keeps what must not happen twice from happening twice: an event for its run is late instead of the first of
-- a new run, and the run's idempotency key, which stays where it is for as long, still answers with the run's id.
set lock_timeout = '500ms';

create table if not exists track_coordination.tombstones (
  correlation_id uuid not null constraint tombstones_pkey primary key,
  workflow       text not null,
  state          text not null,       -- that the run ended in
  finished_at    timestamptz not null,
  cleaned_at     timestamptz not null default track_coordination.clock(),
  constraint tombstones_of_finished_runs check (state in ('completed', 'failed', 'cancelled', 'timed_out'))
);
create index if not exists tombstones_cleaned_at on track_coordination.tombstones (cleaned_at);

-- Log rows of cleaned runs, for who wants to keep them; nothing of ours reads them. The host's own columns travel along.
create table if not exists track_coordination.archived_logs (
  event_id       bigint not null,
  user_id        text,
  track_id       text,
  event_type     text,
  correlation_id uuid not null,
  attempt        int,
  source_track   text,
  payload        jsonb,
  metadata       jsonb,
  created_at     timestamptz,
  other_columns  jsonb,
  archived_at    timestamptz not null default track_coordination.clock()
);
create index if not exists archived_logs_correlation_id_event_id on track_coordination.archived_logs (correlation_id, event_id);

-- Finished runs by state and age. A run that lives has no entry: the index is written once, when the run ends. The definition
-- is in it so that the view workflow_definitions counts them without reading the runs.
create index if not exists runs_finished on track_coordination.runs (state, finished_at) include (definition_id) where state <> 'running';
-- The keys of a run, when its tombstone goes.
create index if not exists idempotency_keys_of_run on track_coordination.idempotency_keys (correlation_id);

-- Cleans up one batch in the caller's transaction: the runs that ended longest ago of those past their retention, and
-- tombstones past theirs with what came for their runs meanwhile.
--   completed, failed, cancelled, timed_out: how long runs that ended so are kept; 0 not at all, negative or null for ever;
--                                            timed_out is by default as failed
--   tombstones: how long a cleaned run is remembered; negative or null for ever
--   archive:    move the log rows to archived_logs instead of deleting them
--   most:       runs in a batch; fewer where runs have many tracks, since 10 tracks a run are reckoned with
-- Returns what was removed, and whether there may be more: call it again, in a transaction of its own. Several callers at
-- once share the work. Runs with an event or work still queued stay until that is settled.
-- One statement, so one snapshot: an event that comes meanwhile is seen with its log row or not at all.
create or replace function track_coordination.clean_up(
  completed interval default '90 days', failed interval default '180 days', cancelled interval default '90 days', timed_out interval default null,
  tombstones interval default '400 days', archive boolean default false, most int default 1000)
returns table (cleaned_runs int, removed_log_rows bigint, expired_tombstones int, more boolean) language plpgsql
-- reads no more than it removes, whatever the statistics say: by index, and in its order (which looks costly enough to be
-- compiled, to PostgreSQL before 18)
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set jit = off
    set plan_cache_mode = force_custom_plan set work_mem = '64MB' as $$
#variable_conflict use_column
begin
  if clean_up.most is null or clean_up.most < 1 then
    raise exception 'most is %, a batch has at least 1 run', coalesce(clean_up.most::text, 'null') using errcode = 'invalid_parameter_value';
  elsif clean_up.archive is null then
    raise exception 'archive is null' using errcode = 'invalid_parameter_value', hint = 'True to archive log rows, false to delete them.';
  end if;
  return query
  with queued as ( -- of an array, so that it is hashed: the planner reckons with a few, whatever it knows of the queue
    select unnest(array(select e.correlation_id from track_coordination.event_queue e where e.correlation_id is not null)) as correlation_id),
  candidates as materialized (
    select r.*
      from unnest(array['completed', 'failed', 'cancelled', 'timed_out'],
                  array[clean_up.completed, clean_up.failed, clean_up.cancelled, coalesce(clean_up.timed_out, clean_up.failed)]) kept (state, retention)
      cross join lateral (
        select r.correlation_id, r.definition_id, r.state, r.finished_at
          from track_coordination.runs r
         where r.state = kept.state and r.state <> 'running' and r.finished_at < track_coordination.clock() - kept.retention
           and r.correlation_id not in (select q.correlation_id from queued q)
           and not exists (select from track_coordination.work_queue w where w.correlation_id = r.correlation_id offset 0)
         order by r.finished_at
         limit clean_up.most
           for update skip locked) r
     where kept.retention >= '0'
     limit clean_up.most),
  sizes as materialized (
    select t.definition_id, count(*) as tracks
      from track_coordination.definition_tracks t
     where t.definition_id = any(array(select c.definition_id from candidates c group by c.definition_id))
     group by t.definition_id),
  cleaned as materialized (
    select c.correlation_id, c.definition_id, c.state, c.finished_at
      from (select c.*, sum(s.tracks) over (order by c.finished_at, c.correlation_id rows unbounded preceding) - s.tracks as tracks_before
              from candidates c join sizes s on s.definition_id = c.definition_id) c
     where c.tracks_before < 10 * clean_up.most::bigint),
  expired as materialized (
    select z.correlation_id
      from track_coordination.tombstones z
     where clean_up.tombstones >= '0' and z.cleaned_at < track_coordination.clock() - clean_up.tombstones
       and z.correlation_id not in (select q.correlation_id from queued q)
     order by z.cleaned_at
     limit clean_up.most
       for update skip locked),
  gone as materialized (select correlation_id from cleaned union all select correlation_id from expired),
  no_run as (delete from track_coordination.runs where correlation_id = any(array(select correlation_id from cleaned))),
  no_activations as (delete from track_coordination.activations where correlation_id = any(array(select correlation_id from cleaned))),
  no_gates as (delete from track_coordination.gate_states where correlation_id = any(array(select correlation_id from cleaned))),
  no_decisions as (delete from track_coordination.decisions where correlation_id = any(array(select correlation_id from cleaned))),
  no_fates as (delete from track_coordination.event_fates where correlation_id = any(array(select correlation_id from gone))),
  no_keys as (delete from track_coordination.idempotency_keys where correlation_id = any(array(select correlation_id from expired))),
  no_tombstones as (delete from track_coordination.tombstones where correlation_id = any(array(select correlation_id from expired))),
  tombstones as (
    insert into track_coordination.tombstones (correlation_id, workflow, state, finished_at)
    select c.correlation_id, d.workflow, c.state, c.finished_at
      from cleaned c join track_coordination.definitions d on d.definition_id = c.definition_id
        on conflict on constraint tombstones_pkey do nothing),
  -- "+ 0", so that no index on event_id is offered for its null test: to the statistics of a log in which no row had one it is
  -- the better choice, and reads all rows that have one now
  deleted as (
    delete from public.processing_logs l
     where not clean_up.archive and l.correlation_id = any(array(select correlation_id from gone)) and l.event_id + 0 is not null
    returning 1),
  moved as (
    delete from public.processing_logs l
     where clean_up.archive and l.correlation_id = any(array(select correlation_id from gone)) and l.event_id + 0 is not null
    returning l.event_id, l.user_id::text as user_id, l.track_id, l.event_type, l.correlation_id, l.attempt, l.source_track, l.payload, l.metadata, l.created_at,
              to_jsonb(l) - array['event_id', 'user_id', 'track_id', 'event_type', 'correlation_id', 'attempt', 'source_track', 'payload', 'metadata', 'created_at']
                as other_columns),
  archived as (
    insert into track_coordination.archived_logs
      (event_id, user_id, track_id, event_type, correlation_id, attempt, source_track, payload, metadata, created_at, other_columns)
    select event_id, user_id, track_id, event_type, correlation_id, attempt, source_track, payload, metadata, created_at, nullif(other_columns, '{}')
      from moved
    returning 1),
  counts as (
    select (select count(*) from candidates) as candidates, (select count(*) from cleaned) as cleaned, (select count(*) from expired) as expired,
           (select count(*) from deleted) + (select count(*) from archived) as log_rows)
  select c.cleaned::int, c.log_rows, c.expired::int, c.cleaned < c.candidates or c.cleaned = clean_up.most or c.expired = clean_up.most
    from counts c;
end $$;

-- Cleans up until nothing is left to clean, each batch a transaction of its own: what is done stays done when a later
-- batch fails. For pg_cron and psql; not inside of a transaction. Returns the sums. Arguments as of clean_up, and
--   pause: between two batches, so that live runs are not slowed down
create or replace procedure track_coordination.clean_up_all(
  completed interval default '90 days', failed interval default '180 days', cancelled interval default '90 days', timed_out interval default null,
  tombstones interval default '400 days', archive boolean default false, most int default 1000, pause interval default '100 ms',
  inout cleaned_runs bigint default 0, inout removed_log_rows bigint default 0, inout expired_tombstones bigint default 0)
language plpgsql as $$
declare
  batch record;
begin
  cleaned_runs := 0;
  removed_log_rows := 0;
  expired_tombstones := 0;
  loop
    select * into batch from track_coordination.clean_up(completed, failed, cancelled, timed_out, tombstones, archive, most);
    commit;
    cleaned_runs := cleaned_runs + batch.cleaned_runs;
    removed_log_rows := removed_log_rows + batch.removed_log_rows;
    expired_tombstones := expired_tombstones + batch.expired_tombstones;
    exit when not batch.more;
    perform pg_sleep_for(pause);
  end loop;
end $$;

-- What clean_up with these retentions would remove in the end: runs by state, and tombstones. Changes nothing.
create or replace function track_coordination.to_clean_up(
  completed interval default '90 days', failed interval default '180 days', cancelled interval default '90 days', timed_out interval default null,
  tombstones interval default '400 days')
returns table (what text, count bigint, oldest timestamptz) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select kept.state, count(r.correlation_id), min(r.finished_at)
    from unnest(array['completed', 'failed', 'cancelled', 'timed_out'],
                array[to_clean_up.completed, to_clean_up.failed, to_clean_up.cancelled, coalesce(to_clean_up.timed_out, to_clean_up.failed)])
         with ordinality kept (state, retention, place)
    left join track_coordination.runs r
      on kept.retention >= '0' and r.state = kept.state and r.state <> 'running' and r.finished_at < track_coordination.clock() - kept.retention
     and r.correlation_id not in (select e.correlation_id from track_coordination.event_queue e where e.correlation_id is not null)
     and not exists (select from track_coordination.work_queue w where w.correlation_id = r.correlation_id)
   group by kept.state, kept.place
   order by kept.place;
  return query
  select 'tombstones', count(*), min(z.cleaned_at)
    from track_coordination.tombstones z
   where to_clean_up.tombstones >= '0' and z.cleaned_at < track_coordination.clock() - to_clean_up.tombstones
     and z.correlation_id not in (select e.correlation_id from track_coordination.event_queue e where e.correlation_id is not null);
end $$;
