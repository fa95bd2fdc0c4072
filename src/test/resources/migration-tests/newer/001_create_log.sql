create table if not exists public.log (id bigint, payload jsonb);
