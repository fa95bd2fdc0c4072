package org.trackcoordinator.bench;

import java.sql.SQLException;

/** A round of runs that are started in one transaction, whose commit lets them be seen. */
final class Runs implements Candidate.Round {

  private final Bed bed;
  private final long hops;
  private final AutoCloseable workers;
  private final Runnable wake;
  private final Sql starter;

  private Runs(Bed bed, long hops, AutoCloseable workers, Runnable wake) throws SQLException {
    this.bed = bed;
    this.hops = hops;
    this.workers = workers;
    this.wake = wake;
    this.starter = bed.database().sql();
  }

  /**
   * Writes them; nobody sees them before {@link #go}.
   *
   * @param tracks of the definition
   * @param workers that are ready for them, closed with the round
   * @param wake tells workers that only this process can wake
   */
  static Runs enqueue(
      Bed bed, int definition, int tracks, int runs, AutoCloseable workers, Runnable wake)
      throws SQLException {
    Runs round = new Runs(bed, (long) runs * tracks, workers, wake);
    round.starter.begin();
    round.starter.startRuns(definition, runs);
    return round;
  }

  @Override
  public long hops() {
    return hops;
  }

  @Override
  public void go() throws Exception {
    starter.commit();
    wake.run();
    bed.ground().awaitRunsEnd();
  }

  @Override
  public void verify(boolean last) throws Exception {
    bed.ground().requireCompleted(hops);
    if (last) {
      bed.ground().requireSound();
    }
  }

  @Override
  public void close() throws Exception {
    starter.close();
    workers.close();
  }
}
