package org.trackcoordinator.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.apache.camel.builder.RouteBuilder;

/** {@code churn}: minutes without a pause, in which queues fill and empty all the time. */
final class ChurnScenario implements Scenario {

  private static final int SLICES = 10;
  private static final int SECONDS_OF_A_SLICE = 60;
  private static final int RUNS_AT_ONCE = 500;
  private static final int RUNS_OPEN = 2_000;
  private static final double FLAT = 1.1;

  @Override
  public String name() {
    return "churn";
  }

  @Override
  public String question() {
    return "Ten minutes of the chain of four, always about 2,000 runs open: hops/s from the first minute to the last, and what the queue of work takes with its indexes.";
  }

  @Override
  public Outcome measure(Bed bed) throws Exception {
    bed.ground().clear();
    int definition = bed.ground().store(Workflows.chain());
    LongAdder hops = new LongAdder();
    Outcome outcome = new Outcome();
    double early = 0; // the most in the first half
    double late = 0; // and in the second
    try (Ours ours = Ours.start(bed.database().url(), counting(hops))) {
      Ours.awaitAsleep(bed.ground().sql());
      long started = 0;
      for (int slice = 1; slice <= SLICES; slice++) {
        long begun = System.nanoTime();
        long before = hops.sum();
        long length = TimeUnit.SECONDS.toNanos(bed.plan().of(SECONDS_OF_A_SLICE));
        while (System.nanoTime() - begun < length) {
          if (started - hops.sum() / Workflows.CHAIN.size() < RUNS_OPEN) {
            bed.ground().sql().startRuns(definition, RUNS_AT_ONCE);
            started += RUNS_AT_ONCE;
          } else {
            Thread.sleep(1);
          }
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        report(outcome, "part " + slice + " of 10", (hops.sum() - before) / seconds, "hops/s");
        double size = report(outcome, "work_queue after part " + slice, mebibytes(bed), "MiB");
        early = slice <= SLICES / 2 ? Math.max(early, size) : early;
        late = slice > SLICES / 2 ? Math.max(late, size) : late;
      }
      bed.ground().awaitRunsEnd();
      bed.ground().requireCompleted(started * Workflows.CHAIN.size());
    }
    outcome.add(
        new Outcome.Figure(
            "work_queue, its most in the second half / in the first", late / early, "", FLAT));
    return outcome;
  }

  private static double mebibytes(Bed bed) throws Exception {
    return bed.ground()
            .sql()
            .number("select pg_total_relation_size('track_coordination.work_queue')")
        / 1024.0
        / 1024.0;
  }

  private static double report(Outcome outcome, String name, double value, String unit) {
    outcome.add(new Outcome.Figure(name, value, unit, null));
    System.err.printf("  %s: %,.0f %s%n", name, value, unit);
    return value;
  }

  private static RouteBuilder counting(LongAdder hops) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        for (String track : Workflows.CHAIN) {
          from("kamelet:track-source/source-of-%s?handler=%s".formatted(track, track))
              .routeId(track)
              .process(work -> hops.increment())
              .setBody(constant(Payload.JSON));
        }
      }
    };
  }
}
