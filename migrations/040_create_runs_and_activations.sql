-- The state of what runs. It repeats nothing that the log says: payloads stay in the log, here are only keys.
-- No foreign keys on the hot path: each row is written by the statement that read what it refers to.
set lock_timeout = '500ms';

create table if not exists track_coordination.runs (
  correlation_id   uuid not null constraint runs_pkey primary key,
  definition_id    int not null,
  user_id          text,
  priority         smallint not null default 0,  -- its work is ranked as if it had been ready 10 minutes earlier for each
  state            text not null default 'running',
  remaining_leaves int not null,      -- leaves not yet at their end: each track is one or is waited for, so at 0 the run is done
  will_fail        boolean not null default false,  -- a track failed and what depends on it alone is skipped: the rest goes on
  awaited          boolean not null default false,  -- somebody waits for its end, and is to be told
  payload          jsonb,             -- the run's input …
  began_with       bigint,            -- … or the event of a foreign writer that brought it
  traceparent      text,              -- W3C Trace Context of whoever started it
  created_at       timestamptz not null default track_coordination.clock(),
  deadline_at      timestamptz,
  finished_at      timestamptz,
  constraint runs_priority_in_range check (priority between 0 and 9),
  constraint runs_state_known check (state in ('running', 'completed', 'failed', 'cancelled', 'timed_out')),
  constraint runs_payload_is_an_object check (jsonb_typeof(payload) = 'object'),
  constraint runs_payload_is_stored_once check ((payload is null) <> (began_with is null)),
  constraint runs_finish_once check ((state = 'running') = (finished_at is null)),
  constraint runs_remaining_leaves_positive check (remaining_leaves >= 0)
) with (fillfactor = 80);
-- Which runs still run on a definition: written when a run begins, never after.
create index if not exists runs_running on track_coordination.runs (definition_id, created_at) where finished_at is null;
create index if not exists runs_deadline on track_coordination.runs (deadline_at) where state = 'running' and deadline_at is not null;
-- For who lists what began lately: one entry for many pages, so that it costs a run next to nothing.
create index if not exists runs_created on track_coordination.runs using brin (created_at) with (pages_per_range = 32, autosummarize = on);

-- Keys that callers give, so that the same call starts one run. Apart from runs, whose only key is the correlation id.
create table if not exists track_coordination.idempotency_keys (
  workflow        text not null,
  idempotency_key text not null,
  correlation_id  uuid not null,
  constraint idempotency_keys_start_one_run primary key (workflow, idempotency_key)
);

-- One row per track that at least one event reached. Whether a triggered activation was started is known by its row in
-- work_queue: claiming work need not write here.
create table if not exists track_coordination.activations (
  correlation_id   uuid not null,
  track_no         int not null,
  definition_id    int not null,
  dependencies     int not null,
  remaining        int not null,      -- dependencies that are neither met nor skipped yet
  skipped          int not null default 0,  -- dependencies that hand on nothing; if all do, so does this track
  attempt_limit    int,               -- null: that of the definition; raised by an operator's retry and by attempts that do not count
  state            text not null,
  held             boolean not null generated always as (state = 'held') stored,  -- for its index: one on state itself would make
                                                                                   -- every update write all indexes
  counts_as_leaf   boolean not null default false,  -- the run waits for it, its dependents do not: an operator retried it, or skipped what waited for it
  trigger_event_id bigint,            -- our triggered row: a triggered row is ours exactly if it is named here
  source_event_id  bigint,            -- the consumed event, of an activation with one dependency
  data_event_id    bigint,            -- the event that met the data_ready edges downstream
  result_event_id  bigint,            -- the event that ended it; of a skipped track, the one that brings what an operator hands on
  constraint activations_pkey primary key (correlation_id, track_no),
  constraint activations_state_known check (state in ('waiting', 'held', 'triggered', 'completed', 'failed', 'timed_out', 'skipped', 'cancelled')),
  constraint activations_remaining_in_range check (remaining between 0 and dependencies),
  constraint activations_trigger_is_named check (trigger_event_id is not null or state in ('waiting', 'held', 'skipped', 'cancelled')),
  constraint activations_trigger_after_dependencies check (remaining = 0 or trigger_event_id is null),
  constraint activations_skipped_in_range check (skipped between 0 and dependencies),
  constraint activations_result_is_named check (
    case when state in ('completed', 'failed', 'timed_out') then result_event_id is not null else result_event_id is null or state = 'skipped' end)
) with (fillfactor = 70);
create index if not exists activations_held on track_coordination.activations (correlation_id, track_no) where held;

-- UUIDv7 (RFC 9562): rises with time, so that the newest runs lie side by side in every index.
create or replace function track_coordination.new_correlation_id() returns uuid language sql volatile as $$
  select encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
              placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
      52, 1), 53, 1), 'hex')::uuid
$$;
