package org.trackcoordinator.workflow;

/**
 * What a track waits for.
 *
 * @param track the id of the upstream track
 * @param on the event of it that counts
 */
public record Dependency(String track, On on) {}
