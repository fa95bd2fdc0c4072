package org.trackcoordinator.bench;

import java.util.List;
import org.trackcoordinator.coordinator.OldRuns;
import org.trackcoordinator.database.Database;

/** {@code growth}: what an old log costs, and runs that live and wait. */
final class GrowthScenario implements Scenario {

  private static final int OLD_ROWS = 10_000_000;
  private static final int ROWS_OF_A_RUN = 8;
  private static final int RUNS_AT_ONCE = 25_000;
  private static final int LIVE_RUNS = 100_000;

  @Override
  public String name() {
    return "growth";
  }

  @Override
  public String question() {
    return "The chain of four with 10,000,000 old rows in the log, beside 100,000 live runs whose first track waits for its worker, and in an empty database; three databases of one server.";
  }

  @Override
  public Outcome measure(Bed bed) throws Exception {
    try (Beside old = Beside.of(bed, "grown");
        Beside waiting = Beside.of(bed, "live")) {
      Bed grown = old.bed();
      Bed live = waiting.bed();
      long rows = fill(grown);
      WaitingRuns.start(live, Workflows.handedOn(), bed.plan().of(LIVE_RUNS));
      int runs = bed.plan().of(6_000);
      List<Candidate> candidates =
          List.of(
              new OursOnGraph(bed, "empty", Workflows.chain(), runs, ""),
              new OursOnGraph(grown, "old rows", Workflows.chain(), runs, ""),
              new OursOnGraph(live, "live runs", Workflows.chain(), runs, ""));
      return new Outcome()
          .add(new Interleaved(bed.plan().rounds(), candidates).run())
          .compare(new Target("old rows", "empty", 0.95))
          .compare(new Target("live runs", "empty", 0.95))
          .note(
              "%,d old rows in the log; %,d live runs."
                  .formatted(
                      rows,
                      live.ground()
                          .sql()
                          .number(
                              "select count(*) from track_coordination.runs where state = 'running'")));
    }
  }

  /** A second database, which keeps what is in it from round to round. */
  private record Beside(Bed bed) implements AutoCloseable {

    static Beside of(Bed other, String suffix) throws Exception {
      BenchDatabase database = other.database().another(suffix);
      return new Beside(
          new Bed(database, Ground.keeping(database), new Meter(database), other.plan()));
    }

    @Override
    public void close() throws Exception {
      bed.meter().close();
      bed.ground().close();
      bed.database().close();
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
