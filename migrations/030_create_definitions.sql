-- The track dependency map. A definition is one immutable version of a workflow; a run keeps the one it began with.
set lock_timeout = '500ms';

create table if not exists track_coordination.definitions (
  definition_id int generated always as identity constraint definitions_pkey primary key,
  workflow      text not null,
  hash          text not null,
  document      jsonb not null,
  leaf_count    int not null,         -- tracks whose completion no other track waits for
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
  dependency_count int not null,
  source_track     text,              -- the only dependency, where there is just one
  targets          jsonb,             -- {"targetTracks": […]}, the metadata of its completed events; null for a leaf
  on_failure       text not null,
  timeout          interval,
  constraint definition_tracks_pkey primary key (definition_id, track_no),
  constraint definition_tracks_named_once unique (definition_id, track_id),
  constraint definition_tracks_on_one_level unique (definition_id, track_no, level),
  constraint definition_tracks_id_well_formed check (track_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$'),
  constraint definition_tracks_level_of_roots check (level >= 0 and (level = 0) = (dependency_count = 0))
);
-- which workflow does a foreign event start?
create index if not exists definition_tracks_roots on track_coordination.definition_tracks (track_id) where dependency_count = 0;

-- Acyclic by construction: each end of an edge brings its level, and levels rise along every edge.
create table if not exists track_coordination.definition_dependencies (
  definition_id    int not null,
  upstream_no      int not null,
  upstream_level   int not null,
  downstream_no    int not null,
  downstream_level int not null,
  dependency_count int not null,      -- of the downstream track, so that settling need not look it up
  on_event         text not null,
  ends_run         boolean not null,  -- nothing waits for the completion of the upstream track but the run; said by one edge of it
  constraint definition_dependencies_pkey primary key (definition_id, upstream_no, downstream_no),
  constraint definition_dependencies_upstream foreign key (definition_id, upstream_no, upstream_level)
    references track_coordination.definition_tracks (definition_id, track_no, level),
  constraint definition_dependencies_downstream foreign key (definition_id, downstream_no, downstream_level)
    references track_coordination.definition_tracks (definition_id, track_no, level),
  constraint definition_dependencies_make_no_cycle check (upstream_level < downstream_level),
  constraint definition_dependencies_event_known check (on_event in ('completed', 'data_ready'))
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

-- Stores a definition unless it is known already, and makes it current if asked to.
--   tracks: [{"number", "id", "handler", "circuit", "level", "onFailure", "timeout" (interval or null)}]
--   dependencies: [{"upstream", "downstream", "on"}] by number
-- Returns its id.
create or replace function track_coordination.load_definition(
  workflow text, hash text, document jsonb, tracks jsonb, dependencies jsonb, make_current boolean, loaded_by text)
returns int language plpgsql as $$
#variable_conflict use_column
declare
  stored_id int;
begin
  insert into track_coordination.definitions (workflow, hash, document, leaf_count)
  select load_definition.workflow, load_definition.hash, load_definition.document,
         (select count(*) from jsonb_to_recordset(tracks) as t(number int)
           where t.number not in (select d.upstream from jsonb_to_recordset(dependencies) as d(upstream int, "on" text) where d."on" = 'completed'))
      on conflict on constraint definitions_are_known_by_hash do nothing
  returning definition_id into stored_id;
  if stored_id is null then
    select definition_id into stored_id from track_coordination.definitions d
     where d.workflow = load_definition.workflow and d.hash = load_definition.hash;
  else
    insert into track_coordination.definition_tracks
      (definition_id, track_no, track_id, handler, circuit, level, dependency_count, source_track, targets, on_failure, timeout)
    select stored_id, t.number, t.id, t.handler, t.circuit, t.level, coalesce(up.count, 0), case when up.count = 1 then up.first end,
           down.targets, t."onFailure", t.timeout
      from jsonb_to_recordset(tracks) as t(number int, id text, handler text, circuit text, level int, "onFailure" text, timeout interval)
      left join (select d.downstream, count(*)::int as count, min(u.id) as first
                   from jsonb_to_recordset(dependencies) as d(upstream int, downstream int)
                   join jsonb_to_recordset(tracks) as u(number int, id text) on u.number = d.upstream
                  group by d.downstream) up on up.downstream = t.number
      left join (select d.upstream, jsonb_build_object('targetTracks', jsonb_agg(x.id order by d.downstream)) as targets
                   from jsonb_to_recordset(dependencies) as d(upstream int, downstream int)
                   join jsonb_to_recordset(tracks) as x(number int, id text) on x.number = d.downstream
                  group by d.upstream) down on down.upstream = t.number;
    insert into track_coordination.definition_dependencies
      (definition_id, upstream_no, upstream_level, downstream_no, downstream_level, dependency_count, on_event, ends_run)
    select stored_id, u.track_no, u.level, x.track_no, x.level, x.dependency_count, d."on",
           not bool_or(d."on" = 'completed') over of_upstream and d.downstream = min(d.downstream) over of_upstream
      from jsonb_to_recordset(dependencies) as d(upstream int, downstream int, "on" text)
      join track_coordination.definition_tracks u on u.definition_id = stored_id and u.track_no = d.upstream
      join track_coordination.definition_tracks x on x.definition_id = stored_id and x.track_no = d.downstream
    window of_upstream as (partition by d.upstream);
  end if;
  if make_current then
    insert into track_coordination.workflows as w (workflow, definition_id, loaded_by)
    values (load_definition.workflow, stored_id, load_definition.loaded_by)
        on conflict on constraint workflows_pkey do update
       set definition_id = excluded.definition_id, loaded_by = excluded.loaded_by, loaded_at = track_coordination.clock()
     where w.definition_id <> excluded.definition_id;
  end if;
  return stored_id;
end $$;
