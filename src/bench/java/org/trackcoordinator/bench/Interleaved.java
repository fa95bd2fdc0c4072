package org.trackcoordinator.bench;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Rounds of several candidates in turn, A B C A B C, so that what the machine does beside them
 * strikes all alike. The first rounds of each warm up and do not count: until then code is
 * compiled.
 */
final class Interleaved {

  private static final int WARM_UPS = 4;

  private final int rounds;
  private final List<? extends Candidate> candidates;

  /**
   * @param rounds that count
   */
  Interleaved(int rounds, List<? extends Candidate> candidates) {
    this.rounds = rounds;
    this.candidates = candidates;
  }

  List<Measured> run() throws Exception {
    List<Measured> measured = new ArrayList<>();
    for (int round = 1 - WARM_UPS; round <= rounds; round++) {
      for (Candidate candidate : candidates) {
        measured.add(run(candidate, round));
      }
    }
    return measured;
  }

  private Measured run(Candidate candidate, int number) throws Exception {
    Bed bed = candidate.bed();
    bed.ground().clear();
    try (Candidate.Round round = candidate.prepare()) {
      boolean last = number == rounds;
      Statements statements = new Statements(bed.ground().sql());
      bed.ground().checkpoint();
      if (last && bed.plan().statements()) {
        statements.begin();
      }
      Meter.Reading before = bed.meter().read();
      long begun = System.nanoTime();
      round.go();
      double seconds = (System.nanoTime() - begun) / 1e9;
      Meter.Reading after = bed.meter().read();
      Measured measured =
          new Measured(
              candidate.name(),
              number,
              round.hops(),
              seconds,
              bed.meter().between(before, after, round.hops()));
      System.err.printf(
          Locale.ROOT,
          "  %s %s: %,d hops in %.2f s, %,.0f hops/s%n",
          number <= 0 ? "warm-up" : "round " + number,
          candidate.name(),
          measured.hops(),
          seconds,
          measured.getHopsPerSecond());
      if (last && bed.plan().statements()) {
        statements.print(candidate.name(), round.hops(), new PrintWriter(System.out));
      }
      round.verify(last);
      return measured;
    } catch (Exception e) {
      throw new IllegalStateException(candidate.name() + ", round " + number + ": " + e, e);
    }
  }
}
