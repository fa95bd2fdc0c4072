package org.trackcoordinator.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code hour}: whether an instance under half of its load grows. */
final class HourScenario implements Scenario {

  private static final int MINUTES = 60;
  private static final int PARTS = 12;
  private static final int SETTLED_AFTER = 3; // parts
  private static final int RUNS_FOR_MAXIMUM = 10_000;
  private static final int TICKS_PER_SECOND = 20;
  private static final double FLAT = 1.1;
  private static final String CLEAN_UP =
      "select coalesce(bool_or(more), false) from track_coordination.clean_up(completed => '1 minute', tombstones => '0')";

  @Override
  public String name() {
    return "hour";
  }

  @Override
  public String question() {
    return "An hour of the chain of four at half of the maximum, in a process of its own with a heap of at most 512 MiB; runs are cleaned up after a minute. Its resident memory, every five minutes.";
  }

  @Override
  public Outcome measure(Bed bed) throws Exception {
    bed.ground().clear();
    int definition = bed.ground().store(Workflows.chain());
    Outcome outcome = new Outcome();
    try (InstanceProcess instance = new InstanceProcess(bed.database().url());
        Sql cleaner = bed.database().sql()) {
      instance.start();
      instance.awaitDone();
      double half = maximum(bed, definition) / 2;
      report(outcome, "half of the maximum", half * Workflows.CHAIN.size(), "hops/s", null);
      Pace pace = new Pace(TICKS_PER_SECOND);
      List<Double> resident = new ArrayList<>();
      long ticks = TimeUnit.MINUTES.toSeconds(MINUTES) * TICKS_PER_SECOND;
      long ticksOfPart = Math.max(TICKS_PER_SECOND, Math.round(ticks * bed.plan().share() / PARTS));
      long started = 0;
      for (long tick = 0; tick < ticksOfPart * PARTS; tick++) {
        pace.await(tick);
        long wanted = Math.round((tick + 1) * half / TICKS_PER_SECOND);
        bed.ground().sql().startRuns(definition, (int) (wanted - started));
        started = wanted;
        cleaner.isTrue(CLEAN_UP);
        if ((tick + 1) % ticksOfPart == 0) {
          resident.add(instance.residentMebibytes());
          report(outcome, "part " + resident.size() + " of 12", last(resident), "MiB", null);
        }
      }
      double settled = resident.stream().limit(SETTLED_AFTER).max(Double::compare).orElseThrow();
      report(outcome, "the last / the most of three", last(resident) / settled, "", FLAT);
      bed.ground().awaitRunsEnd();
    }
    bed.ground().requireSound();
    return outcome;
  }

  private static double maximum(Bed bed, int definition) throws Exception {
    int runs = bed.plan().of(RUNS_FOR_MAXIMUM);
    double perSecond = 0;
    for (int round = 0; round < 3; round++) { // the first two warm up
      long begun = System.nanoTime();
      bed.ground().sql().startRuns(definition, runs);
      bed.ground().awaitRunsEnd();
      perSecond = runs / ((System.nanoTime() - begun) / 1e9);
    }
    return perSecond;
  }

  private static double last(List<Double> values) {
    return values.get(values.size() - 1);
  }

  private static void report(
      Outcome outcome, String name, double value, String unit, Double atMost) {
    outcome.add(new Outcome.Figure(name, value, unit, atMost));
    System.err.printf("  %s: %,.2f %s%n", name, value, unit);
  }
}
