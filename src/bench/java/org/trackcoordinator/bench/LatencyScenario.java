package org.trackcoordinator.bench;

import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** {@code latency}: how long a single hop takes, at rates that do not follow the system. */
final class LatencyScenario implements Scenario {

  private static final double UNLOADED = 20;
  private static final int WARM_UP = 2;
  private static final int SECONDS_UNLOADED = 30;
  private static final int SECONDS_LOADED = 10;
  private static final int POLL_MILLIS = 1_000; // unless it is set
  private static final int RUNS_FOR_MAXIMUM = 5_000;
  private static final int ROWS_FOR_MAXIMUM = 10_000;

  @Override
  public String name() {
    return "latency";
  }

  @Override
  public String question() {
    return "A hop, from the end of a track (own worker) or the commit of its row (foreign writer) to the first step of the next one.";
  }

  @Override
  public Outcome measure(Bed bed) throws Exception {
    Outcome outcome = new Outcome();
    bed.ground().clear();
    try (LatencyLoad load = new LatencyLoad(bed)) {
      Plan plan = bed.plan();
      for (int warmUp = 0; warmUp < WARM_UP; warmUp++) {
        load.mostOwn(plan.of(RUNS_FOR_MAXIMUM));
        load.mostForeign(plan.of(ROWS_FOR_MAXIMUM));
      }
      int unloaded = plan.of(SECONDS_UNLOADED);
      report(outcome, "unloaded, own worker", load.own(UNLOADED, unloaded), 3.0, 15.0);
      report(outcome, "unloaded, foreign writer", load.foreign(UNLOADED, unloaded), 3.0, 15.0);
      int loaded = plan.of(SECONDS_LOADED) + 2;
      double own = load.mostOwn(plan.of(RUNS_FOR_MAXIMUM)) / 2;
      report(outcome, loaded("own worker", own), load.own(own, loaded), 8.0, 25.0);
      double foreign = load.mostForeign(plan.of(ROWS_FOR_MAXIMUM)) / 2;
      report(outcome, loaded("foreign writer", foreign), load.foreign(foreign, loaded), 8.0, 25.0);
      bed.ground().requireSound();
    }
    measurePolling(bed, outcome);
    return outcome.note(
        "Of what begins late, the lateness counts; the first fifth of each phase does not.");
  }

  private static void measurePolling(Bed bed, Outcome outcome) throws Exception {
    bed.ground().clear();
    try (SwallowedNotify silence = new SwallowedNotify(bed.ground().sql());
        LatencyLoad load = new LatencyLoad(bed)) {
      load.mostForeign(bed.plan().of(ROWS_FOR_MAXIMUM));
      report(
          outcome,
          "unloaded, foreign writer, NOTIFY swallowed, polling each second",
          load.foreign(UNLOADED, bed.plan().of(SECONDS_UNLOADED)),
          null,
          POLL_MILLIS + 20.0);
      bed.ground().requireSound();
    }
  }

  private static String loaded(String who, double rate) {
    return String.format(Locale.ROOT, "half load (%,.0f hops/s), %s", rate, who);
  }

  private static void report(
      Outcome outcome, String what, Histogram micros, Double median, double p99) {
    List.of(
            new Outcome.Figure(what + ", p50", millis(micros, 50), "ms", median),
            new Outcome.Figure(what + ", p95", millis(micros, 95), "ms", null),
            new Outcome.Figure(what + ", p99", millis(micros, 99), "ms", p99),
            new Outcome.Figure(what + ", max", micros.getMaxValue() / 1e3, "ms", null),
            new Outcome.Figure(what + ", hops", micros.getTotalCount(), "", null))
        .forEach(outcome::add);
    System.err.printf(
        Locale.ROOT, "  %s: p50 %.2f ms, n %d%n", what, millis(micros, 50), micros.getTotalCount());
  }

  private static double millis(Histogram micros, double percentile) {
    return micros.getValueAtPercentile(percentile) / 1e3;
  }
}
