-- Takes away what enable.sql brought; the host's own policies stay, and are in force if they were before.
-- psql -f migrations/row-level-security/disable.sql
set lock_timeout = '500ms';

begin;

do $$
declare
  old record;
  before record;
begin
  for old in select p.polname from pg_policy p
              where p.polrelid = 'public.processing_logs'::regclass and starts_with(p.polname, 'track_coordination_') loop
    execute format('drop policy %I on public.processing_logs', old.polname);
  end loop;
  if to_regclass('track_coordination.row_level_security_before') is null then
    return;
  end if;
  select * into before from track_coordination.row_level_security_before;
  execute format('alter table public.processing_logs %s row level security, %s row level security',
                 case when before.enabled then 'enable' else 'disable' end, case when before.forced then 'force' else 'no force' end);
  drop table track_coordination.row_level_security_before;
end $$;

select track_coordination.apply_grants();

commit;
