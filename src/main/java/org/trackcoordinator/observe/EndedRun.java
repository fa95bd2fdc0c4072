package org.trackcoordinator.observe;

import java.time.Instant;

/**
 * A run that ended.
 *
 * @param traceparent that it was started with; null if there was none
 */
record EndedRun(
    String correlationId,
    String workflow,
    String state,
    String traceparent,
    Instant startedAt,
    Instant finishedAt) {}
