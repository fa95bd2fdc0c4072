-- Circuits: what happens to the gate of a target that is down. It is closed off for a while, then lets probes through,
-- which are permits that a claim takes, and lets go what it held in waves that grow as long as the probes go well.
-- All that is decided here follows from rows: the gate's, the probes', the work queue's and the log's. An instance that
-- dies takes nothing with it.
set lock_timeout = '500ms';

-- The attempts of the present wave: those that were claimed with a permit.
create table if not exists track_coordination.circuit_probes (
  correlation_id   uuid not null,
  track_no         int not null,
  attempt          int not null,
  circuit          text not null,
  track_id         text not null,
  started_event_id bigint not null,   -- what became of it is logged after this
  constraint circuit_probes_pkey primary key (correlation_id, track_no, attempt)
);
create index if not exists circuit_probes_of_circuit on track_coordination.circuit_probes (circuit);

-- How long a circuit rests that closed its gate for the nth time in a row: wait, 2 * wait, 4 * wait … up to max_wait.
create or replace function track_coordination.circuit_wait(closings int, wait interval, max_wait interval) returns interval language sql immutable as $$
  select least(max_wait, wait * power(2, least(greatest(closings, 1) - 1, 30))::float8)
$$;

-- Does an error say that the target is in trouble? Not if it told the worker that this request is wrong (HTTP 4xx, but for
-- 408, 425 and 429), nor if the worker said that no retry mends it, nor if only the worker is gone.
create or replace function track_coordination.blames_target(error jsonb) returns boolean language sql immutable as $$
  select coalesce(track_coordination.is_worth_a_retry(error, array['4xx']), true) and coalesce(error ->> 'class', '') not in ('lease-lost', 'trigger-timeout')
$$;

-- Closes the gate of a circuit, or closes it off again while it is probed, each time for longer. While it rests already
-- this is a no-op, so that of several instances the first one counts. Returns whether it was not.
create or replace function track_coordination.open_circuit(circuit text, reason text, who text, wait interval, max_wait interval)
returns boolean language plpgsql as $$
#variable_conflict use_variable
begin
  insert into track_coordination.gate_states as g (kind, circuit, state, reason, who, permits, wave, closings, earliest_at)
  values ('circuit', circuit, 'closed', reason, who, 0, 0, 1, track_coordination.clock() + track_coordination.circuit_wait(1, wait, max_wait))
      on conflict on constraint gate_states_one_row_each do update
     set state = 'closed', reason = excluded.reason, who = excluded.who, permits = 0, wave = 0, closings = g.closings + 1,
         earliest_at = track_coordination.clock() + track_coordination.circuit_wait(g.closings + 1, wait, max_wait), changed_at = excluded.changed_at
   where g.state = 'open' or g.earliest_at <= track_coordination.clock();
  if not found then
    return false;
  end if;
  delete from track_coordination.circuit_probes p where p.circuit = open_circuit.circuit;
  return true;
end $$;

-- Work that is due and waits for a circuit alone, counted up to at_most.
create or replace function track_coordination.circuit_queued(circuit text, at_most int) returns int language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select count(*) from (
      select from track_coordination.handlers h
        join track_coordination.work_queue w on w.handler = h.handler and not w.claimed
         and w.rank_at <= track_coordination.clock() and w.due_at <= track_coordination.clock()
       where h.circuit = circuit_queued.circuit
         and not track_coordination.is_held_besides(w.handler, w.correlation_id, w.definition_id, w.track_no, w.user_id)
       limit at_most) q);
end $$;

-- The same, and activations that it alone holds.
create or replace function track_coordination.circuit_backlog(circuit text, at_most int) returns int language plpgsql stable as $$
#variable_conflict use_column
begin
  return track_coordination.circuit_queued(circuit, at_most) + (
    select count(*) from (
      select from track_coordination.activations a
        join track_coordination.runs r on r.correlation_id = a.correlation_id
        join track_coordination.definition_tracks t on t.definition_id = a.definition_id and t.track_no = a.track_no
        join track_coordination.handlers h on h.handler = t.handler
       where a.held and h.circuit = circuit_backlog.circuit
         and not track_coordination.is_held_besides(t.handler, a.correlation_id, a.definition_id, a.track_no, r.user_id)
       limit at_most) held);
end $$;

-- The probes of a circuit with what was logged of their ends; none is in progress whose lease is over.
create or replace function track_coordination.probe_ends(circuit text)
returns table (correlation_id uuid, track_no int, attempt int, in_progress boolean, event_id bigint, event_type text, error jsonb) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select p.correlation_id, p.track_no, p.attempt,
         e.event_id is null and coalesce(w.worker is not null and w.due_at > track_coordination.clock(), false),
         e.event_id, e.event_type, e.error
    from track_coordination.circuit_probes p
    left join lateral (
      select l.event_id, l.event_type, l.payload -> 'error' as error from public.processing_logs l
       where l.correlation_id = p.correlation_id and l.event_id > p.started_event_id and l.track_id = p.track_id and l.attempt = p.attempt
         and l.event_type in ('completed', 'failed', 'timed_out')
       order by l.event_id limit 1) e on true
    left join track_coordination.work_queue w
      on w.correlation_id = p.correlation_id and w.track_no = p.track_no and w.attempt = p.attempt
   where p.circuit = probe_ends.circuit;
end $$;

