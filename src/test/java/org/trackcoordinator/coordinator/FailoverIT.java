package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.camel.health.HealthCheck;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DurableServer;
import org.trackcoordinator.database.Migrations;

/** A real standby that becomes the primary, below a coordinator that lives on. */
@Tag("track-coordination")
class FailoverIT {

  @TempDir Path directory;

  @Test
  void theStandbyIsUsedAsSoonAsItIsThePrimary() throws Exception {
    DurableServer primary = new DurableServer(directory.resolve("first"));
    DurableServer standby = primary.withStandby(directory.resolve("second"));
    try (primary;
        standby;
        Database database = DurableServer.open(standby, primary);
        Database promoted = standby.open()) {
      Migrations.migrate(database.plain());
      RunsUnderFault runs = new RunsUnderFault(database);
      try (Coordinator coordinator = WorkingCoordinator.on(database, "10m", 20)) {
        runs.start(40);
        runs.awaitInProgress(20);
        primary.crash();
        await()
            .atMost(Duration.ofSeconds(15))
            .until(() -> OutageIT.health(coordinator), HealthCheck.State.DOWN::equals);
        standby.promote();
        RunsUnderFault after = RunsUnderFault.seenFrom(promoted, runs);
        double seconds = OutageIT.secondsToNextTrigger(after, "timestamptz '" + after.now() + "'");
        OutageIT.print("a failover", List.of(seconds));
        assertThat(seconds).isLessThan(5);
        await()
            .atMost(Duration.ofSeconds(15))
            .until(() -> OutageIT.health(coordinator), HealthCheck.State.UP::equals);
        after.awaitEnd();
        after.assertSound();
        after.assertNoAttemptWasLost();
      }
    }
  }
}
