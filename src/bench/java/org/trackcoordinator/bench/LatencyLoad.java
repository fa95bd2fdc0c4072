package org.trackcoordinator.bench;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * A coordinator with tracks that tell their times, and the load on it: runs of a chain of four for
 * hops of own workers, and rows of foreign writers for the others.
 */
final class LatencyLoad implements AutoCloseable {

  private static final double TICKS_PER_SECOND = 200;
  private static final int WRITERS = 8;
  private static final String FOREIGN = "upload";
  private static final String AFTER_FOREIGN = "filing";

  private final Ground ground;
  private final Sql sql;
  private final HopTimes times = new HopTimes();
  private final ForeignWriters writers;
  private final Ours ours;
  private final int chain;
  private final int handedOn;

  LatencyLoad(Bed bed) throws Exception {
    ground = bed.ground();
    sql = ground.sql();
    chain = ground.store(Workflows.chain());
    handedOn = ground.store(Workflows.handedOn());
    writers = new ForeignWriters(bed.database(), WRITERS);
    ours =
        Ours.start(
            bed.database().url(),
            new TimedTracks(List.of(Workflows.CHAIN, List.of(AFTER_FOREIGN)), times));
    Ours.awaitAsleep(sql);
  }

  /** Hops/s of own workers when all runs come at once. */
  double mostOwn(int runs) throws Exception {
    long begun = System.nanoTime();
    startRuns(chain, runs);
    ground.awaitRunsEnd();
    return perSecond(runs * Workflows.CHAIN.size(), begun);
  }

  /** Hops/s of foreign writers that never pause, until the last hop arrived. */
  double mostForeign(int rows) throws Exception {
    List<String> runs = startWaiting(rows);
    long begun = System.nanoTime();
    writers.complete(runs, FOREIGN, new ForeignWriters.Watch() {});
    awaitArrived(rows);
    double most = perSecond(rows, begun);
    ground.awaitRunsEnd();
    return most;
  }

  /** Hops between tracks of own workers at a rate of hops/s, for so many seconds. */
  Histogram own(double rate, int seconds) throws Exception {
    times.forget();
    double runsPerSecond = rate / Workflows.CHAIN.size();
    double ticks = Math.min(runsPerSecond, TICKS_PER_SECOND);
    Pace pace = new Pace(ticks);
    long started = 0;
    for (int tick = 0; tick < ticks * seconds; tick++) {
      pace.await(tick);
      long wanted = Math.round((tick + 1) * runsPerSecond / ticks);
      startRuns(chain, (int) (wanted - started));
      started = wanted;
    }
    ground.awaitRunsEnd();
    return times.micros(afterStart(pace, ticks * seconds));
  }

  /** Hops from the commit of foreign writers at a rate of hops/s, for so many seconds. */
  Histogram foreign(double rate, int seconds) throws Exception {
    int rows = (int) (rate * seconds);
    List<String> runs = startWaiting(rows);
    Pace pace = new Pace(rate);
    writers.complete(
        runs,
        FOREIGN,
        new ForeignWriters.Watch() {
          @Override
          public long begin(int index) {
            return -pace.await(index) + System.nanoTime();
          }

          @Override
          public void end(int index, long lateness) {
            times.left(
                TimedTracks.hop(runs.get(index), AFTER_FOREIGN), System.nanoTime() - lateness);
          }
        });
    awaitArrived(rows);
    ground.awaitRunsEnd();
    return times.micros(afterStart(pace, rows));
  }

  private static long afterStart(Pace pace, double pieces) {
    return pace.due((long) (pieces / 5));
  }

  private List<String> startWaiting(int rows) throws Exception {
    List<String> runs = startRuns(handedOn, rows);
    sql.await(
        "all roots are triggered",
        "select not exists (select from track_coordination.event_queue)");
    times.forget();
    return runs;
  }

  private List<String> startRuns(int definition, int runs) throws Exception {
    return sql.list("select track_coordination.start_runs(?, ?)", definition, runs);
  }

  private void awaitArrived(int hops) {
    await(hops + " hops arrived")
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(2))
        .until(times::countArrived, arrived -> arrived >= hops);
  }

  private static double perSecond(int hops, long begun) {
    return hops / ((System.nanoTime() - begun) / 1e9);
  }

  @Override
  public void close() throws Exception {
    ours.close();
    writers.close();
  }
}
