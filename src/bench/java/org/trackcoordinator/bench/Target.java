package org.trackcoordinator.bench;

/**
 * What the issue wants of a ratio of hops/s.
 *
 * @param candidate what is judged
 * @param baseline what it is compared with
 * @param atLeast the least median of the ratios; null if nothing is wanted
 */
record Target(String candidate, String baseline, Double atLeast) {}
