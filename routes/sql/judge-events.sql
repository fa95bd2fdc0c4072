-- What becomes of events that no activation consumed: one row per fate, by the transitions. What names no run or no
-- track of its run can't be judged and is for quarantine; what is for a run that was cleaned up is late. Read in the
-- statement after the one that refused them.
with events as materialized (
  select distinct on (u.event_id) u.event_id, l.correlation_id, l.track_id, l.event_type, l.attempt, r.correlation_id is not null as has_run,
         t.track_no is not null as has_track, coalesce(s.state, 'waiting') as state,
         s.attempt + case when s.worker is null then 1 else 0 end as current, z.state as cleaned_state, z.cleaned_at, x.retired
    from unnest(CAST(:#${variable.refused_event_ids} AS bigint[]), CAST(:#${variable.refused_correlation_ids} AS uuid[])) u (event_id, correlation_id)
    join public.processing_logs l on l.correlation_id = u.correlation_id and l.event_id = u.event_id
    left join track_coordination.runs r on r.correlation_id = l.correlation_id
    left join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_id = l.track_id
    left join track_coordination.tombstones z on z.correlation_id = l.correlation_id and r.correlation_id is null
    left join lateral (
      select string_agg('definition ' || left(d.hash, 8) || ' of workflow ' || d.workflow || ' is retired, whose root is track ' || l.track_id, '; ' order by d.workflow) as retired
        from track_coordination.retired_definitions i
        join track_coordination.workflows w on w.definition_id = i.definition_id
        join track_coordination.definitions d on d.definition_id = i.definition_id
        join track_coordination.definition_tracks o on o.definition_id = i.definition_id and o.track_id = l.track_id and o.level = 0
       where r.correlation_id is null and (l.metadata ->> 'workflow' is null or w.workflow = l.metadata ->> 'workflow')) x on true
    left join track_coordination.activation_states s on s.correlation_id = l.correlation_id and s.track_no = t.track_no
   order by u.event_id),
judged as (
  select e.*, case when e.cleaned_at is not null then 'late'
                   when not e.has_run or not e.has_track then 'quarantined' else coalesce(m.fate, 'ignored') end as fate,
         case when e.cleaned_at is not null then 'run ' || e.correlation_id || ' ' || e.cleaned_state || ' and was cleaned up at ' || e.cleaned_at
              when e.retired is not null then 'unknown run ' || e.correlation_id || ', and ' || e.retired
              when not e.has_run then 'unknown run ' || e.correlation_id || ', and track ' || e.track_id || ' is the root of no current workflow, or of several'
              when not e.has_track then 'the workflow of run ' || e.correlation_id || ' has no track ' || e.track_id
              when m.condition = 'repeated' then e.event_type || ' came again for a track that is ' || e.state || ': the first of them counts'
              when m.condition is null then e.event_type || ' came before its track was triggered'
              else e.event_type || ' for a track that is ' || e.state || case m.condition
                     when 'other attempt' then ', attempt ' || e.attempt || ' instead of ' || e.current
                     when 'written by hand' then ', written by hand'
                     when 'always' then '' else ', ' || m.condition end end as reason
    from events e
    left join track_coordination.transitions m on m.state = e.state and m.event = e.event_type
     and m.fate <> 'consumed'
     and m.condition = case when e.event_type in ('triggered', 'retried', 'skipped', 'cancelled') then 'written by hand'
                            when e.state not in ('triggered', 'started') then 'always'
                            when e.attempt is not null and e.attempt <> e.current then 'other attempt'
                            when e.event_type = 'data_ready' then 'repeated'
                            else 'current attempt' end)
select fate, count(*) as events,
       CAST(array_agg(event_id) AS text) as event_ids,
       CAST(array_agg(correlation_id) AS text) as correlation_ids,
       CAST(array_agg(reason) AS text) as reasons,
       min(reason) as example
  from judged
 group by fate
