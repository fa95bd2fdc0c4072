package org.trackcoordinator.coordinator;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DurableServer;
import org.trackcoordinator.database.Migrations;

/** The database stays away for longer than leases last and attempts may take. */
@Tag("track-coordination")
class LongOutageIT {

  private static final String LEASE = "3s";
  private static final String TIMEOUT = "3s";
  private static final Duration OUTAGE = Duration.ofSeconds(4);

  @TempDir Path directory;

  @Test
  void whatWorkersDidMeanwhileIsRecordedAndNotDoneAgain() throws Exception {
    try (DurableServer server = new DurableServer(directory.resolve("postgres"));
        Database database = server.open()) {
      Migrations.migrate(database.plain());
      RunsUnderFault runs = RunsUnderFault.withTimeout(database, TIMEOUT);
      Coordinator coordinator =
          new Coordinator(database.pool(), database.plain(), RoutesFolder.at(Path.of("routes")))
              .watching(database.contact())
              .maintainEvery(Duration.ofMillis(50))
              .with(WorkingCoordinator.worker(LEASE, 300));
      try (coordinator) {
        coordinator.start();
        runs.start(10);
        runs.awaitInProgress(10);
        server.crash();
        OutageIT.awaitAwayFor(database, OUTAGE);
        server.restart();
        runs.awaitEnd();
      }
      runs.assertSound();
      runs.assertNoAttemptWasLost();
    }
  }
}
