-- The one clock that leases, retries, timeouts, deadlines and retention go by: the transaction's time. Only the owner of
-- the schema could put another function in its place, as tests do to let a day pass in a moment.
set lock_timeout = '500ms';

create or replace function track_coordination.clock() returns timestamptz language sql stable parallel safe as $$
  select pg_catalog.now()
$$;
