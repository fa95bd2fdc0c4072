-- Which trace a run belongs to, for OpenTelemetry. Ids are derived, so that every process knows them without asking: a run is
-- the trace that its starter belongs to, else the one whose id is the correlation id; spans are numbered by what they are of.
set lock_timeout = '500ms';

-- A traceparent (W3C Trace Context, version 00) as it is; null for anything else, which that standard wants ignored.
create or replace function track_coordination.valid_traceparent(traceparent text) returns text language sql immutable as $$
  select case when traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'
               and substr(traceparent, 4, 32) <> repeat('0', 32) and substr(traceparent, 37, 16) <> repeat('0', 16)
              then traceparent end
$$;

-- The id of a span: of the run, or with a track and a number, of an attempt. 16 hex digits.
create or replace function track_coordination.span_id(correlation_id uuid, track_id text default null, attempt int default null)
returns text language sql stable as $$
  select substr(encode(sha256(convert_to(correlation_id || coalesce('/' || track_id || '/' || attempt, ''), 'UTF8')), 'hex'), 1, 16)
$$;

-- Which runs are traced that nobody brought a trace for. Said again and again by the instance that exports traces: when
-- none has for ten minutes, nobody does.
create table if not exists track_coordination.trace_sampling (
  one     boolean not null default true constraint trace_sampling_pkey primary key,
  below   bigint,                      -- those whose number is below this, see traced_flags; null: only that instance can tell
  said_at timestamptz not null default track_coordination.clock(),
  constraint trace_sampling_has_one_row check (one)
);

-- ratio: the part of all runs, from 0 to 1; null: by other rules than a ratio
create or replace function track_coordination.say_what_is_traced(ratio float8) returns void language sql as $$
  insert into track_coordination.trace_sampling as s (below)
  values (case when ratio >= 1 then 9223372036854775807 else floor(ratio * 9223372036854775807::float8)::bigint end)
      on conflict on constraint trace_sampling_pkey do update set below = excluded.below, said_at = excluded.said_at
$$;

-- 01 if this run is traced, and 00 if it is not, decided as the instance does that exports it: by a hash of the trace id, which is
-- the correlation id. Null if nobody exports, or nobody else can tell.
create or replace function track_coordination.traced_flags(correlation_id uuid) returns text language sql stable as $$
  select case when abs(('x' || substr(encode(sha256(convert_to(replace(correlation_id::text, '-', ''), 'UTF8')), 'hex'), 17, 16))::bit(64)::bigint::numeric)
                   < s.below then '01' when s.below is not null then '00' end
    from track_coordination.trace_sampling s
   where s.said_at > track_coordination.clock() - interval '10 minutes'
$$;

-- What a worker says to whatever it calls, so that this is seen within its attempt. Null: its run is in no trace.
--   started_by: the traceparent that the run was started with; null if there was none
create or replace function track_coordination.traceparent(correlation_id uuid, track_id text, attempt int, started_by text)
returns text language sql stable as $$
  select '00-' || coalesce(substr(started_by, 4, 32), replace(correlation_id::text, '-', ''))
         || '-' || track_coordination.span_id(correlation_id, track_id, attempt)
         || '-' || case when started_by is null then track_coordination.traced_flags(correlation_id)
                        when substr(started_by, 55, 1) ~ '[13579bdf]' then '01' else '00' end
$$;

-- The ends of runs whose traces were exported lately, so that none is exported twice. Written only by instances that export.
create table if not exists track_coordination.traced_runs (
  correlation_id uuid not null,
  finished_at    timestamptz not null,  -- a run that was reopened ends again
  constraint traced_runs_pkey primary key (correlation_id, finished_at)
);
create index if not exists traced_runs_finished on track_coordination.traced_runs (finished_at);
