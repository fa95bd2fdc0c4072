package org.trackcoordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.apache.camel.builder.RouteBuilder;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.trackcoordinator.contact.Contact;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** What an instance that has work tells Prometheus. */
@Tag("track-coordination")
class MetricsIT {

  private static final String BOOKS =
      """
      workflow: books
      defaults: { retry: { maxAttempts: 2, backoff: 10ms } }
      tracks:
        fetch: { handler: own }
        file: { handler: own, dependsOn: [fetch] }
        book: { handler: elsewhere, dependsOn: [file] }
      """;

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  @Test
  void countsWhatRunsDo() throws Exception {
    database.load(BOOKS);
    try (Coordinator coordinator = database.coordinator().with(worker("own")).start()) {
      Scrape before = Scrape.of(coordinator);
      assertThat(before.value("tracks_runs_ended_total", "workflow", "books")).isZero();
      assertThat(before.value("tracks_attempts_total", "handler", "own")).isZero();
      for (int i = 0; i < 3; i++) {
        UUID run = database.startRun("books");
        database.awaitState(run, "book", "triggered");
        database.insertEvent(run, "book", "completed", "{}");
      }
      database.awaitRunsEnded(3);
      database.passTime(Duration.ofSeconds(10)); // what began and ended is committed by then
      Scrape scrape =
          when(coordinator, s -> s.value("tracks_runs_ended_total", "state", "completed") == 3);
      assertThat(scrape.value("tracks_hops_total", "handler", "own")).isEqualTo(3);
      assertThat(scrape.value("tracks_hops_total", "handler", "elsewhere")).isEqualTo(3);
      assertThat(scrape.value("tracks_roots_total", "handler", "own")).isEqualTo(3);
      assertThat(scrape.value("tracks_attempts_total", "handler", "own", "outcome", "completed"))
          .isEqualTo(6);
      assertThat(
              scrape.value("tracks_attempts_total", "handler", "elsewhere", "outcome", "completed"))
          .as("of a foreign writer")
          .isEqualTo(3);
      assertThat(scrape.value("tracks_attempt_seconds_count", "handler", "own")).isEqualTo(6);
      assertThat(scrape.value("tracks_runs_begun_total", "workflow", "books")).isEqualTo(3);
      assertThat(scrape.value("tracks_runs_running", "workflow", "books")).isZero();
      assertThat(scrape.value("tracks_batch_size_count", "batch", "ends")).isBetween(1.0, 6.0);
      assertThat(scrape.value("tracks_batch_size_sum", "batch", "ends")).isEqualTo(6);
      assertThat(scrape.value("tracks_batch_size_sum", "batch", "events")).isEqualTo(6);
      assertThat(scrape.value("tracks_commit_to_trigger_seconds_count", "event", "begun"))
          .isEqualTo(3);
      assertThat(scrape.value("tracks_commit_to_trigger_seconds_count", "event", "completed"))
          .isEqualTo(3);
      assertThat(scrape.value("tracks_commit_to_trigger_seconds_sum")).isBetween(0.0001, 30.0);
      assertThat(
              scrape.value("tracks_handed_over_total", "handler", "own")
                  + zeroIfNone(scrape.value("tracks_trigger_to_claim_seconds_count")))
          .isEqualTo(6);
      assertThat(scrape.value("tracks_route_exchanges_total", "route", "own")).isEqualTo(6);
      assertThat(scrape.value("tracks_pool_size")).isEqualTo(12);
      assertThat(scrape.value("tracks_wake_up_push")).isEqualTo(1);
    }
  }

