-- Keeps the closed gates from opening until this transaction has committed: who opens one would not see what is held
-- behind it here, and nobody would release it.
select count(*) as gates
  from (select from track_coordination.gate_states where state = 'closed'
         order by kind, handler, circuit, correlation_id, track_id, user_id for share) g
