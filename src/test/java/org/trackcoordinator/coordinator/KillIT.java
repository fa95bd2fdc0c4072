package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;

/** A coordinator process that is killed in mid-run. */
@Tag("track-coordination")
class KillIT {

  private static final int RUNS = 40;
  private static final Duration SHUTDOWN = Duration.ofSeconds(30);

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();
  @TempDir Path directory;

  @Test
  void whatAKilledProcessHadBegunIsTakenOverAndEachTrackTriggeredOnce() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    System.out.println("KillIT: seed " + seed);
    RunsUnderFault runs = new RunsUnderFault(database.database());
    for (int kill = 0; kill < Counts.of(2, 50); kill++) {
      runs.start(RUNS);
      long completed =
          runs.events("completed") + 1 + random.nextInt(RUNS * RunsUnderFault.TRACKS / 2);
      try (ChildProcess coordinator = coordinator()) {
        runs.awaitInProgress(completed);
        coordinator.kill();
        assertThat(
                runs.count("select count(*) from track_coordination.runs where state = 'running'"))
            .as("runs in progress, seed %d", seed)
            .isPositive();
      }
    }
    assertThat(runs.inHand()).as("attempts that the last one had begun").isPositive();
    try (ChildProcess coordinator = coordinator()) {
      runs.awaitEnd();
      runs.assertSound();
      runs.assertLostAttemptsWereTakenOver();
      assertThat(runs.events("timed_out")).as("lost attempts, seed %d", seed).isPositive();
    }
  }

  private ChildProcess coordinator() throws Exception {
    return ChildProcess.coordinator(directory, database.database().url(), "2s", 5, SHUTDOWN);
  }
}
