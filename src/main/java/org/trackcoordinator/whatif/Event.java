package org.trackcoordinator.whatif;

/**
 * An event of a track that had an effect.
 *
 * @param id its place in the order of events
 * @param type {@code triggered}, {@code completed} …
 * @param handsOn whether it has a payload
 * @param byOperator whether somebody asked for it
 */
record Event(long id, String type, boolean handsOn, boolean byOperator) {}
