-- The track dependency map. A definition is one immutable version of a workflow; a run keeps the one it began with.
set lock_timeout = '500ms';

create table if not exists track_coordination.definitions (
  definition_id int generated always as identity constraint definitions_pkey primary key,
  workflow      text not null,
  hash          text not null,
  document      jsonb not null,
  leaf_count    int not null,         -- tracks whose end nothing waits for but the run
  deadline      interval,             -- of a run, from its start; null: none
  created_at    timestamptz not null default track_coordination.clock(),
  constraint definitions_are_known_by_hash unique (workflow, hash),
  constraint definitions_hash_is_sha256 check (hash ~ '^[0-9a-f]{64}$'),
  constraint definitions_have_leaves check (leaf_count > 0)
);

create table if not exists track_coordination.definition_tracks (
  definition_id    int not null constraint definition_tracks_of_definition references track_coordination.definitions,
  track_no         int not null,
  track_id         text not null,
  handler          text not null,
  circuit          text not null,
  level            int not null,      -- 0 for a root, else one more than the highest of its dependencies
  dependency_count int not null,      -- a fallback has one: the track that it steps in for
  source_track     text,              -- the only dependency, where there is just one
  targets          jsonb,             -- {"targetTracks": […]}, the metadata of its completed events; null for a leaf
  on_failure       text not null,
  fallback_no      int,               -- the track that steps in for this one
  on_run_state     text,              -- not part of the graph: activated once when a run ends in this state; its number is negative
  condition        text,              -- over the input, in Camel Simple or JSONPath; where it is false the track is skipped; null: always done
  timeout          interval,          -- of an attempt, from its start
  trigger_timeout  interval,          -- how long it may wait to be claimed
  max_attempts     int not null,
  backoff          interval not null, -- the pause after the first attempt; see retry_pause
  multiplier       float8 not null,
  max_backoff      interval not null,
  jitter           float8 not null,
  not_on           text[] not null,   -- errors that no retry mends; see is_worth_a_retry
  constraint definition_tracks_pkey primary key (definition_id, track_no),
  constraint definition_tracks_named_once unique (definition_id, track_id),
  constraint definition_tracks_on_one_level unique (definition_id, track_no, level),
  constraint definition_tracks_id_well_formed check (track_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$'),
  constraint definition_tracks_level_of_roots check (level >= 0 and (level = 0) = (dependency_count = 0 and on_run_state is null)),
  constraint definition_tracks_policy_known check (on_failure in ('fail-run', 'skip-downstream', 'continue', 'fallback')),
  constraint definition_tracks_fallback_is_named check ((on_failure = 'fallback') = (fallback_no is not null)),
  constraint definition_tracks_run_state_known check (on_run_state in ('completed', 'failed', 'cancelled', 'timed_out')),
  constraint definition_tracks_condition_of_the_graph check (condition is null or on_run_state is null),
  constraint definition_tracks_number_says_it check ((track_no < 0) = (on_run_state is not null)),
  constraint definition_tracks_attempts_in_range check (max_attempts between 1 and 1000),
  constraint definition_tracks_backoff_in_range check (
    backoff > '0' and max_backoff >= backoff and multiplier between 1 and 100 and jitter between 0 and 1)
);
-- which workflow does a foreign event start?
create index if not exists definition_tracks_roots on track_coordination.definition_tracks (track_id) where level = 0;
create unique index if not exists definition_tracks_at_run_end on track_coordination.definition_tracks (definition_id, on_run_state) where on_run_state is not null;

-- Acyclic by construction: each end of an edge brings its level, and levels rise along every edge.
create table if not exists track_coordination.definition_dependencies (
  definition_id    int not null,
  upstream_no      int not null,
  upstream_level   int not null,
  downstream_no    int not null,
  downstream_level int not null,
  dependency_count int not null,      -- of the downstream track, so that settling need not look it up
  on_event         text not null,     -- what meets it; failed: the edge from a track to its fallback
  stands_in        boolean not null,  -- of a fallback, in place of the same edge of the track that it steps in for; not counted
  ends_run         boolean not null,  -- nothing waits for the completion of the upstream track but the run; said by one edge of it
  constraint definition_dependencies_pkey primary key (definition_id, upstream_no, downstream_no),
  constraint definition_dependencies_upstream foreign key (definition_id, upstream_no, upstream_level)
    references track_coordination.definition_tracks (definition_id, track_no, level),
  constraint definition_dependencies_downstream foreign key (definition_id, downstream_no, downstream_level)
    references track_coordination.definition_tracks (definition_id, track_no, level),
  constraint definition_dependencies_make_no_cycle check (upstream_level < downstream_level),
  constraint definition_dependencies_event_known check (on_event in ('completed', 'data_ready', 'failed'))
);
create index if not exists definition_dependencies_of_downstream
  on track_coordination.definition_dependencies (definition_id, downstream_no, upstream_no);

-- The current definition of each workflow: the last load wins, and says who and when.
create table if not exists track_coordination.workflows (
  workflow      text not null constraint workflows_pkey primary key,
  definition_id int not null constraint workflows_current_definition references track_coordination.definitions,
  loaded_by     text not null,
  loaded_at     timestamptz not null default track_coordination.clock()
);

-- Definitions that start no run any more, until their file is loaded again. Apart from definitions, which are immutable.
create table if not exists track_coordination.retired_definitions (
  definition_id int not null constraint retired_definitions_pkey primary key
                         constraint retired_definitions_of_definition references track_coordination.definitions,
  retired_by    text not null,
  why           text,
  retired_at    timestamptz not null
);

-- What belongs to a handler, whatever run it works for: the values of the definition that was loaded last. A claim of a
-- handler with a limit locks its row here, and keeps its tokens in it; see 055_create_limits.sql.
create table if not exists track_coordination.handlers (
  handler        text not null constraint handlers_pkey primary key,
  circuit        text not null,
  definition_id  int not null constraint handlers_of_definition references track_coordination.definitions,
  loaded_at      timestamptz not null default track_coordination.clock(),
  max_concurrent int,                 -- how many activations may be claimed at once; null: any number
  rate_permits   int,                 -- how many may be claimed in one period; null: any number
  rate_period    interval,
  limited        boolean not null generated always as (max_concurrent is not null or rate_permits is not null) stored,
  tokens         float8,              -- of a handler with a rate: how many could be claimed at refilled_at; null: as many as it may save up
  refilled_at    timestamptz,
  moved_at       timestamptz,         -- of a handler with a limit: when something was last claimed, or made room
  constraint handlers_max_concurrent_in_range check (max_concurrent between 1 and 100000),
  constraint handlers_rate_in_range check (rate_permits between 1 and 1000000 and rate_period > '0'),
  constraint handlers_rate_has_a_period check (num_nonnulls(rate_permits, rate_period) in (0, 2))
) with (fillfactor = 50);

create or replace function track_coordination.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '%.% is immutable: load the changed workflow as a new definition', tg_table_schema, tg_table_name
    using errcode = 'restrict_violation';
end $$;
create or replace trigger definitions_are_immutable before update on track_coordination.definitions
  for each statement execute function track_coordination.refuse_change();
create or replace trigger definition_tracks_are_immutable before update on track_coordination.definition_tracks
  for each statement execute function track_coordination.refuse_change();
create or replace trigger definition_dependencies_are_immutable before update on track_coordination.definition_dependencies
  for each statement execute function track_coordination.refuse_change();

-- Stores a definition unless it is known already, and makes it current if asked to. One that was retired starts runs again.
--   document: the workflow file in its canonical form
--   tracks: [{"number", "id", "handler", "circuit", "level", "onFailure", "fallback" (a number), "onRunState", "when", "timeout",
--             "triggerTimeout", "maxAttempts", "backoff", "multiplier", "maxBackoff", "jitter", "notOn": [], "maxConcurrent",
--             "ratePermits", "ratePeriod"}]; the last three are of the handler, and may be left out
--   dependencies: [{"upstream", "downstream", "on"}] by number
-- Returns its id.
create or replace function track_coordination.load_definition(
  workflow text, hash text, document jsonb, deadline interval, tracks jsonb, dependencies jsonb, make_current boolean, loaded_by text)
returns int language plpgsql as $$
#variable_conflict use_column
declare
  stored_id int;
  was_retired boolean;
begin
  insert into track_coordination.definitions (workflow, hash, document, deadline, leaf_count)
  select load_definition.workflow, load_definition.hash, load_definition.document, load_definition.deadline,
         (select count(*) from jsonb_to_recordset(tracks) as t(number int, "onRunState" text)
           where t."onRunState" is null
             and t.number not in (select d.upstream from jsonb_to_recordset(dependencies) as d(upstream int, "on" text) where d."on" = 'completed')
             and t.number not in (select f.fallback from jsonb_to_recordset(tracks) as f(fallback int) where f.fallback is not null))
      on conflict on constraint definitions_are_known_by_hash do nothing
  returning definition_id into stored_id;
  if stored_id is null then
    select definition_id into stored_id from track_coordination.definitions d
     where d.workflow = load_definition.workflow and d.hash = load_definition.hash;
  else
    insert into track_coordination.definition_tracks
      (definition_id, track_no, track_id, handler, circuit, level, dependency_count, source_track, targets, on_failure, fallback_no, on_run_state, condition,
       timeout, trigger_timeout, max_attempts, backoff, multiplier, max_backoff, jitter, not_on)
    select stored_id, t.number, t.id, t.handler, t.circuit, t.level,
           case when f.id is not null then 1 else coalesce(up.count, 0) end,
           case when f.id is not null then f.id when up.count = 1 then up.first end,
           down.targets, t."onFailure", t.fallback, t."onRunState", t."when",
           t.timeout, t."triggerTimeout", t."maxAttempts", t.backoff, t.multiplier, t."maxBackoff", t.jitter,
           array(select jsonb_array_elements_text(t."notOn"))
      from jsonb_to_recordset(tracks) as t(number int, id text, handler text, circuit text, level int, "onFailure" text, fallback int, "onRunState" text, "when" text,
                                           timeout interval, "triggerTimeout" interval, "maxAttempts" int, backoff interval, multiplier float8,
                                           "maxBackoff" interval, jitter float8, "notOn" jsonb)
      left join jsonb_to_recordset(tracks) as f(id text, fallback int) on f.fallback = t.number
      left join (select d.downstream, count(*)::int as count, min(u.id) as first
                   from jsonb_to_recordset(dependencies) as d(upstream int, downstream int)
                   join jsonb_to_recordset(tracks) as u(number int, id text) on u.number = d.upstream
                  group by d.downstream) up on up.downstream = t.number
      left join (select d.upstream, jsonb_build_object('targetTracks', jsonb_agg(x.id order by d.downstream)) as targets
                   from jsonb_to_recordset(dependencies) as d(upstream int, downstream int)
                   join jsonb_to_recordset(tracks) as x(number int, id text) on x.number = d.downstream
                  group by d.upstream) down on down.upstream = t.number;
    -- a fallback may have a fallback: each stands in for the first of the chain
    with recursive stands_in_for as (
      select t.number as first, t.fallback as number from jsonb_to_recordset(tracks) as t(number int, fallback int) where t.fallback is not null
      union all
      select s.first, t.fallback
        from stands_in_for s
        join jsonb_to_recordset(tracks) as t(number int, fallback int) on t.number = s.number and t.fallback is not null),
    edges as (
      select d.upstream, d.downstream, d."on", false as stands_in
        from jsonb_to_recordset(dependencies) as d(upstream int, downstream int, "on" text)
      union all
      select s.number, d.downstream, d."on", true
        from stands_in_for s
        join jsonb_to_recordset(dependencies) as d(upstream int, downstream int, "on" text) on d.upstream = s.first
      union all
      select t.number, t.fallback, 'failed', false from jsonb_to_recordset(tracks) as t(number int, fallback int) where t.fallback is not null)
    insert into track_coordination.definition_dependencies
      (definition_id, upstream_no, upstream_level, downstream_no, downstream_level, dependency_count, on_event, stands_in, ends_run)
    select stored_id, u.track_no, u.level, x.track_no, x.level, x.dependency_count, e."on", e.stands_in,
           not bool_or(e."on" = 'completed') over of_upstream and e.downstream = min(e.downstream) over of_upstream
      from edges e
      join track_coordination.definition_tracks u on u.definition_id = stored_id and u.track_no = e.upstream
      join track_coordination.definition_tracks x on x.definition_id = stored_id and x.track_no = e.downstream
    window of_upstream as (partition by e.upstream);
  end if;
  insert into track_coordination.handlers as h (handler, circuit, definition_id, max_concurrent, rate_permits, rate_period)
  select distinct on (t.handler) t.handler, t.circuit, stored_id, l.max_concurrent, l.rate_permits, l.rate_period
    from track_coordination.definition_tracks t
    left join (select x.handler, max(x."maxConcurrent") as max_concurrent, max(x."ratePermits") as rate_permits, max(x."ratePeriod") as rate_period
                 from jsonb_to_recordset(tracks) as x(handler text, "maxConcurrent" int, "ratePermits" int, "ratePeriod" interval)
                group by x.handler) l on l.handler = t.handler
   where t.definition_id = stored_id order by t.handler, t.track_no
      on conflict on constraint handlers_pkey do update
     set circuit = excluded.circuit, definition_id = excluded.definition_id, loaded_at = excluded.loaded_at,
         max_concurrent = excluded.max_concurrent, rate_permits = excluded.rate_permits, rate_period = excluded.rate_period
   where (h.circuit, h.definition_id, h.max_concurrent, h.rate_permits, h.rate_period)
         is distinct from (excluded.circuit, excluded.definition_id, excluded.max_concurrent, excluded.rate_permits, excluded.rate_period);
  if found then
    perform track_coordination.wake_workers();  -- a limit may be higher than it was
  end if;
  delete from track_coordination.retired_definitions x where x.definition_id = stored_id;
  was_retired := found;
  if make_current then
    insert into track_coordination.workflows as w (workflow, definition_id, loaded_by)
    values (load_definition.workflow, stored_id, load_definition.loaded_by)
        on conflict on constraint workflows_pkey do update
       set definition_id = excluded.definition_id, loaded_by = excluded.loaded_by, loaded_at = track_coordination.clock()
     where w.definition_id <> excluded.definition_id or was_retired;
  end if;
  return stored_id;
end $$;
