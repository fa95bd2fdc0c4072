package org.trackcoordinator.bench;

/**
 * How much is measured.
 *
 * @param rounds that count, of each candidate in turn
 * @param share of the full amount of work in each round, greater than 0
 * @param statements whether to print where the server's time went in the last round
 */
record Plan(int rounds, double share, boolean statements) {

  static final Plan FULL = new Plan(5, 1, false);
  static final Plan QUICK = new Plan(3, 0.2, false);

  Plan withRounds(Integer other) {
    return other == null ? this : new Plan(other, share, statements);
  }

  Plan withShare(Double other) {
    return other == null ? this : new Plan(rounds, other, statements);
  }

  Plan withStatements(boolean wanted) {
    return new Plan(rounds, share, wanted);
  }

  /** This much work, in the share that is asked for; at least 1. */
  int of(int full) {
    return (int) Math.max(1, Math.round(full * share));
  }
}
