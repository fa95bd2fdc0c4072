package org.trackcoordinator.bench;

/**
 * What scenarios are measured on.
 *
 * @param database where
 * @param ground empties the database
 * @param meter reads what work costs
 * @param plan how much is measured
 */
record Bed(BenchDatabase database, Ground ground, Meter meter, Plan plan) {}