  @Test
  void measuresHowLongWorkWaitsForItsWorker() throws Exception {
    database.load(BOOKS);
    try (Coordinator coordinator = database.coordinator().start()) {
      UUID run = database.startRun("books");
      database.awaitState(run, "fetch", "triggered");
      Scrape waiting =
          when(
              coordinator,
              s -> s.value("tracks_queue_depth", "handler", "own", "state", "ready") == 1);
      assertThat(waiting.value("tracks_queue_oldest_seconds", "handler", "own")).isPositive();
      assertThat(waiting.value("tracks_runs_running", "workflow", "books")).isEqualTo(1);
      await().during(Duration.ofMillis(300)).until(() -> true);
      coordinator.camel().addRoutes(worker("own"));
      database.awaitState(run, "book", "triggered");
      Scrape claimed =
          when(
              coordinator,
              s -> s.value("tracks_trigger_to_claim_seconds_count", "handler", "own") >= 1);
      assertThat(claimed.value("tracks_trigger_to_claim_seconds_sum", "handler", "own"))
          .isBetween(0.3, 60.0);
    }
  }

  @Test
  void countsFailuresHoldsAndQuarantine() throws Exception {
    database.load(BOOKS);
    try (Coordinator coordinator = database.coordinator().with(failing("own")).start()) {
      database.startRun("books");
      database.awaitRunsEnded(1);
      database
          .sql()
          .queryForList("select track_coordination.hold(handler => 'own', who => 'a', why => 'b')");
      UUID held = database.startRun("books");
      database.awaitState(held, "fetch", "held");
      database.insertEvent(UUID.randomUUID(), "nobody", "completed", "{}");
      Scrape scrape = when(coordinator, s -> s.value("tracks_quarantined_events") == 1);
      assertThat(scrape.value("tracks_attempts_total", "handler", "own", "outcome", "failed"))
          .isEqualTo(2);
      assertThat(scrape.value("tracks_held_total", "handler", "own", "reason", "held-by-operator"))
          .isEqualTo(1);
      assertThat(scrape.value("tracks_gates_closed", "kind", "pause")).isEqualTo(1);
      assertThat(scrape.value("tracks_gates_closed", "kind", "circuit")).isZero();
      assertThat(scrape.value("tracks_circuit_open", "circuit", "own")).isZero();
      assertThat(scrape.value("tracks_queue_depth", "handler", "own", "state", "held"))
          .isEqualTo(1);
    }
  }

  @Test
  void whatIsHeldIsGaugedByTheReasonThatWhyGives() throws Exception {
    database.load("{ workflow: paused, tracks: { a: { handler: paused } } }");
    database.load("{ workflow: guarded, tracks: { a: { handler: guarded, circuit: target } } }");
    database.load("{ workflow: few, tracks: { a: { handler: few, maxConcurrent: 1 } } }");
    database.load("{ workflow: alone, tracks: { a: { handler: alone } } }");
    database.load(
        "{ workflow: asks, tracks: { a: { handler: asks, when: '${body[c][n]} > 0' } } }");
    hold("handler => 'paused'");
    hold("user_id => 'mallory'");
    database
        .sql()
        .update(
            "insert into track_coordination.gate_states (kind, circuit, state, reason, who, permits, wave, closings, earliest_at)"
                + " values ('circuit', 'target', 'closed', 'down', 't', 0, 0, 1, now() + interval '1 hour')");
    try (Coordinator coordinator = database.coordinator().start()) {
      Map<UUID, String> expected = new HashMap<>();
      for (int i = 0; i < 3; i++) {
        expected.put(database.startRun("paused"), "held-by-operator");
        expected.put(database.startRun("guarded"), "held-by-circuit");
      }
      expected.put(database.startRun("asks"), "held-by-quarantine");
      UUID ofUser = UUID.randomUUID();
      database
          .sql()
          .queryForList(
              "select track_coordination.start_run('alone', '{}', ?, user_id => 'mallory')",
              ofUser);
      expected.put(ofUser, "held-by-operator");
      UUID heldWhenQueued = database.startRun("alone");
      expected.put(heldWhenQueued, "held-by-operator");
      expected.put(database.startRun("alone"), "no-worker");
      for (int i = 0; i < 3; i++) {
        expected.put(database.startRun("few"), "held-by-limit");
      }
      database.awaitSettled();
      hold("correlation_id => '%s', track_id => 'a'".formatted(heldWhenQueued));
      expected.remove(
          database
              .sql()
              .queryForObject(
                  "select correlation_id from track_coordination.claim_work('few', 'w', 1, '1 minute')",
                  UUID.class));
      expected.forEach(
          (run, reason) ->
              assertThat(database.texts("select reason from track_coordination.why(?, 'a')", run))
                  .containsExactly(reason));
      Scrape scrape = when(coordinator, s -> held(s, "alone", "held-by-operator") == 2);
      assertThat(held(scrape, "paused", "held-by-operator")).isEqualTo(3);
      assertThat(held(scrape, "guarded", "held-by-circuit")).isEqualTo(3);
      assertThat(held(scrape, "asks", "held-by-quarantine")).isEqualTo(1);
      assertThat(held(scrape, "few", "held-by-limit")).isEqualTo(2);
      assertThat(held(scrape, "alone", "no-worker")).isEqualTo(1);
      assertThat(scrape.value("tracks_held_activations"))
          .as("each once")
          .isEqualTo(expected.size());
    }
  }

