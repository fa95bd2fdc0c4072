package org.trackcoordinator.bench;

import java.util.List;

/**
 * A candidate's hops/s in parts of a baseline's, round by round.
 *
 * @param target what was wanted
 * @param rounds of each round, in order
 * @param spread of these
 */
record Ratio(Target target, List<Double> rounds, Spread spread) {

  public Boolean getMet() {
    return target.atLeast() == null ? null : spread.median() >= target.atLeast();
  }
}
