package org.trackcoordinator.bench;

import java.sql.SQLException;

/**
 * Completed rows that a foreign program inserts for all runs in one transaction, which the clock
 * waits for. It sets nothing for its session, so the trigger on the log queues what it writes.
 */
final class Backlog implements AutoCloseable {

  private final Sql writer;
  private final Ground ground;

  private final long lastBefore;

  private Backlog(Sql writer, Ground ground) throws SQLException {
    this.writer = writer;
    this.ground = ground;
    this.lastBefore = writer.number("select last_value from track_coordination.event_ids");
  }

  /** Inserts them; nobody sees them before {@link #commit}. */
  static Backlog insert(Bed bed, String track) throws SQLException {
    Sql writer = bed.database().sql();
    writer.begin();
    writer.number(
        """
        with inserted as (
          insert into public.processing_logs (correlation_id, track_id, event_type, payload)
          select correlation_id, ?, 'completed', ?::jsonb from track_coordination.runs returning 1)
        select count(*) from inserted
        """,
        track,
        Payload.JSON);
    return new Backlog(writer, bed.ground());
  }

  void commit() throws SQLException {
    writer.commit();
  }

  /**
   * Returns when no event is queued. Looks at the counter of events first: to look through what was
   * deleted from the queue again and again would cost as much as to settle it.
   *
   * @param events each of which triggers a track
   */
  void awaitSettled(int events) throws SQLException, InterruptedException {
    Sql sql = ground.sql();
    sql.await(
        "all tracks are triggered",
        "select last_value >= ? from track_coordination.event_ids",
        lastBefore + events);
    sql.await(
        "all events are settled", "select not exists (select from track_coordination.event_queue)");
  }

  @Override
  public void close() throws SQLException {
    writer.close();
  }
}
