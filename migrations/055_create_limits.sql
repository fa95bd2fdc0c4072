-- Limits of handlers: how many of their activations may be claimed at once (maxConcurrent), and how many in a period (rate).
-- A claim asks while it holds the handler's row, so that claims of one handler wait for each other: whoever claims in a
-- transaction of his own commits at once. Handlers without a limit are not locked.
-- No rows of gate_states: while any of those is closed, all that is triggered or claimed asks the gates.
set lock_timeout = '500ms';

-- How many tokens the bucket of a handler with a rate holds at this moment. It is filled evenly, a token at a time, and
-- saves up those of a period, or of a tenth of a second if that is longer.
create or replace function track_coordination.tokens_at(h track_coordination.handlers, moment timestamptz) returns float8 language sql stable as $$
  select case when h.refilled_at is null or h.refilled_at > moment + h.rate_period then b.most   -- unused so far, or the clock was put back
              else least(b.most, coalesce(h.tokens, b.most) + greatest(0, extract(epoch from moment - h.refilled_at)::float8) * b.each_second) end
    from (select h.rate_permits / extract(epoch from h.rate_period)::float8 as each_second,
                 greatest(h.rate_permits, h.rate_permits * 0.1 / extract(epoch from h.rate_period)::float8) as most) b
$$;

-- When the bucket holds a whole token, from this moment on.
create or replace function track_coordination.next_token_at(h track_coordination.handlers, moment timestamptz) returns timestamptz language sql stable as $$
  select moment + h.rate_period * greatest(0, (1 - track_coordination.tokens_at(h, moment)) / h.rate_permits)
$$;

-- The clock as it is now, not when the transaction began, which may have waited for a lock.
create or replace function track_coordination.this_moment() returns timestamptz language sql stable as $$
  select track_coordination.clock() + (clock_timestamp() - now())
$$;

-- How many activations of this handler are being worked on, counted up to at_most (null: all). What has ended and is not
-- settled yet is not.
create or replace function track_coordination.running_of(handler text, at_most int) returns int language plpgsql stable as $$
#variable_conflict use_column
begin
  return (select count(*)
            from (select from track_coordination.work_queue w
                   where w.handler = running_of.handler and w.claimed and w.rank_at < 'infinity' limit at_most) r);
end $$;

-- Do the limits of this handler let nothing be claimed? For people, and for whoever would claim in vain.
--   reason:      how far each limit is used; null: it has none
--   earliest_at: when its rate lets something be claimed again; null: its rate lets it already, or it has none
create or replace function track_coordination.limit_of(handler text, out reached boolean, out reason text, out earliest_at timestamptz)
language plpgsql stable as $$
#variable_conflict use_column
declare
  h track_coordination.handlers;
  moment timestamptz := track_coordination.this_moment();
  running int;
  tokens int;
begin
  reached := false;
  select x.* into h from track_coordination.handlers x where x.handler = limit_of.handler and x.limited;
  if h.max_concurrent is not null then
    running := track_coordination.running_of(h.handler, null);
    reached := running >= h.max_concurrent;   -- more, if the limit was lowered meanwhile or somebody began without asking
    reason := format('%s of %s in progress', running, h.max_concurrent);
  end if;
  if h.rate_permits is not null then
    tokens := floor(track_coordination.tokens_at(h, moment));
    reason := concat_ws(', ', reason, format('%s of %s per %s used', greatest(0, h.rate_permits - tokens), h.rate_permits, h.rate_period));
    if tokens < 1 then
      reached := true;
      earliest_at := track_coordination.next_token_at(h, moment);
    end if;
  end if;
end $$;

-- How many activations of a handler with limits may be claimed. Its row is locked until the caller has committed; what others
-- claimed while it was waited for is counted in the next statement, which sees it.
--   under_limit: its maxConcurrent
--   again_in:    seconds until its rate lets more be claimed than is permitted now; null: another limit is lower, or none
create or replace function track_coordination.take_room(handler text, wanted int, out permitted int, out under_limit int, out again_in float8)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  h track_coordination.handlers;
  moment timestamptz;
  tokens float8;
begin
  select x.* into h from track_coordination.handlers x where x.handler = take_room.handler for update;
  permitted := wanted;
  under_limit := h.max_concurrent;
  if h.max_concurrent is not null then
    permitted := least(wanted, h.max_concurrent - track_coordination.running_of(h.handler, h.max_concurrent));
  end if;
  if h.rate_permits is not null then
    moment := track_coordination.this_moment();
    tokens := track_coordination.tokens_at(h, moment);
    if floor(tokens) < permitted then
      permitted := floor(tokens);
      again_in := extract(epoch from h.rate_period) * (permitted + 1 - tokens) / h.rate_permits;
    end if;
  end if;
end $$;

-- Notes what was claimed of the room that take_room gave. That changes the row, so that a claim whose snapshot is older than
-- its lock (REPEATABLE READ) fails instead of counting too few.
create or replace function track_coordination.use_room(handler text, claimed int) returns void language sql as $$
  update track_coordination.handlers h
     set tokens = case when h.rate_permits is not null then track_coordination.tokens_at(h, track_coordination.this_moment()) - use_room.claimed end,
         refilled_at = case when h.rate_permits is not null then track_coordination.this_moment() end,
         moved_at = track_coordination.clock()
   where h.handler = use_room.handler
$$;

-- An attempt that was claimed under a limit ended, in whatever way: tells the workers of its handler if anything waits for it.
-- What becomes ready just then, and finds the limit still reached, is found by their next look, within a second.
create or replace function track_coordination.tell_of_room() returns trigger language plpgsql as $$
begin
  if exists (select from track_coordination.work_queue w
              where w.handler = old.handler and not w.claimed
                and w.rank_at <= track_coordination.clock() and w.due_at <= track_coordination.clock()) then
    perform track_coordination.wake_workers_of(old.handler);
    -- who waited for room did not wait for a worker: its triggerTimeout begins anew. Whoever holds the row notes it himself
    if exists (select from track_coordination.definition_tracks t where t.handler = old.handler and t.trigger_timeout is not null) then
      update track_coordination.handlers h set moved_at = track_coordination.clock()
       where h.ctid = any(array(select x.ctid from track_coordination.handlers x where x.handler = old.handler and x.moved_at is distinct from track_coordination.clock() for update skip locked));
    end if;
  end if;
  return null;
end $$;
create or replace trigger tell_of_room_left after delete on track_coordination.work_queue
  for each row when (old.under_limit is not null and old.worker is not null)
  execute function track_coordination.tell_of_room();
create or replace trigger tell_of_room_made after update on track_coordination.work_queue
  for each row when (old.under_limit is not null and old.worker is not null and old.due_at < 'infinity'
                     and (new.worker is null or new.due_at = 'infinity'))
  execute function track_coordination.tell_of_room();