-- What came of the present wave of a circuit so far: in_progress, successes, failures that blame the target, and the last
-- error. What was given back, cancelled, or lost with its worker says nothing about the target.
create or replace function track_coordination.wave_outcome(circuit text, out in_progress int, out successes int, out failures int, out last_error text)
language sql stable as $$
  select count(*) filter (where e.in_progress), count(*) filter (where e.event_type = 'completed'), count(*) filter (where e.blames),
         (array_agg((e.error ->> 'class') || coalesce(': ' || (e.error ->> 'message'), '') order by e.event_id desc) filter (where e.blames))[1]
    from (select p.*, coalesce(p.event_type in ('failed', 'timed_out') and track_coordination.blames_target(p.error), false) as blames
            from track_coordination.probe_ends(wave_outcome.circuit) p) e
$$;

create or replace function track_coordination.forget_ended_probes(circuit text) returns void language sql as $$
  delete from track_coordination.circuit_probes p
   using track_coordination.probe_ends(forget_ended_probes.circuit) e
   where not e.in_progress and p.correlation_id = e.correlation_id and p.track_no = e.track_no and p.attempt = e.attempt
$$;

-- Looks at each circuit whose rest is over, and decides: closes it off again for longer when too many of the wave's
-- attempts failed, waits while more than half of them are in progress, gives the next wave its permits, or opens the gate
-- for good when what waits still is no more than a wave. A gate that nothing waits behind stays closed: the next
-- activation to come is its probe, and costs nothing if the target is down still.
--   probes, max_wave: permits of the first wave, and of any; each that did not fail is followed by one twice its size
--   wave_interval:    between the beginnings of two waves
--   failure_rate, minimum_calls: a wave failed with this percentage of failures, told early from this many outcomes on
-- Returns the circuits that have permits to give; their rows are locked until the caller has committed. Error 22023: a
-- setting with which no circuit would ever be healthy again.
create or replace function track_coordination.probe_circuits(
  probes int, max_wave int, wave_interval interval, failure_rate float8, minimum_calls int, wait interval, max_wait interval, who text)
returns text[] language plpgsql as $$
#variable_conflict use_column
declare
  g track_coordination.gate_states;
  wave record;
  is_over boolean;
  next_wave int;
  next_permits int;
  permitting text[] := '{}';
begin
  if probe_circuits.probes < 1 or probe_circuits.max_wave < probe_circuits.probes or probe_circuits.wave_interval <= '0' or probe_circuits.wait <= '0' then
    raise exception 'circuits are to be probed with % attempts in waves of at most %, every %, after a rest of %',
      probe_circuits.probes, probe_circuits.max_wave, probe_circuits.wave_interval, probe_circuits.wait using errcode = 'invalid_parameter_value',
      hint = 'circuit.probes is at least 1, circuit.max-wave no less than that, circuit.wave-interval and circuit.wait are longer than 0.';
  end if;
  for g in select s.* from track_coordination.gate_states s
            where s.kind = 'circuit' and s.state = 'closed' and s.earliest_at <= track_coordination.clock()
            order by s.circuit for update loop
    select o.* into wave from track_coordination.wave_outcome(g.circuit) o;
    is_over := g.wave = 0 or (wave.in_progress * 2 <= g.wave and g.changed_at + probe_circuits.wave_interval <= track_coordination.clock());
    if wave.failures > 0 and wave.failures * 100 >= probe_circuits.failure_rate * (wave.successes + wave.failures)
       and (is_over or wave.successes + wave.failures >= least(probe_circuits.minimum_calls, g.wave)) then
      perform track_coordination.open_circuit(g.circuit,
        format('circuit %s stays open: %s of %s failed, the last with %s', g.circuit, wave.failures,
               track_coordination.counted(wave.successes + wave.failures, 'probe'), left(wave.last_error, 1000)),
        probe_circuits.who, probe_circuits.wait, probe_circuits.max_wait);
      continue;
    end if;
    if is_over then
      next_wave := case when g.wave = 0 then probe_circuits.probes
                        when wave.successes > 0 then least(g.wave * 2, probe_circuits.max_wave)
                        else g.wave end;
      next_permits := greatest(0, next_wave - wave.in_progress);
      if wave.successes > 0
         and track_coordination.circuit_backlog(g.circuit, next_permits + 1) <= next_permits then
        update track_coordination.gate_states s
           set state = 'open', reason = format('circuit %s is closed again: %s of %s of the last wave went well', g.circuit, wave.successes,
                                              track_coordination.counted(wave.successes + wave.failures, 'attempt')),
               who = probe_circuits.who, permits = 0, wave = 0, closings = 0, earliest_at = null, changed_at = track_coordination.clock()
         where s.kind = 'circuit' and s.circuit = g.circuit;
        delete from track_coordination.circuit_probes p where p.circuit = g.circuit;
        insert into track_coordination.event_queue (event_id, event_type) values (nextval('track_coordination.event_ids'), 'released');
        perform track_coordination.wake_drainer();
        perform track_coordination.wake_workers();
        continue;
      end if;
      if g.wave <> next_wave or g.permits <> next_permits then
        update track_coordination.gate_states s set permits = next_permits, wave = next_wave, changed_at = track_coordination.clock()
         where s.kind = 'circuit' and s.circuit = g.circuit
        returning s.* into g;
        perform track_coordination.forget_ended_probes(g.circuit);
        perform track_coordination.wake_workers();
      end if;
    end if;
    if g.permits > 0 then
      permitting := permitting || g.circuit;
    end if;
  end loop;
  return permitting;
end $$;
