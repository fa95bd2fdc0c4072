-- Our columns on the host's table. Nothing is rewritten: each is added nullable and without a default, the defaults
-- are set afterwards and hold for new rows only. Legacy rows keep event_id null and are never touched.
set lock_timeout = '500ms';

create schema if not exists track_coordination;

-- Any writer's insert draws from it, so any role may; it holds nothing but a counter.
create sequence if not exists track_coordination.event_ids as bigint;
grant usage on sequence track_coordination.event_ids to public;

-- Which columns we added, so that uninstall.sql takes away no column of the host's.
create table if not exists track_coordination.added_columns (
  column_name text not null constraint added_columns_pkey primary key
);

do $$
declare
  wanted constant text[] := array['event_id=bigint', 'user_id=', 'track_id=text', 'event_type=text', 'correlation_id=uuid',
    'attempt=integer', 'source_track=text', 'payload=jsonb', 'metadata=jsonb', 'created_at=timestamp with time zone'];
  -- written as null by some of our rows
  empty_at_times constant text[] := array['attempt', 'source_track', 'payload', 'metadata'];
  ours constant text[] := array(select split_part(w, '=', 1) from unnest(wanted) w);
  problems text[] := '{}';
  additions text[] := '{}';
  added text[] := '{}';
  want text;
  col text;
  existing record;
begin
  foreach want in array wanted loop
    col := split_part(want, '=', 1);
    select format_type(atttypid, atttypmod) as type, attnotnull as required into existing
      from pg_attribute where attrelid = 'public.processing_logs'::regclass and attname = col and not attisdropped;
    if not found then
      added := added || col;
      additions := additions || format('add column %I %s', col, coalesce(nullif(split_part(want, '=', 2), ''), 'text'));
    elsif split_part(want, '=', 2) not in ('', existing.type) then
      problems := problems || format('processing_logs.%s is of type %s, the coordinator needs %s', col, existing.type, split_part(want, '=', 2));
    elsif existing.required and col = any(empty_at_times) then
      problems := problems || format('processing_logs.%s is NOT NULL, the coordinator leaves it empty in some rows', col);
    end if;
  end loop;
  problems := problems || array(
    select format('processing_logs.%s is NOT NULL without a default, the coordinator cannot fill it', attname)
      from pg_attribute
     where attrelid = 'public.processing_logs'::regclass and attnum > 0 and not attisdropped
       and attnotnull and not atthasdef and attidentity = '' and attgenerated = '' and not attname = any(ours)
     order by attnum);
  if cardinality(problems) > 0 then
    raise exception '%', array_to_string(problems, '; ')
      using errcode = 'datatype_mismatch',
            hint = 'Rename or change these columns of public.processing_logs (or give them a default), then migrate again. Nothing was changed.';
  end if;
  if cardinality(additions) > 0 then
    execute 'alter table public.processing_logs ' || array_to_string(additions, ', ');
    insert into track_coordination.added_columns select unnest(added);
  end if;
end $$;

-- A column that numbers its rows itself, as uninstall.sql leaves that of 001, does so no more: ours goes on where it was.
do $$
declare
  numbering text := pg_get_serial_sequence('public.processing_logs', 'event_id');
begin
  if numbering is not null then
    execute format('select setval(''track_coordination.event_ids'', greatest(theirs.last_value, ours.last_value)) from %s theirs, track_coordination.event_ids ours', numbering);
    alter table public.processing_logs alter column event_id drop identity if exists;
  end if;
end $$;

alter table public.processing_logs alter column event_id set default nextval('track_coordination.event_ids');

do $$
begin
  if not exists (select from pg_attribute where attrelid = 'public.processing_logs'::regclass and attname = 'created_at' and atthasdef) then
    alter table public.processing_logs alter column created_at set default now();
  end if;
end $$;

-- user_id is kept as text by us and may be of any type in the host's table: the one place that converts it. A host that
-- wants one in every row and has a default for it gets the default. Names are written with their schemas, whatever the search
-- path of who calls it is.
do $$
declare
  host record;
  path constant text := current_setting('search_path');
begin
  perform set_config('search_path', 'pg_catalog', true);
  select format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required, pg_get_expr(d.adbin, d.adrelid) as default_value into host
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where a.attrelid = 'public.processing_logs'::regclass and a.attname = 'user_id';
  execute format('create or replace function track_coordination.host_user_id(user_id text) returns %s language sql %s as $f$ select %s $f$',
    host.type,
    case when host.required and host.default_value is not null then 'volatile' else 'stable' end,
    case when host.required and host.default_value is not null then format('coalesce($1::%s, %s)', host.type, host.default_value)
         else format('$1::%s', host.type) end);
  execute format('create or replace function track_coordination.user_id_is_required() returns boolean language sql immutable as $f$ select %L::boolean $f$',
    host.required and host.default_value is null);
  perform set_config('search_path', path, true);
end $$;
