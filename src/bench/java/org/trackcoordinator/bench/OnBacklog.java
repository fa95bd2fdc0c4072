package org.trackcoordinator.bench;

import java.util.List;
import org.trackcoordinator.database.Database;

/** A backlog of foreign events is settled and what waits for them triggered; nobody works. */
final class OnBacklog implements Candidate {

  /** Starts who settles; to be closed. */
  interface Settler {
    AutoCloseable start(Bed bed) throws Exception;
  }

  private final Bed bed;
  private final String name;
  private final int runs;
  private final Settler settler;

  private OnBacklog(Bed bed, String name, int runs, Settler settler) {
    this.bed = bed;
    this.name = name;
    this.runs = runs;
    this.settler = settler;
  }

  /** The coordinator. */
  static OnBacklog ours(Bed bed, int runs) {
    return new OnBacklog(bed, "ours", runs, OnBacklog::startOurs);
  }

  /** The same SQL files without Camel. */
  static OnBacklog plainSql(Bed bed, int runs) {
    return new OnBacklog(bed, "plain-sql", runs, OnBacklog::startPlainSql);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Bed bed() {
    return bed;
  }

  @Override
  public Round prepare() throws Exception {
    WaitingRuns.start(bed, Workflows.handedOn(), runs);
    AutoCloseable settling = settler.start(bed);
    Backlog backlog = Backlog.insert(bed, "upload");
    return new Round() {
      @Override
      public long hops() {
        return runs;
      }

      @Override
      public void go() throws Exception {
        backlog.commit();
        backlog.awaitSettled(runs);
      }

      @Override
      public void verify(boolean last) throws Exception {
        String triggered =
            bed.ground()
                .sql()
                .text(
                    "select count(*) || ' triggers of ' || count(distinct correlation_id) from public.processing_logs where track_id = 'filing' and event_type = 'triggered'");
        if (!triggered.equals(runs + " triggers of " + runs)) {
          throw new IllegalStateException(triggered + ", not of " + runs);
        }
        if (last) {
          bed.ground().requireSound();
        }
      }

      @Override
      public void close() throws Exception {
        backlog.close();
        settling.close();
      }
    };
  }

  private static AutoCloseable startOurs(Bed bed) throws Exception {
    Ours ours = Ours.start(bed.database().url(), null);
    Ours.awaitAsleep(bed.ground().sql());
    return ours;
  }

  private static AutoCloseable startPlainSql(Bed bed) throws Exception {
    Database database = bed.database().open();
    PlainSql loops = new PlainSql(database.pool()).pollEvery(2).start(List.of());
    return () -> {
      loops.close();
      database.close();
    };
  }
}
