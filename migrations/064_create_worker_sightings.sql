-- Which handlers have a worker: seen when an instance says whom it serves, every half a minute, and when anybody claims.
set lock_timeout = '500ms';

create table if not exists track_coordination.worker_sightings (
  handler text not null constraint worker_sightings_pkey primary key,
  worker  text not null,              -- the last one seen: an instance, or what claim_work was called with
  seen_at timestamptz not null default track_coordination.clock()
);

-- Remembers that a worker serves these handlers; at most once in 20 seconds for each, so that claims stay cheap.
create or replace function track_coordination.see_worker(handlers text[], worker text) returns void language sql as $$
  insert into track_coordination.worker_sightings as s (handler, worker)
  select h.handler, see_worker.worker
    from (select distinct unnest(see_worker.handlers) as handler) h
   where not exists (select from track_coordination.worker_sightings k
                      where k.handler = h.handler and k.seen_at > track_coordination.clock() - interval '20 seconds')
   order by h.handler
      on conflict on constraint worker_sightings_pkey do update set worker = excluded.worker, seen_at = excluded.seen_at
$$;
