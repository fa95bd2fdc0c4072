-- The log of all tracks, for a database that has none. A host that already has its own keeps it as it is:
-- 010 only adds what is missing.
create table if not exists public.processing_logs (
  event_id       bigint constraint processing_logs_pkey primary key,
  user_id        text,
  track_id       text,
  event_type     text,
  correlation_id uuid,
  attempt        int,
  source_track   text,
  payload        jsonb,
  metadata       jsonb,
  created_at     timestamptz
);
