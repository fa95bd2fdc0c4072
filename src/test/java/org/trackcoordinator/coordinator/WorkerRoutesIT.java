package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.spi.RouteController;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** A worker claims only what the route behind its kamelet takes: hands on that route are obeyed. */
@Tag("track-coordination")
class WorkerRoutesIT {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String ROUTE = "work";

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  private final CountDownLatch goOn = new CountDownLatch(1);

  @BeforeEach
  void load() {
    database.load(
        """
        workflow: single
        tracks:
          scan: {handler: work, retry: {maxAttempts: 1}}
        """);
  }

  @Test
  void whileItsRouteIsSuspendedNothingIsClaimed() throws Exception {
    try (Coordinator coordinator = coordinator().with(work(true)).start()) {
      RouteController routes = coordinator.camel().getRouteController();
      routes.suspendRoute(ROUTE);
      UUID run = database.startRun("single");
      assertUntouched(run);
      routes.resumeRoute(ROUTE);
      assertDoneAtOnce(run);
    }
  }

  @Test
  void whileItsRouteIsStoppedNothingIsClaimed() throws Exception {
    try (Coordinator coordinator = coordinator().with(work(true)).start()) {
      RouteController routes = coordinator.camel().getRouteController();
      routes.stopRoute(ROUTE);
      UUID run = database.startRun("single");
      assertUntouched(run);
      routes.startRoute(ROUTE);
      assertDoneAtOnce(run);
    }
  }

  @Test
  void aRouteThatDoesNotStartByItselfClaimsNothingUntilItIsStarted() throws Exception {
    try (Coordinator coordinator = coordinator().with(work(false)).start()) {
      UUID run = database.startRun("single");
      assertUntouched(run);
      coordinator.camel().getRouteController().startRoute(ROUTE);
      assertDoneAtOnce(run);
    }
  }

  @Test
  void aRouteThatIsReplacedWhileItRunsLosesNothing() throws Exception {
    try (Coordinator coordinator = coordinator().with(work(true)).start()) {
      coordinator.camel().getRouteController().stopRoute(ROUTE);
      coordinator.camel().removeRoute(ROUTE);
      UUID run = database.startRun("single");
      assertUntouched(run);
      coordinator.camel().addRoutes(work(true));
      assertDoneAtOnce(run);
    }
  }

  @Test
  void suspendedInTheMiddleItFinishesWhatRunsAndGivesBackTheRest() throws Exception {
    try (Coordinator coordinator = coordinator().with(waits()).start()) {
      start(30);
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  database.count(
                          "select count(*) from processing_logs where event_type = 'started'")
                      > 0);
      RouteController routes = coordinator.camel().getRouteController();
      Thread hand =
          new Thread(
              () -> {
                try {
                  routes.suspendRoute(ROUTE);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      hand.start();
      await("the suspension waits for what runs")
          .atMost(PATIENCE)
          .until(() -> hand.getState() == Thread.State.TIMED_WAITING);
      goOn.countDown();
      hand.join();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  database.count(
                          "select count(*) from track_coordination.work_queue where worker is not null")
                      == 0);
      assertThat(database.count("select count(*) from track_coordination.work_queue")).isPositive();
      routes.resumeRoute(ROUTE);
      database.awaitRunsEnded(30);
      assertThat(
              database.count(
                  "select count(*) from processing_logs where event_type in ('failed', 'timed_out')"))
          .isZero();
      assertThat(database.audit()).isEmpty();
    } finally {
      goOn.countDown();
    }
  }

  private Coordinator coordinator() {
    return database.coordinator().pollEvery(Duration.ofMillis(100));
  }

  private void start(int runs) {
    database
        .sql()
        .queryForList(
            "select track_coordination.start_runs(definition_id, ?) from track_coordination.workflows",
            runs);
  }

  /** Triggered, and then several looks of the worker for due work have passed it by. */
  private void assertUntouched(UUID run) {
    database.awaitState(run, "scan", "triggered");
    long then = database.count("select extract(epoch from clock_timestamp()) * 1000");
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                database.count("select extract(epoch from clock_timestamp()) * 1000") - then > 500);
    assertThat(database.state(run, "scan")).isEqualTo("triggered");
    assertThat(database.chain(run)).containsExactly("scan triggered");
  }

  private void assertDoneAtOnce(UUID run) {
    await().atMost(PATIENCE).until(() -> database.state(run, "scan"), "completed"::equals);
    assertThat(database.chain(run))
        .containsExactly("scan triggered", "scan started", "scan completed");
    assertThat(database.audit()).isEmpty();
  }

  private static RouteBuilder work(boolean autoStartup) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source?handler=work&concurrency=2")
            .autoStartup(autoStartup)
            .routeId(ROUTE)
            .setBody(constant("{}"));
      }
    };
  }

  private RouteBuilder waits() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source?handler=work&concurrency=2")
            .routeId(ROUTE)
            .process(exchange -> goOn.await())
            .setBody(constant("{}"));
      }
    };
  }
}
