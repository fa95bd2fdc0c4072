package org.trackcoordinator.coordinator;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.testing.LostAnswers;

/** Commits that went well and whose answer was lost with the connection. */
@Tag("track-coordination")
class LostAnswersIT {

  private static final String LONG_LEASE = "10m";

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  @Test
  void whatWasDoneUnknowinglyIsNeitherDoneTwiceNorForgotten() throws Exception {
    RunsUnderFault runs = new RunsUnderFault(database.database());
    runs.start(Counts.of(20, 1000));
    Coordinator coordinator =
        new Coordinator(
            LostAnswers.of(database.pool(), 4),
            database.plain(),
            RoutesFolder.at(Path.of("routes")));
    try (coordinator) {
      coordinator.with(WorkingCoordinator.worker(LONG_LEASE, 5)).start();
      runs.awaitEnd();
    }
    runs.assertSound();
    runs.assertNoAttemptWasLost();
  }
}
