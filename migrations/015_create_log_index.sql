-- The only index that we need on the log: the events of one run, in order. Built without blocking writers, therefore
-- outside of a transaction. A build that was interrupted leaves an invalid index behind, which is dropped first.
set lock_timeout = '500ms';

do $$
begin
  if exists (select from pg_index where indexrelid = to_regclass('public.processing_logs_correlation_id_event_id') and not indisvalid) then
    drop index public.processing_logs_correlation_id_event_id;
  end if;
end $$;

create index concurrently if not exists processing_logs_correlation_id_event_id
  on public.processing_logs (correlation_id, event_id) where correlation_id is not null;
