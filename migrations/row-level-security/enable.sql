-- Row level security on the log, for a host whose users may reach it: who may INSERT writes only events of tracks that were granted
-- to him, nobody changes or deletes events, and nobody reads those of others. Optional, since it changes the host's access to its
-- own table; docs/sql.md says who sees what. The owner of the log runs it; disable.sql takes it away again; twice is a no-op.
-- psql -f migrations/row-level-security/enable.sql
--
-- Rows without a correlation id are the host's own. Who could read and write them before still can; where the host has row level
-- security already, its own policies go on deciding that. In a folder of its own, so that running all files of migrations/ in
-- order never runs it.
set lock_timeout = '500ms';   -- whoever waits for the table's lock lets nobody pass: run it again if this is over (55P03)

begin;

-- what disable.sql and uninstall.sql put back
create table if not exists track_coordination.row_level_security_before (
  enabled boolean not null,
  forced  boolean not null
);
insert into track_coordination.row_level_security_before (enabled, forced)
select relrowsecurity, relforcerowsecurity from pg_class
 where oid = 'public.processing_logs'::regclass and not exists (select from track_coordination.row_level_security_before);

do $$
declare
  log constant regclass := 'public.processing_logs';
  -- the owner, by whose rights the functions run, and instances that log in as somebody else
  ours constant text[] := array(
    select pg_get_userbyid(c.relowner)::text from pg_class c where c.oid = log
    union select pg_get_userbyid(n.nspowner)::text from pg_namespace n where n.nspname = 'track_coordination'
    union select r.rolname::text from pg_roles r where r.rolname = 'track_owner');
  is_ours constant text := (select '(select ' || string_agg(format('pg_has_role(%L, ''USAGE'')', o), ' or ' order by o) || ')' from unnest(ours) o);
  readers constant text[] := array(select r.rolname::text from pg_roles r where r.rolname in ('track_reader', 'track_operator'));
  old record;
begin
  for old in select p.polname from pg_policy p where p.polrelid = log and starts_with(p.polname, 'track_coordination_') loop
    execute format('drop policy %I on public.processing_logs', old.polname);
  end loop;
  execute format('create policy track_coordination_ours on public.processing_logs to %s using (true) with check (true)',
                 (select string_agg(quote_ident(o), ', ') from unnest(ours) o));
  if cardinality(readers) > 0 then
    execute format('create policy track_coordination_readers on public.processing_logs for select to %s using (event_id is not null)',
                   (select string_agg(quote_ident(r), ', ') from unnest(readers) r));
  end if;
  if not (select b.enabled from track_coordination.row_level_security_before b) then
    create policy track_coordination_rows_of_the_host on public.processing_logs using (correlation_id is null) with check (correlation_id is null);
  end if;
  create policy track_coordination_producers on public.processing_logs for insert
    with check (correlation_id is not null and track_coordination.may_record(track_id, event_type));
  -- whatever else the host's policies allow; a role of these that is renamed wants this script again
  execute format('create policy track_coordination_nothing_forged on public.processing_logs as restrictive for insert
                  with check (correlation_id is null or %s or track_coordination.may_record(track_id, event_type))', is_ours);
  execute format('create policy track_coordination_nothing_changed on public.processing_logs as restrictive for update
                  using (correlation_id is null or %1$s) with check (correlation_id is null or %1$s)', is_ours);
  execute format('create policy track_coordination_nothing_deleted on public.processing_logs as restrictive for delete
                  using (correlation_id is null or %s)', is_ours);
  -- Supabase: who is logged in reads the events that carry his id
  if exists (select from pg_roles r where r.rolname = 'authenticated') then
    create policy track_coordination_rows_of_the_user on public.processing_logs for select to authenticated
      using (correlation_id is not null and user_id::text = (select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'));
  end if;
end $$;

alter table public.processing_logs enable row level security, force row level security;

-- whoever inserts is asked whether he may
select track_coordination.apply_grants();

commit;
