package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DurableServer;

/** {@code java -jar track-coordinator.jar run} on its embedded database, stopped and killed. */
@Tag("track-coordination")
class PackagedRunIT {

  private static final String JAR =
      Path.of(System.getProperty("tracks.test.jar", "target/track-coordinator.jar"))
          .toAbsolutePath()
          .toString();

  private static final String STARTED = "Coordinating [orders]";

  private static final String WORK =
      """
      - route:
          id: work
          description: Does the work of all tracks of this test.
          from:
            uri: kamelet:track-source/test-work
            parameters:
              handler: work
              concurrency: 4
              lease: 2s
            steps:
              - delay:
                  expression:
                    constant:
                      expression: "5"
              - setBody:
                  expression:
                    simple:
                      expression: '{"by": "${header.trackId}"}'
      """;

  @TempDir Path directory;

  @BeforeEach
  void layOutRoutes() throws IOException {
    for (String folder : new String[] {"", "coordinator", "maintenance", "kamelets", "sql"}) {
      copy(folder);
    }
    Files.createDirectories(directory.resolve("routes/tracks"));
    Files.writeString(directory.resolve("routes/tracks/work.camel.yaml"), WORK);
    Files.createDirectories(directory.resolve("routes/workflows"));
    Files.writeString(directory.resolve("routes/workflows/orders.yaml"), RunsUnderFault.ORDERS);
  }

  @AfterEach
  void stopWhatIsLeft() throws Exception {
    if (Files.exists(postmaster())) {
      new DurableServer(database()).crash();
    }
  }

  @Test
  void stopsInOrderAndAdoptsTheDatabaseThatAKilledOneLeft() throws Exception {
    try (ChildProcess first = program();
        DurableServer server = new DurableServer(database());
        Database database = server.open()) {
      RunsUnderFault runs = new RunsUnderFault(database);
      runs.start(300); // more than is done while a program starts on a busy machine
      runs.awaitInProgress(40);
      assertThat(first.terminate()).isLessThan(Duration.ofSeconds(30));
      assertStoppedInOrder(first);
      assertThat(postmaster()).as("its server is stopped").doesNotExist();

      ChildProcess second = program();
      runs.awaitInProgress(80);
      runs.assertNoAttemptWasLost();
      second.kill();
      assertThat(postmaster()).as("the server that the killed one left").exists();

      try (ChildProcess third = program()) {
        assertThat(third.output()).contains("Using the PostgreSQL that runs in");
        runs.awaitEnd();
        runs.assertSound();
        runs.assertLostAttemptsWereTakenOver();
        third.terminate();
        assertStoppedInOrder(third);
        assertThat(postmaster()).as("a server that it only used").exists();
      }
    }
  }

  private static void assertStoppedInOrder(ChildProcess program) {
    assertThat(program.exitCode()).isEqualTo(128 + 15);
    String afterItsStart =
        program
            .output()
            .substring(program.output().indexOf(STARTED))
            .replaceAll("(?m)^.* attempts ended by lease-lost, .*\\R", "");
    assertThat(afterItsStart)
        .doesNotContain(" WARN ")
        .doesNotContain(" ERROR ")
        .endsWith("Stopped%n".formatted());
  }

  private ChildProcess program() throws IOException {
    return ChildProcess.start(
            directory, directory, Map.of("TRACKS_MANAGEMENT_PORT", "0"), "-jar", JAR, "run")
        .awaitOutput(STARTED);
  }

  private Path database() {
    return directory.resolve("data/postgres");
  }

  private Path postmaster() {
    return database().resolve("postmaster.pid");
  }

  private void copy(String folder) throws IOException {
    Path target = Files.createDirectories(directory.resolve("routes").resolve(folder));
    try (Stream<Path> files = Files.list(Path.of("routes").resolve(folder))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
  }
}
