package org.trackcoordinator.bench;

/**
 * One round of one candidate.
 *
 * @param candidate its name
 * @param round from 1; 0 and less for those that warm up
 * @param hops done
 * @param seconds that they took
 * @param cost per hop
 */
record Measured(String candidate, int round, long hops, double seconds, Meter.Cost cost) {

  public double getHopsPerSecond() {
    return hops / seconds;
  }
}
