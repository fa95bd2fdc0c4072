package org.trackcoordinator.cli;

import java.time.Duration;
import java.time.Instant;

/**
 * One event of a run.
 *
 * @param eventId the event's number in the log
 * @param trackId the track; null for an event of the run itself
 * @param eventType what happened
 * @param attempt the number of the try, from 1; null if none had begun
 * @param createdAt when it was written
 * @param duration how long what it ends had taken; null if it ends nothing
 * @param sourceTrack the track that led to it; null if none did
 * @param fate what became of the event; null if it is still queued
 * @param detail an error's message or a reason; null if there is none
 */
public record ChainRow(
    Long eventId,
    String trackId,
    String eventType,
    Integer attempt,
    Instant createdAt,
    Duration duration,
    String sourceTrack,
    String fate,
    String detail) {}
