package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Clocks run out while an instance is away. */
@Tag("track-coordination")
class ClocksOfInstancesIT {

  @RegisterExtension static final CoordinatedDatabase database = CoordinatedDatabase.coordinated();

  @Test
  void aResultThatIsSetAsideForTheCoordinatorTimesOutByNoClock() throws IOException {
    database.load("workflow: w\ntracks:\n  a: {timeout: 1h, retry: {maxAttempts: 1}}\n");
    UUID run = database.startRun("w");
    database.awaitState(run, "a", "triggered");
    database
        .sql()
        .queryForList("select * from track_coordination.claim_work('a', 'tester', 1, '1 h')");
    database.leaveAlone();
    database.sql().queryForList("select track_coordination.complete_work(?, 'a', 1, '{}')", run);
    database.passTime(Duration.ofHours(2));
    for (String clock : List.of("find-lost-leases", "find-hanging-attempts")) {
      String statement = Files.readString(Path.of("routes/sql/" + clock + ".sql"));
      assertThat(database.sql().queryForList(statement).get(0))
          .as(clock)
          .containsEntry("activations", 0L);
    }
  }

  @Test
  void clocksGoOnWhenOneOfTwoInstancesStops() throws Exception {
    try (Coordinator second = database.coordinator().start()) {
      database.leaveAlone();
      database.load("workflow: w\ntracks:\n  a: {triggerTimeout: 2h}\n");
      UUID run = database.startRun("w");
      database.awaitState(run, "a", "triggered");
      database.passTime(Duration.ofHours(3));
      database.awaitState(run, "a", "timed_out");
    }
  }
}
