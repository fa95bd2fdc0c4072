package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;

/**
 * Connections that somebody ends, all at once, again and again. Nobody polls within the time that a
 * test has: what goes on was woken.
 */
@Tag("track-coordination")
class LostConnectionsIT {

  private static final Duration POLL = Duration.ofMinutes(10);
  private static final String LONG_LEASE = "10m";

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  @Test
  void allWorkIsFinishedWhileConnectionsAreEndedFiveTimesASecond() throws Exception {
    RunsUnderFault runs = new RunsUnderFault(database.database());
    int rounds = Counts.of(20, 500);
    try (Coordinator coordinator = coordinator()) {
      int[] done = {0};
      await()
          .atMost(Duration.ofMinutes(10))
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                runs.start(5);
                endAllConnections();
                return ++done[0] == rounds;
              });
      runs.awaitEnd();
    }
    runs.assertSound();
    runs.assertNoAttemptWasLost();
  }

  @Test
  void theListenerComesBackAndHearsForeignEvents() throws Exception {
    database.load(
        """
        workflow: letters
        tracks:
          write: {}
          send: {dependsOn: [write], handler: work}
        """);
    try (Coordinator coordinator = coordinator()) {
      awaitListenerAsleep();
      assertThat(endAllConnections()).isPositive();
      awaitListenerAsleep();
      UUID run = UUID.randomUUID();
      database.insertEvent(run, "write", "completed", "{}");
      await().atMost(Duration.ofSeconds(20)).until(() -> "completed".equals(database.state(run)));
    }
    assertThat(database.audit()).isEmpty();
  }

  /** Returns when the drainer of events sleeps and the connection that wakes it listens. */
  private void awaitListenerAsleep() {
    await("the listener holds the drainer's lock")
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                database.count(
                        """
                        select count(*) from pg_locks l join pg_database d on d.oid = l.database
                         where d.datname = current_database() and l.locktype = 'advisory'
                           and l.classid = 8210 and l.objid = 1 and l.granted and l.mode = 'ExclusiveLock'
                        """)
                    == 1);
  }

  private long endAllConnections() {
    return database.count(
        """
        select count(pg_terminate_backend(pid)) from pg_stat_activity
         where datname = current_database() and application_name = 'track-coordinator' and pid <> pg_backend_pid()
        """);
  }

  private Coordinator coordinator() throws Exception {
    return database
        .coordinator()
        .with(WorkingCoordinator.worker(LONG_LEASE, 5))
        .pollEvery(POLL)
        .start();
  }
}
