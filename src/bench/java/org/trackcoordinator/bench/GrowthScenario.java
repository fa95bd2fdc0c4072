package org.trackcoordinator.bench;

import java.util.List;
import org.trackcoordinator.coordinator.OldRuns;
import org.trackcoordinator.database.Database;

/** {@code growth}: what an old log costs. */
final class GrowthScenario implements Scenario {

  private static final int OLD_ROWS = 10_000_000;
  private static final int ROWS_OF_A_RUN = 8;
  private static final int RUNS_AT_ONCE = 25_000;

  @Override
  public String name() {
    return "growth";
  }

  @Override
  public String question() {
    return "The chain of four with 10,000,000 old rows in the log, in a second database of the server, and in an empty one.";
  }

  @Override
  public Outcome measure(Bed bed) throws Exception {
    try (BenchDatabase database = bed.database().another("grown");
        Ground ground = Ground.keeping(database);
        Meter meter = new Meter(database)) {
      Bed grown = new Bed(database, ground, meter, bed.plan());
      long rows = fill(grown);
      int runs = bed.plan().of(6_000);
      List<Candidate> candidates =
          List.of(
              new OursOnGraph(bed, "empty", Workflows.chain(), runs, ""),
              new OursOnGraph(grown, "grown", Workflows.chain(), runs, ""));
      return new Outcome()
          .add(new Interleaved(bed.plan().rounds(), candidates).run())
          .compare(new Target("grown", "empty", 0.95))
          .note("%,d old rows in the log.".formatted(rows));
    }
  }

  private static long fill(Bed grown) throws Exception {
    int definition = grown.ground().store(Workflows.chain());
    int runs = grown.plan().of(OLD_ROWS / ROWS_OF_A_RUN);
    try (Database opened = grown.database().open()) {
      for (int left = runs; left > 0; left -= RUNS_AT_ONCE) {
        OldRuns.write(opened.pool(), definition, Math.min(left, RUNS_AT_ONCE));
        System.err.printf("  %,d old runs to go%n", Math.max(0, left - RUNS_AT_ONCE));
      }
    }
    return grown.ground().sql().number("select count(*) from public.processing_logs");
  }
}
