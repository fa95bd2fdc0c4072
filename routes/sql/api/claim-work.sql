-- Claims work for a worker elsewhere; claimed is how much it got: see the function.
select jsonb_array_length(c.work -> 'work') as claimed, CAST(c.work AS text) as answer
  from (select track_coordination.claim_work_json(
                 track_coordination.request_argument(CAST(:#trackArguments AS jsonb), CAST(:#${body} AS jsonb))) as work offset 0) c
