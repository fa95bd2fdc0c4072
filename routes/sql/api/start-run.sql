-- Starts a run, and marks it as awaited if the caller wants to wait for it: see the function.
select s.run ->> 'correlationId' as correlation_id, CAST(s.run AS text) as answer
  from (select track_coordination.start_run_json(
                 track_coordination.request_argument(CAST(:#trackArguments AS jsonb), CAST(:#${body} AS jsonb))
                 || jsonb_build_object('awaited', CAST(:#trackWait AS bigint) > 0)
                 || jsonb_strip_nulls(jsonb_build_object('traceparent', nullif(:#trackTraceparent, '')))) as run offset 0) s
