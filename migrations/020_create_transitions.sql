-- What an event does to an activation: the only place where it is said. Statements, audit and the diagram in the docs
-- read it. A track that no event reached yet counts as waiting.
set lock_timeout = '500ms';

create table if not exists track_coordination.transitions (
  state      text not null,
  event      text not null,
  condition  text not null,
  next_state text not null,
  fate       text,            -- of the event; null: a decision of the coordinator that leaves no event behind
  constraint transitions_pkey primary key (state, event, condition),
  constraint transitions_state_known check (
    state in ('waiting', 'held', 'triggered', 'started', 'completed', 'failed', 'timed_out', 'skipped', 'cancelled')),
  constraint transitions_next_state_known check (
    next_state in ('waiting', 'held', 'triggered', 'started', 'completed', 'failed', 'timed_out', 'skipped', 'cancelled')),
  constraint transitions_event_known check (
    event in ('triggered', 'started', 'data_ready', 'completed', 'failed', 'timed_out', 'retried', 'skipped', 'cancelled')),
  constraint transitions_condition_known check (
    condition in ('always', 'gates open', 'gate closed', 'current attempt', 'attempts left', 'last attempt', 'not claimed in time', 'other attempt',
                  'repeated', 'all dependencies skipped', 'fallback not needed', 'condition false', 'run ended', 'by an operator', 'reopened',
                  'reopened when ready', 'reopened when triggered', 'waits again', 'written by hand')),
  constraint transitions_fate_known check (fate in ('consumed', 'duplicate', 'late', 'ignored')),
  constraint transitions_final_states_stay check (
    state not in ('completed', 'failed', 'timed_out', 'skipped', 'cancelled') or next_state = state
    or (event = 'retried' and condition in ('by an operator', 'reopened', 'reopened when ready', 'reopened when triggered')))
);

truncate track_coordination.transitions;
insert into track_coordination.transitions (state, event, condition, next_state, fate) values
  -- what the coordinator decides
  ('waiting',   'triggered',  'gates open',      'triggered', 'consumed'),
  ('waiting',   'triggered',  'gate closed',     'held',      null),
  ('held',      'triggered',  'gates open',      'triggered', 'consumed'),
  ('held',      'triggered',  'gate closed',     'held',      null),
  ('waiting',   'cancelled',  'run ended',       'cancelled', 'consumed'),
  ('held',      'cancelled',  'run ended',       'cancelled', 'consumed'),
  ('triggered', 'cancelled',  'run ended',       'cancelled', 'consumed'),
  ('started',   'cancelled',  'run ended',       'cancelled', 'consumed'),
  ('waiting',   'skipped',    'all dependencies skipped', 'skipped', 'consumed'),
  ('waiting',   'skipped',    'fallback not needed',      'skipped', 'consumed'),
  ('waiting',   'skipped',    'condition false',          'skipped', 'consumed'),
  ('held',      'skipped',    'condition false',          'skipped', 'consumed'),
  ('triggered', 'retried',    'attempts left',   'triggered', 'consumed'),
  -- what an operator decides; only his retry leaves a final state
  ('waiting',   'skipped',    'by an operator',  'skipped',   'consumed'),
  ('held',      'skipped',    'by an operator',  'skipped',   'consumed'),
  ('triggered', 'skipped',    'by an operator',  'skipped',   'consumed'),
  ('started',   'skipped',    'by an operator',  'skipped',   'consumed'),
  ('failed',    'retried',    'by an operator',  'triggered', 'consumed'),
  ('timed_out', 'retried',    'by an operator',  'triggered', 'consumed'),
  ('skipped',   'retried',    'reopened',        'waiting',   'consumed'),
  ('cancelled', 'retried',    'reopened',        'waiting',   'consumed'),
  ('cancelled', 'retried',    'reopened when ready',     'held',      'consumed'),
  ('cancelled', 'retried',    'reopened when triggered', 'triggered', 'consumed'),
  ('held',      'retried',    'waits again',     'waiting',   null),
  -- what a worker reports, for the attempt that it holds
  ('triggered', 'started',    'current attempt', 'started',   'consumed'),
  ('triggered', 'data_ready', 'current attempt', 'triggered', 'consumed'),
  ('triggered', 'completed',  'current attempt', 'completed', 'consumed'),
  ('triggered', 'failed',     'attempts left',   'triggered', 'consumed'),
  ('triggered', 'failed',     'last attempt',    'failed',    'consumed'),
  ('triggered', 'timed_out',  'attempts left',   'triggered', 'consumed'),
  ('triggered', 'timed_out',  'last attempt',    'timed_out', 'consumed'),
  ('triggered', 'timed_out',  'not claimed in time', 'timed_out', 'consumed'),
  ('started',   'data_ready', 'current attempt', 'started',   'consumed'),
  ('started',   'completed',  'current attempt', 'completed', 'consumed'),
  ('started',   'failed',     'attempts left',   'triggered', 'consumed'),
  ('started',   'failed',     'last attempt',    'failed',    'consumed'),
  ('started',   'timed_out',  'attempts left',   'triggered', 'consumed'),
  ('started',   'timed_out',  'last attempt',    'timed_out', 'consumed'),
  -- reports that come twice
  ('started',   'started',    'current attempt', 'started',   'duplicate'),
  ('triggered', 'data_ready', 'repeated',        'triggered', 'duplicate'),
  ('started',   'data_ready', 'repeated',        'started',   'duplicate'),
  ('completed', 'completed',  'always',          'completed', 'duplicate'),
  ('failed',    'failed',     'always',          'failed',    'duplicate'),
  ('timed_out', 'timed_out',  'always',          'timed_out', 'duplicate');

-- reports of an attempt that is over
insert into track_coordination.transitions
select state, event, 'other attempt', state, 'late'
  from unnest(array['triggered', 'started']) state,
       unnest(array['started', 'data_ready', 'completed', 'failed', 'timed_out']) event;
-- reports for an activation that is over
insert into track_coordination.transitions
select state, event, 'always', state, 'late'
  from unnest(array['completed', 'failed', 'timed_out', 'skipped', 'cancelled']) state,
       unnest(array['started', 'data_ready', 'completed', 'failed', 'timed_out']) event
    on conflict do nothing;
-- reports for a track that was not triggered
insert into track_coordination.transitions
select state, event, 'always', state, 'ignored'
  from unnest(array['waiting', 'held']) state,
       unnest(array['started', 'data_ready', 'completed', 'failed', 'timed_out']) event;
-- what only the coordinator decides, written by somebody else
insert into track_coordination.transitions
select state, event, 'written by hand', state, 'ignored'
  from unnest(array['waiting', 'held', 'triggered', 'started', 'completed', 'failed', 'timed_out', 'skipped', 'cancelled']) state,
       unnest(array['triggered', 'retried', 'skipped', 'cancelled']) event;

analyze track_coordination.transitions;
