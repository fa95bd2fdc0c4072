-- A run as it is now, and whether it is still running: see the function. Its id is read, since callers may write it in capitals.
select r.run ->> 'state' = 'running' as running, r.run ->> 'correlationId' as correlation_id, CAST(r.run AS text) as answer
  from (select track_coordination.run_json(CAST(:#trackArguments AS jsonb)) as run offset 0) r
