package org.trackcoordinator.contact;

import java.time.Instant;

/**
 * The database is away: it does not answer, or it refuses to be written.
 *
 * @param since when this was noticed, by the clock of this machine
 * @param cause what it said last, or what was waited for in vain
 */
public record Absence(Instant since, String cause) {}
