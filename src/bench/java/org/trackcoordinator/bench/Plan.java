package org.trackcoordinator.bench;

/**
 * How much is measured.
 *
 * @param rounds that count, of each candidate in turn
 * @param share of the full amount of work in each round, greater than 0
 */
record Plan(int rounds, double share) {

  static final Plan FULL = new Plan(5, 1);
  static final Plan QUICK = new Plan(3, 0.2);

  Plan withRounds(Integer other) {
    return other == null ? this : new Plan(other, share);
  }

  Plan withShare(Double other) {
    return other == null ? this : new Plan(rounds, other);
  }

  /** This much work, in the share that is asked for; at least 1. */
  int of(int full) {
    return (int) Math.max(1, Math.round(full * share));
  }
}
