package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.Random;
import java.util.UUID;
import org.awaitility.core.ConditionEvaluationListener;
import org.awaitility.core.EvaluatedCondition;
import org.awaitility.core.TimeoutEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DurableServer;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.workflow.WorkflowFiles;

/** A database that stops without a checkpoint in mid-run, below a coordinator that lives on. */
@Tag("track-coordination")
class DatabaseCrashIT {

  private static final int RUNS = 40;

  private static final String PARCELS =
      """
      workflow: parcels
      tracks:
        collect: {}
        deliver: {dependsOn: [collect], handler: work}
      """;

  @TempDir Path directory;
  private DurableServer server;
  private Database database;
  private RunsUnderFault runs;

  @BeforeEach
  void start() {
    server = new DurableServer(directory.resolve("postgres"));
    database = server.open();
    Migrations.migrate(database.plain());
    runs = new RunsUnderFault(database);
    assertThat(runs.sql().queryForObject("show fsync", String.class)).isEqualTo("on");
    assertThat(runs.sql().queryForObject("show synchronous_commit", String.class)).isEqualTo("on");
  }

  @AfterEach
  void stop() {
    database.close();
    server.close();
  }

  @Test
  void theCoordinatorOutlivesCrashesAndFinishesWithoutAnybodysHand() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    System.out.println("DatabaseCrashIT: seed " + seed);
    try (ChildProcess coordinator = coordinator()) {
      for (int crash = 0; crash < Counts.of(2, 20); crash++) {
        runs.start(RUNS);
        runs.awaitInProgress(
            runs.events("completed") + 1 + random.nextInt(RUNS * RunsUnderFault.TRACKS / 2));
        server.crash();
        server.restart();
        assertThat(
                runs.count("select count(*) from track_coordination.runs where state = 'running'"))
            .as("runs in progress, seed %d", seed)
            .isPositive();
        printRecovery(coordinator);
      }
      runs.awaitEnd();
      assertThat(coordinator.isAlive()).isTrue();
      assertSaysInOneLineEach(coordinator);
    }
    runs.assertSound();
    runs.assertLostAttemptsWereTakenOver();
  }

  @Test
  void eachRowThatAForeignWriterWasToldIsThereHasItsEffect() throws Exception {
    new DefinitionStore(database.pool(), "test")
        .makeCurrent(WorkflowFiles.parse("parcels.yaml", PARCELS));
    try (ChildProcess coordinator = coordinator()) {
      ForeignWriters writers = new ForeignWriters(database.plain(), "collect", 2);
      try (writers) {
        for (int crash = 0; crash < Counts.of(1, 10); crash++) {
          int before = writers.acknowledged().size();
          await().until(() -> writers.acknowledged().size() > before + 20);
          server.crash();
          server.restart();
        }
        int before = writers.acknowledged().size();
        await().atMost(Duration.ofSeconds(30)).until(() -> writers.acknowledged().size() > before);
      }
      runs.awaitEnd();
      assertSaysInOneLineEach(coordinator);
      UUID[] acknowledged = writers.acknowledged().toArray(UUID[]::new);
      assertThat(
              runs.count(
                  "select count(*) from track_coordination.runs where state = 'completed' and correlation_id = any(?)",
                  (Object) acknowledged))
          .as("runs that ended of those that were begun")
          .isEqualTo(acknowledged.length);
    }
    runs.assertSound();
  }

  @Test
  void duringAnOutageTheCoordinatorSaysLittleAndStopsInTime() throws Exception {
    runs.start(RUNS);
    Duration timeout = Duration.ofSeconds(6);
    try (ChildProcess coordinator =
        ChildProcess.coordinator(directory, server.url(), "2s", 200, timeout)) {
      runs.awaitInProgress(1);
      int before = coordinator.lines().size();
      server.crash();
      Duration outage = Duration.ofSeconds(3);
      await()
          .during(outage)
          .atMost(outage.multipliedBy(2))
          .until(() -> coordinator.lines().size() - before <= outage.toSeconds());
      // the process takes a moment more to end than its coordinator; Camel alone would take 45 s
      assertThat(coordinator.terminate()).isLessThan(timeout.multipliedBy(2));
      assertSaysInOneLineEach(coordinator);
    }
    server.restart();
    try (ChildProcess next = coordinator()) {
      runs.awaitEnd();
    }
    runs.assertSound();
  }

  /** No stack traces, and no errors: it was the database, and it is taken care of. */
  private static void assertSaysInOneLineEach(ChildProcess coordinator) {
    assertThat(coordinator.lines())
        .allMatch(
            line ->
                line.matches("ready, ended by \\[.*|\\d{4}-\\d\\d-\\d\\dT\\S+ (INFO |WARN ) .*"));
  }

  /** How long after its return the database saw a new trigger. */
  private void printRecovery(ChildProcess coordinator) {
    Timestamp back = runs.sql().queryForObject("select clock_timestamp()", Timestamp.class);
    runs.start(1); // what was in progress may all be triggered already
    await("a new trigger")
        .atMost(Duration.ofSeconds(60))
        .conditionEvaluationListener(
            new ConditionEvaluationListener<>() {
              @Override
              public void conditionEvaluated(EvaluatedCondition<Object> condition) {
                // it is not there yet
              }

              @Override
              public void onTimeout(TimeoutEvent timeout) {
                System.out.println(coordinator.output() + coordinator.threads());
              }
            })
        .until(
            () ->
                runs.count(
                        "select count(*) from processing_logs where event_type = 'triggered' and created_at > pg_postmaster_start_time()")
                    > 0);
    System.out.printf(
        "DatabaseCrashIT: first trigger %s s after the database's return%n",
        runs.sql()
            .queryForObject(
                "select extract(epoch from min(created_at) - ?) from processing_logs where event_type = 'triggered' and created_at > pg_postmaster_start_time()",
                String.class,
                back));
  }

  private ChildProcess coordinator() throws Exception {
    return ChildProcess.coordinator(directory, server.url(), "2s", 5, Duration.ofSeconds(30));
  }
}
