do $$
begin
  if exists (select from pg_index where indexrelid = to_regclass('public.log_id') and not indisvalid) then
    drop index public.log_id;
  end if;
end $$;
create index concurrently if not exists log_id on public.log (id);
