package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.config.Settings;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Databases;
import org.trackcoordinator.database.PgBouncer;
import org.trackcoordinator.database.SessionTraces;
import org.trackcoordinator.database.SharedPostgres;
import org.trackcoordinator.testing.ForeignWriter;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.Tool;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Instances, writers and workers that reach the database by a PgBouncer in transaction mode. */
@Tag("track-coordination")
@Needs(Tool.PGBOUNCER)
class WorksBehindPgBouncerIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String LEASE = "2s";

  private static final String IMPORTS =
      """
      workflow: imports
      tracks:
        scan: {}
        book: {dependsOn: [scan], handler: work}
      """;

  @TempDir Path folder;
  private final String direct = SharedPostgres.newMigratedDatabaseUrl();
  private PgBouncer pooler;
  private Database pooled;

  @BeforeEach
  void startPooler() throws Exception {
    pooler = PgBouncer.before(direct, folder);
    pooled = open(pooler.url(direct));
  }

  @AfterEach
  void stopPooler() throws Exception {
    pooled.close();
    pooler.close();
  }

  @Test
  void twoInstancesDoRunsWithRetriesOnceEach() throws Exception {
    RunsUnderFault runs = new RunsUnderFault(pooled);
    try (Database another = open(pooler.url(direct));
        Coordinator one = coordinator(pooled, 20);
        Coordinator other = coordinator(another, 20)) {
      runs.start(40);
      runs.awaitEnd();
      assertThat(List.of(mode(one), mode(other))).containsOnly("polling");
    }
    runs.assertSound();
    assertThat(runs.events("failed")).as("attempts that failed").isPositive();
    assertThat(runs.count("select count(*) from track_coordination.event_fates"))
        .as("events of our own that were taken for somebody else's")
        .isZero();
    try (Database nobody = open(direct)) {
      assertThat(SessionTraces.in(pooled)).isEqualTo(SessionTraces.in(nobody));
    }
  }

  @Test
  void eventsOfWritersBehindTheSamePoolerAreCoordinated() throws Exception {
    new DefinitionStore(pooled.pool(), "test")
        .makeCurrent(WorkflowFiles.parse("imports.yaml", IMPORTS));
    RunsUnderFault log = new RunsUnderFault(pooled);
    try (Coordinator coordinator = coordinator(pooled, 0);
        ForeignWriter writer = new ForeignWriter(pooled.plain())) {
      for (int i = 0; i < 60; i++) {
        writer.write(UUID.randomUUID(), "scan", "completed", "{\"page\": " + i + "}");
      }
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  log.count(
                          "select count(*) from track_coordination.runs where state = 'completed'")
                      == 60);
    }
    assertThat(log.sql().queryForList("select * from track_coordination.audit()")).isEmpty();
    assertThat(log.count("select count(*) from track_coordination.event_fates")).isZero();
  }

  @Test
  void oneSessionOfTheServerIsEnough() throws Exception {
    pooler.close(); // and its sessions
    try (PgBouncer narrow =
            PgBouncer.before(direct, folder, "transaction", "default_pool_size = 1");
        Database database = open(narrow.url(direct))) {
      RunsUnderFault runs = new RunsUnderFault(database);
      try (Coordinator coordinator = coordinator(database, 0)) {
        runs.start(20);
        runs.awaitEnd();
      }
      runs.assertSound();
      assertThat(
              runs.count(
                  "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'track-coordinator'"))
          .isEqualTo(1);
    }
  }

  @Test
  void whatAKilledInstanceHadBegunIsTakenOver() throws Exception {
    RunsUnderFault runs = new RunsUnderFault(pooled);
    runs.start(20);
    try (ChildProcess killed = process()) {
      runs.awaitInProgress(5);
      killed.kill();
    }
    assertThat(runs.inHand()).as("attempts that it had begun").isPositive();
    try (ChildProcess other = process()) {
      runs.awaitEnd();
    }
    runs.assertSound();
    runs.assertLostAttemptsWereTakenOver();
  }

  @Test
  void healthSaysThatItPollsAndWhy() throws Exception {
    try (Coordinator coordinator = coordinator(pooled, 0)) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                HealthCheck.Result result = health(coordinator);
                assertThat(result.getState()).isEqualTo(HealthCheck.State.UP);
                assertThat(result.getMessage().orElseThrow())
                    .isEqualTo(
                        "polling, LISTEN not delivered: a connection pooler gives each transaction another session, see docs/pgbouncer.md");
                assertThat(result.getDetails()).containsEntry("mode", "polling");
              });
    }
  }

  @Test
  void whereThePoolerKeepsSessionsOrThereIsNoneHealthSaysPush() throws Exception {
    try (PgBouncer keeps = PgBouncer.before(direct, folder, "session", "default_pool_size = 30");
        Database kept = open(keeps.url(direct));
        Coordinator one = coordinator(kept, 0);
        Database own = open(direct);
        Coordinator other = coordinator(own, 0)) {
      for (Coordinator coordinator : List.of(one, other)) {
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  HealthCheck.Result result = health(coordinator);
                  assertThat(result.getState()).isEqualTo(HealthCheck.State.UP);
                  assertThat(result.getMessage()).contains("push"); // an Optional
                  assertThat(result.getDetails()).containsEntry("mode", "push");
                });
      }
      RunsUnderFault runs = new RunsUnderFault(kept);
      runs.start(10);
      runs.awaitEnd();
      runs.assertSound();
    }
  }

  /** The one that polls takes no locks in sessions that others get, so writers tell the other. */
  @Test
  void anInstanceWithASessionOfItsOwnIsToldBesideOneThatPolls() throws Exception {
    RunsUnderFault runs = new RunsUnderFault(pooled);
    try (Coordinator polls = coordinator(pooled, 0);
        Database own = open(direct);
        Coordinator told = coordinator(own, 0)) {
      await().atMost(PATIENCE).until(() -> mode(told).equals("push"));
      runs.start(40);
      runs.awaitEnd();
      runs.assertSound();
      await("only the session that listens holds locks")
          .atMost(PATIENCE)
          .until(
              () ->
                  runs.count(
                          "select count(distinct l.pid) from pg_locks l join pg_database d on d.oid = l.database"
                              + " where d.datname = current_database() and l.locktype = 'advisory' and l.classid = 8210")
                      == 1);
    }
  }

  private Database open(String url) {
    return Databases.open(
        Settings.load(Map.of("TRACKS_DATABASE_URL", url), folder), Duration.ofSeconds(10));
  }

  private static Coordinator coordinator(Database database, int failing) throws Exception {
    return new Coordinator(database.pool(), database.plain(), RoutesFolder.at(Path.of("routes")))
        .watching(database.contact())
        .with(WorkingCoordinator.worker(LEASE, 1, failing))
        .maintainEvery(Duration.ofMillis(500))
        .start();
  }

  private ChildProcess process() throws Exception {
    return ChildProcess.coordinator(folder, pooler.url(direct), LEASE, 20, Duration.ofSeconds(30));
  }

  private static Object mode(Coordinator coordinator) {
    return health(coordinator).getDetails().get("mode");
  }

  private static HealthCheck.Result health(Coordinator coordinator) {
    return HealthCheckRegistry.get(coordinator.camel())
        .getCheck(WakeUpHealth.ID)
        .orElseThrow()
        .call();
  }
}
