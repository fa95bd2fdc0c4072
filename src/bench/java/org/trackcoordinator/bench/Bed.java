package org.trackcoordinator.bench;

/**
 * What scenarios are measured on.
 *
 * @param server with the bench's database
 * @param ground empties the database
 * @param meter reads what work costs
 * @param plan how much is measured
 */
record Bed(BenchServer server, Ground ground, Meter meter, Plan plan) {}
