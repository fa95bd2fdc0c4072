-- Records an event of a track: see the function.
select track_coordination.record_track_event(:#trackUserId, :#trackId, :#trackEventType, CAST(:#trackCorrelationId AS uuid), CAST(:#trackPayload AS jsonb), CAST(:#trackMetadata AS jsonb)) as event_id
