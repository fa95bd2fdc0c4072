package org.trackcoordinator.observe;

import java.time.Instant;
import java.util.List;

/**
 * An event of a run that counted, without its payload.
 *
 * @param attempt null if its writer did not say
 * @param consumed of a trigger, the events that it consumed
 * @param traceparent of its writer; null if it did not say
 * @param error the class of the error of what failed; else null
 */
record LoggedEvent(
    long id,
    String track,
    String handler,
    String type,
    Integer attempt,
    Instant at,
    List<Long> consumed,
    String traceparent,
    String error) {}
