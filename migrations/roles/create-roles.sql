-- Makes the roles of 150_create_roles.sql, for a server on which the login that migrates may not: run it with one that may
-- (CREATEROLE, or a superuser), in the coordinator's database, before the migrations or after. It may be run again.
-- psql -f migrations/roles/create-roles.sql
--
-- In a folder of its own, so that running all files of migrations/ in order never runs it.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['track_reader', 'track_writer', 'track_worker', 'track_operator', 'track_owner'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin', wanted);
    end if;
  end loop;
  if not exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'track_coordination' and p.proname = 'apply_grants') then
    return;   -- the migrations do the rest
  end if;
  begin
    perform track_coordination.apply_grants();
  exception
    when insufficient_privilege then
      raise notice 'The roles are there. What they may do is up to the owner of the schema: select track_coordination.apply_grants();';
  end;
end $$;
