package org.trackcoordinator.bench;

import java.util.List;

/**
 * Foreign programs that write into the log, one row per commit, as fast as they can. A hop is a
 * commit here.
 */
final class OfGuests implements Candidate {

  private final Bed bed;
  private final int writers;
  private final boolean events;
  private final boolean attached;
  private final int commits;

  /**
   * @param events each for a run of its own that goes on waiting; else rows that are none
   * @param attached whether a coordinator runs
   */
  OfGuests(Bed bed, int writers, boolean events, boolean attached, int commits) {
    this.bed = bed;
    this.writers = writers;
    this.events = events;
    this.attached = attached;
    this.commits = commits;
  }

  /** Its row. */
  static String name(int writers, boolean events, boolean attached) {
    return "%d writers, %s, %s"
        .formatted(writers, events ? "events" : "other rows", attached ? "coordinated" : "alone");
  }

  @Override
  public String name() {
    return name(writers, events, attached);
  }

  @Override
  public Bed bed() {
    return bed;
  }

  @Override
  public Round prepare() throws Exception {
    List<String> runs = events ? waiting() : List.of();
    Ours ours = attached ? Ours.start(bed.database().url(), null) : null;
    if (attached) {
      Ours.awaitAsleep(bed.ground().sql());
    }
    ForeignWriters guests = new ForeignWriters(bed.database(), writers);
    return new Round() {
      @Override
      public long hops() {
        return commits;
      }

      @Override
      public void go() throws Exception {
        if (events) {
          guests.complete(runs, "upload", new ForeignWriters.Watch() {});
        } else {
          guests.writeOther(commits);
        }
      }

      @Override
      public void verify(boolean last) throws Exception {
        long rows =
            bed.ground()
                .sql()
                .number("select count(*) from public.processing_logs where user_id = 'guest'");
        if (rows != commits) {
          throw new IllegalStateException(rows + " rows of " + commits);
        }
        if (attached) {
          Ours.awaitAsleep(bed.ground().sql());
          bed.ground().requireSound();
        }
      }

      @Override
      public void close() throws Exception {
        guests.close();
        if (attached) {
          ours.close();
        }
      }
    };
  }

  private List<String> waiting() throws Exception {
    WaitingRuns.start(bed, Workflows.joined(), commits);
    return bed.ground().sql().list("select correlation_id from track_coordination.runs");
  }
}
