package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.spi.RouteController;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DurableServer;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.observe.Scrape;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** What an instance says of itself to operators, and to what restarts it or sends it requests. */
@Tag("track-coordination")
class HealthIT {

  @RegisterExtension
  static final CoordinatedDatabase DATABASE =
      CoordinatedDatabase.coordinated(
          () ->
              new RouteBuilder() {
                @Override
                public void configure() {
                  from("direct:of-a-user").routeId("of-a-user").log("done");
                  from("direct:for-later").routeId("for-later").autoStartup(false).log("done");
                }
              });

  @Test
  void isReadyAndAlive() {
    assertThat(down(ready())).isEmpty();
    assertThat(down(live(DATABASE.running()))).isEmpty();
    assertThat(messages(ready())).containsKeys("wake-up", "polling", "started-routes", "database");
    assertThat(messages(live(DATABASE.running())))
        .containsKey("loops")
        .doesNotContainKeys("database", "polling", "started-routes");
  }

  @Test
  void aSuspendedRouteIsToldAndNoReasonToSendNoRequests() throws Exception {
    routes().suspendRoute("of-a-user");
    try {
      assertThat(down(ready())).isEmpty();
      assertThat(messages(ready())).containsEntry("started-routes", "suspended: of-a-user");
    } finally {
      routes().resumeRoute("of-a-user");
    }
  }

  @Test
  void aStoppedRouteIsDown() throws Exception {
    routes().stopRoute("of-a-user");
    try {
      assertThat(down(ready())).containsEntry("started-routes", "stopped: of-a-user");
    } finally {
      routes().startRoute("of-a-user");
    }
    assertThat(down(ready())).isEmpty();
  }

  @Test
  void aMissingRouteIsDownUntilSomebodySaysThatItIsToBeGone() throws Exception {
    routes().stopRoute("clean-up");
    DATABASE.running().camel().removeRoute("clean-up");
    assertThat(down(ready())).containsEntry("started-routes", "missing: clean-up");
    DATABASE
        .running()
        .camel()
        .getRegistry()
        .lookupByNameAndType("expectedRoutes", ExpectedRoutes.class)
        .forget(List.of("clean-up"));
    assertThat(down(ready())).isEmpty();
    DATABASE.leaveAlone();
    DATABASE.coordinate();
  }

  @Test
  void allLoopsTurnAlsoAtRest() {
    Scrape first = Scrape.of(DATABASE.running());
    assertThat(first.values("tracks_loop_age_seconds", "loop"))
        .containsExactly("look-ahead", "track-events", "track-work");
    await()
        .during(Duration.ofSeconds(4))
        .atMost(Duration.ofSeconds(30))
        .until(() -> Scrape.of(DATABASE.running()).value("tracks_loop_age_seconds") < 6);
  }

  @Test
  void anOutageOfTheDatabaseIsNoReasonToRestart(@TempDir Path directory) throws Exception {
    try (DurableServer server = new DurableServer(directory.resolve("postgres"));
        Database database = server.open()) {
      Migrations.migrate(database.plain());
      try (Coordinator coordinator = WorkingCoordinator.on(database, "10s", 10)) {
        server.crash();
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> down(ready(coordinator)).containsKey("database"));
        assertThat(down(ready(coordinator))).containsOnlyKeys("database");
        assertThat(down(live(coordinator))).isEmpty();
        long begun = System.nanoTime();
        assertThat(coordinator.metrics().scrape()).contains("\ntracks_database_up 0.0\n");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
        server.restart();
        await().atMost(Duration.ofSeconds(20)).until(() -> down(ready(coordinator)).isEmpty());
        assertThat(coordinator.metrics().scrape()).contains("\ntracks_database_up 1.0\n");
      }
    }
  }

  private static RouteController routes() {
    return DATABASE.running().camel().getRouteController();
  }

  private static Collection<HealthCheck.Result> ready() {
    return ready(DATABASE.running());
  }

  private static Collection<HealthCheck.Result> ready(Coordinator coordinator) {
    return HealthCheckHelper.invokeReadiness(coordinator.camel(), "full");
  }

  private static Collection<HealthCheck.Result> live(Coordinator coordinator) {
    return HealthCheckHelper.invokeLiveness(coordinator.camel(), "full");
  }

  private static Map<String, String> down(Collection<HealthCheck.Result> results) {
    return messages(
        results.stream().filter(each -> each.getState() == HealthCheck.State.DOWN).toList());
  }

  private static Map<String, String> messages(Collection<HealthCheck.Result> results) {
    Map<String, String> messages = new TreeMap<>();
    results.forEach(each -> messages.put(each.getCheck().getId(), each.getMessage().orElse("")));
    return messages;
  }
}
