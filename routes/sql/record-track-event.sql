-- Records an event of a track: see the function.
select track_coordination.record_track_event(:#${variable.trackUserId}, :#${variable.trackId}, :#${variable.trackEventType}, CAST(:#${variable.trackCorrelationId} AS uuid), CAST(:#${variable.trackPayload} AS jsonb), CAST(:#${variable.trackMetadata} AS jsonb)) as event_id