  private void hold(String whom) {
    database
        .sql()
        .queryForList("select track_coordination.hold(%s, who => 'a', why => 'b')".formatted(whom));
  }

  private static double held(Scrape scrape, String handler, String reason) {
    return scrape.value("tracks_held_activations", "handler", handler, "reason", reason);
  }

  @Test
  void figuresThatAreOldAreLeftOutRatherThanShown() {
    AtomicBoolean isBroken = new AtomicBoolean();
    DataSource breaking =
        new DelegatingDataSource(database.pool()) {
          @Override
          public Connection getConnection() throws SQLException {
            if (isBroken.get()) {
              throw new SQLException("broken");
            }
            return super.getConnection();
          }
        };
    Metrics metrics = new Metrics();
    try (Figures figures =
        new Figures(metrics, breaking, new Contact(), Duration.ZERO, Duration.ofSeconds(3))) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> new Scrape(metrics.scrape()).names().contains("tracks_gates_closed"));
      isBroken.set(true);
      assertThat(new Scrape(metrics.scrape()).names())
          .as("a moment later")
          .contains("tracks_gates_closed");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> !new Scrape(metrics.scrape()).names().contains("tracks_gates_closed"));
      assertThat(new Scrape(metrics.scrape()).value("tracks_figures_age_seconds"))
          .isGreaterThanOrEqualTo(3);
      isBroken.set(false);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> new Scrape(metrics.scrape()).names().contains("tracks_gates_closed"));
    }
  }

  @Test
  void anAttemptWhoseLeaseIsLostIsCounted() throws Exception {
    database.load(BOOKS);
    try (Coordinator coordinator = database.coordinator().start()) {
      UUID run = database.startRun("books");
      database.awaitState(run, "fetch", "triggered");
      database
          .sql()
          .queryForList(
              "select track_coordination.claim_work('own', 'gone', 1, interval '30 seconds')");
      database.passTime(Duration.ofMinutes(1));
      when(
          coordinator,
          s -> s.value("tracks_attempts_total", "handler", "own", "outcome", "lease-lost") == 1);
    }
  }

  @Test
  void anAttemptThatEndsWhenItsRunIsCancelledAlreadyIsNotCounted() throws Exception {
    database.load(BOOKS);
    CountDownLatch cancelled = new CountDownLatch(1);
    try (Coordinator coordinator = database.coordinator().with(held("own", cancelled)).start()) {
      UUID run = database.startRun("books");
      database.awaitState(run, "fetch", "started");
      database
          .sql()
          .queryForList("select track_coordination.cancel(?, who => 'a', why => 'b')", run);
      cancelled.countDown();
      await().atMost(Duration.ofSeconds(30)).until(() -> !database.fates(run).isEmpty());
      UUID next = database.startRun("books"); // whose ends are counted after it
      database.awaitState(next, "book", "triggered");
      Scrape scrape =
          when(
              coordinator,
              s -> s.value("tracks_attempts_total", "handler", "own", "outcome", "completed") >= 2);
      assertThat(scrape.value("tracks_attempts_total", "handler", "own", "outcome", "completed"))
          .isEqualTo(2);
      assertThat(scrape.value("tracks_batch_size_sum", "batch", "ends")).isEqualTo(2);
    }
  }

  @Test
  void countsOfARouteGoOnWhenItIsReplaced() throws Exception {
    try (Coordinator coordinator = database.coordinator().with(asked("one")).start()) {
      var template = coordinator.camel().createProducerTemplate();
      template.requestBody("direct:asked", "");
      coordinator.camel().getRouteController().stopRoute("asked");
      coordinator.camel().removeRoute("asked");
      coordinator.camel().addRoutes(asked("two"));
      assertThat(template.requestBody("direct:asked", (Object) "")).isEqualTo("two");
      assertThat(
              Scrape.of(coordinator)
                  .value("tracks_route_exchanges_total", "route", "asked", "outcome", "done"))
          .isEqualTo(2);
    }
  }

  @Test
  void idsThatCamelMakesUpAreNoNamesOfSeries() throws Exception {
    database.load(BOOKS);
    RouteBuilder routes =
        new RouteBuilder() {
          @Override
          public void configure() {
            from("direct:one").routeId("one").to("kamelet:track-start-sink?workflow=books");
            from("direct:two")
                .routeId("two")
                .to("kamelet:track-start-sink?workflow=books&priority=1")
                .setBody(constant("{}"))
                .to("kamelet:track-start-sink/mine?workflow=books");
            from("direct:three").setBody(constant("{}")); // without an id
          }
        };
    try (Coordinator coordinator = database.coordinator().with(routes).start()) {
      var template = coordinator.camel().createProducerTemplate();
      for (String route : List.of("one", "two", "three")) {
        template.requestBody("direct:" + route, "{}");
      }
      Scrape scrape = Scrape.of(coordinator);
      for (var counted :
          Map.of("one", 1, "two", 1, "track-start-sink", 2, "mine", 1, "(unnamed)", 1).entrySet()) {
        assertThat(
                scrape.value(
                    "tracks_route_exchanges_total", "route", counted.getKey(), "outcome", "done"))
            .as(counted.getKey())
            .isEqualTo(counted.getValue().doubleValue());
      }
      assertThat(scrape.values("tracks_route_exchanges_total", "route"))
          .noneMatch(route -> route.startsWith("track-start-sink-") || route.matches("route\\d+"));
    }
  }

  private static Scrape when(Coordinator coordinator, Predicate<Scrape> condition) {
    try {
      return await().atMost(Duration.ofSeconds(30)).until(() -> Scrape.of(coordinator), condition);
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(coordinator.metrics().scrape(), e);
    }
  }

  private static double zeroIfNone(double value) {
    return Double.isNaN(value) ? 0 : value;
  }

  private static RouteBuilder asked(String answer) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("direct:asked").routeId("asked").setBody(constant(answer));
      }
    };
  }

  private static RouteBuilder worker(String handler) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-%s?handler=%s".formatted(handler, handler))
            .routeId(handler)
            .setBody(constant("{}"));
      }
    };
  }

  private static RouteBuilder held(String handler, CountDownLatch until) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-%s?handler=%s".formatted(handler, handler))
            .routeId(handler)
            .process(exchange -> until.await(30, TimeUnit.SECONDS))
            .setBody(constant("{}"));
      }
    };
  }

  private static RouteBuilder failing(String handler) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-%s?handler=%s".formatted(handler, handler))
            .routeId(handler)
            .throwException(new IllegalStateException("no"));
      }
    };
  }
}
