-- Reports that a track is done: of an attempt that is named its end, see complete_work, else an event of the current one.
select case when t.attempt is not null
            then track_coordination.complete_work(t.run, t.track_id, t.attempt, t.payload)
            else track_coordination.record_track_event(null, t.track_id, 'completed', t.run, t.payload) end as event_id
  from (select CAST(:#${variable.trackCorrelationId} AS uuid) as run, coalesce(nullif(:#${variable.trackIdByDefault}, ''), CAST(:#${header.trackId} AS text)) as track_id,
               CAST(CAST(:#${header.trackAttempt} AS text) AS int) as attempt, CAST(:#${variable.trackPayload} AS jsonb) as payload) t
