-- A name without a schema belongs where psql would put it; ${this} is no placeholder.
create schema if not exists track_coordination;
create table if not exists unqualified (id bigint);
create table if not exists track_coordination.things (id bigint);
alter table public.log add column if not exists event_id bigint;
