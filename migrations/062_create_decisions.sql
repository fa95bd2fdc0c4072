-- Decisions that leave no row in the log: that an activation was held back, by what, and how often it was found so.
-- What waits for its dependencies, or for a worker, is no decision: that is computed when somebody asks.
set lock_timeout = '500ms';

create table if not exists track_coordination.decisions (
  correlation_id uuid not null,
  track_no       int not null,
  reason         text not null,       -- one row each: the same again only counts up
  sentence       text not null,       -- for people, of the last time
  times          int not null default 1,
  first_at       timestamptz not null default track_coordination.clock(),
  last_at        timestamptz not null default track_coordination.clock(),
  constraint decisions_pkey primary key (correlation_id, track_no, reason),
  constraint decisions_counted check (times > 0),
  constraint decisions_reason_known check (
    reason in ('held-by-quarantine', 'held-by-operator', 'held-by-circuit', 'held-by-limit', 'held-by-backpressure'))
);

-- A time in a sentence, with its offset: whoever reads it may sit elsewhere.
create or replace function track_coordination.said(moment timestamptz) returns text language sql stable as $$
  select to_char(moment, 'YYYY-MM-DD HH24:MI:SS TZH:TZM')
$$;

-- A number of things in a sentence: "1 event", "2 events".
create or replace function track_coordination.counted(number bigint, thing text) returns text language sql immutable as $$
  select number || ' ' || thing || case when number = 1 then '' else 's' end
$$;

-- How often, in a sentence: "once", "2 times".
create or replace function track_coordination.how_often(number bigint) returns text language sql immutable as $$
  select case when number = 1 then 'once' else number || ' times' end
$$;

-- What holds an activation back: the closed gate before it that is the hardest to open.
--   sentence:     what is wrong with it, to follow the track's name
--   unblocked_by: who or what can open it
--   earliest_at:  before then nothing passes; null: nobody knows
-- No row: nothing holds it.
create or replace function track_coordination.held_by(handler text, correlation_id uuid, definition_id int, track_no int, user_id text)
returns table (reason text, sentence text, unblocked_by text, earliest_at timestamptz) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select case g.kind when 'pause' then 'held-by-operator' else 'held-by-' || g.kind end,
         case g.kind
           when 'pause' then format('is held: %s was paused by %s at %s%s',
             coalesce('handler ' || g.handler, 'all that user ' || g.user_id || ' started', 'track ' || g.track_id || ' of this run', 'its run'),
             g.who, track_coordination.said(g.changed_at), ': ' || g.reason)
           when 'circuit' then format('is held: circuit %s is open since %s: %s', g.circuit, track_coordination.said(g.changed_at), g.reason)
           when 'quarantine' then format('is held: %s', coalesce(
             (select string_agg(format('event %s (%s) is in quarantine: %s', q.event_id, q.event_type, q.reason), '; ' order by q.event_id)
                from track_coordination.quarantine q where q.correlation_id = g.correlation_id and q.track_id = g.track_id), g.reason))
           else format('is held: %s', g.reason) end,
         case g.kind
           when 'pause' then 'an operator: ' || case when g.handler is not null then format('release(handler => %L)', g.handler)
             when g.user_id is not null then format('release(user_id => %L)', g.user_id)
             when g.track_id is not null then format('release(correlation_id => %L, track_id => %L)', g.correlation_id, g.track_id)
             else format('release(correlation_id => %L)', g.correlation_id) end
           when 'circuit' then 'time: probes show whether what the circuit guards works again'
           when 'quarantine' then coalesce(
             (select 'an operator: ' || string_agg(format('replay_event(%s) or dismiss_event(%s)', q.event_id, q.event_id), ', ' order by q.event_id)
                from track_coordination.quarantine q where q.correlation_id = g.correlation_id and q.track_id = g.track_id),
             format('an operator: release(correlation_id => %1$L, track_id => %2$L) once its cause is mended, or skip(%1$L, %2$L)', g.correlation_id, g.track_id))
           else 'time' end,
         g.earliest_at
    from track_coordination.gates_before(held_by.handler, held_by.correlation_id, held_by.definition_id, held_by.track_no, held_by.user_id) g
   where g.state = 'closed'
   order by array_position(array['quarantine', 'pause', 'circuit', 'limit', 'backpressure'], g.kind), g.changed_at
   limit 1;
end $$;
