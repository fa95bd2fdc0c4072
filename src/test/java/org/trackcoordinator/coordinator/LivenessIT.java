package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.spi.InflightRepository;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** A lease lasts as long as its exchange is in flight, and no longer. */
@Tag("track-coordination")
class LivenessIT {

  private static final Duration OFTEN = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String LEASE = "2s";

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();
  @TempDir Path directory;

  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final AtomicReference<Exchange> working = new AtomicReference<>();
  private final Set<String> done = ConcurrentHashMap.newKeySet();

  @BeforeEach
  void load() {
    database.load(
        """
        workflow: single
        tracks:
          scan: {handler: work, retry: {maxAttempts: 3, backoff: 100ms}}
        """);
  }

  @Test
  void workOfTenTimesTheLeaseIsNeverStartedTwice() throws Exception {
    try (Coordinator works = coordinator().with(waits(LEASE)).start()) {
      UUID run = database.startRun("single");
      begun.await();
      try (Coordinator other = coordinator().with(completes()).start()) {
        await("ten leases have passed")
            .atMost(PATIENCE)
            .until(
                () ->
                    database.count(
                            "select count(*) from processing_logs where event_type = 'started' and created_at < clock_timestamp() - interval '20 s'")
                        == 1);
        assertThat(worker(run)).startsWith(works.instance());
        goOn.countDown();
        database.awaitState(run, "scan", "completed");
        assertThat(database.chain(run))
            .containsExactly("scan triggered", "scan started", "scan completed");
        assertThat(database.audit()).isEmpty();
      }
    } finally {
      goOn.countDown();
    }
  }

  @Test
  void whatAKilledProcessHadBegunIsTakenOverWithinTwoLeases() throws Exception {
    try (ChildProcess killed = child("4s", Duration.ofHours(1))) {
      UUID run = database.startRun("single");
      database.awaitState(run, "scan", "started");
      await("its lease is extended")
          .atMost(PATIENCE)
          .until(
              () ->
                  database.count(
                          "select count(*) from track_coordination.work_queue where due_at > claimed_at + interval '4 s'")
                      == 1);
      try (Coordinator other = coordinator().with(completes()).start()) {
        killed.kill();
        Timestamp killedAt = now();
        database.awaitState(run, "scan", "completed");
        Map<String, Object> takenOver =
            database
                .sql()
                .queryForMap(
                    "select extract(epoch from created_at - ?)::float8 as seconds from processing_logs where event_type = 'started' and attempt = 2",
                    killedAt);
        System.out.println("LivenessIT: lease 4 s, taken over after " + takenOver + " of kill -9");
        assertThat((Double) takenOver.get("seconds")).isBetween(0.0, 8.0);
        assertThat(database.chain(run))
            .containsExactly(
                "scan triggered",
                "scan started",
                "scan timed_out",
                "scan retried",
                "scan started",
                "scan completed");
        assertThat(database.audit()).isEmpty();
      }
    }
  }

  @Test
  void aStoppedProcessThatGoesOnIsRefusedAndSaysSo() throws Exception {
    try (ChildProcess stopped = child(LEASE, Duration.ofSeconds(3))) {
      UUID run = database.startRun("single");
      database.awaitState(run, "scan", "started");
      await("its worker knows").atMost(PATIENCE).until(() -> shown(run).get("doing") != null);
      stopped.stop();
      try (Coordinator other = coordinator().with(waits("1h")).start()) {
        begun.await(); // attempt 2 is under way
        stopped.goOn();
        String attempt = "attempt 1 of track scan in run " + run;
        stopped.awaitOutput(attempt);
        stopped.awaitOutput("attempt 2 runs at worker " + other.instance());
        await("what the old owner ended with is refused")
            .atMost(PATIENCE)
            .until(() -> fates(run).size() == 1);
        assertThat(fates(run).get(0))
            .startsWith("1 late: attempt 1 was no longer this worker's when it ended: the lease of")
            .endsWith("ended; attempt 2 runs at worker " + worker(run));
        assertThat(database.state(run, "scan")).isEqualTo("started");
        goOn.countDown();
        database.awaitState(run, "scan", "completed");
        assertThat(
                database.count(
                    "select attempt from processing_logs l join track_coordination.activations a on a.result_event_id = l.event_id"))
            .isEqualTo(2);
        assertThat(database.audit()).isEmpty();
      } finally {
        goOn.countDown();
      }
    }
  }

  @Test
  void aHangingStepIsShownWithItsNodeIdAndSinceWhen() throws Exception {
    try (Coordinator works = coordinator().with(hangsInASplit()).start()) {
      UUID run = database.startRun("single");
      await("the step is shown")
          .atMost(PATIENCE)
          .until(() -> shown(run).get("doing"), "upload/call-drive"::equals);
      Map<String, Object> first = shown(run);
      assertThat((Timestamp) first.get("doing_since"))
          .isBetween((Timestamp) first.get("claimed_at"), now());
      await("two more heartbeats")
          .atMost(PATIENCE)
          .until(() -> seconds(first.get("due_at"), shown(run).get("due_at")) > 1.2);
      assertThat(shown(run)).containsEntry("doing", "upload/call-drive");
      assertThat(shown(run)).containsEntry("doing_since", first.get("doing_since"));
      goOn.countDown();
      database.awaitState(run, "scan", "completed");
    } finally {
      goOn.countDown();
    }
  }

  @Test
  void anExchangeThatIsNotInFlightLosesItsLease() throws Exception {
    try (Coordinator works = coordinator().with(waits(LEASE)).start()) {
      UUID run = database.startRun("single");
      begun.await();
      String worked =
          working.get().getProperty(RunningAttempt.PROPERTY, RunningAttempt.class).exchangeId();
      InflightRepository registry = works.camel().getInflightRepository();
      registry.browse().stream()
          .map(InflightRepository.InflightExchange::getExchange)
          .filter(exchange -> exchange.getExchangeId().equals(worked))
          .forEach(registry::remove);
      await("its lease ends")
          .atMost(PATIENCE)
          .until(() -> database.chain(run).contains("scan timed_out"));
      goOn.countDown();
    } finally {
      goOn.countDown();
    }
  }

  @Test
  void onlyWhatIsDueCostsAStatement() throws Exception {
    Heartbeats heartbeats;
    try (Coordinator works = coordinator().heartbeatEvery(PATIENCE).with(waits("3s")).start()) {
      heartbeats = works.camel().getRegistry().lookupByNameAndType("heartbeats", Heartbeats.class);
      assertThat(heartbeats.due().attempts()).isEmpty();
      UUID run = database.startRun("single");
      begun.await();
      assertThat(heartbeats.due().attempts()).as("its lease is fresh").isEmpty();
      await("a third of the lease is over").until(() -> heartbeats.due().attempts().size() == 1);
      goOn.countDown();
      database.awaitState(run, "scan", "completed");
      assertThat(heartbeats.due().attempts()).isEmpty();
    } finally {
      goOn.countDown();
    }
  }

  @Test
  void aWorkerLearnsWithTheNextHeartbeatThatItsRunWasCancelledAndDoesNoFurtherStep()
      throws Exception {
    String why = "its run is cancelled";
    try (Coordinator works = coordinator().with(wouldDoMore()).start()) {
      UUID run = database.startRun("single");
      begun.await();
      database.sql().queryForList("select track_coordination.cancel(?)", run);
      String told = awaitLost();
      assertThat(told).isEqualTo(why);
      goOn.countDown();
      await("its end is recorded").atMost(PATIENCE).until(() -> fates(run).size() == 1);
      assertThat(done).as("steps that were done after it was told").containsExactly("tidied up");
      assertThat(fates(run))
          .containsExactly("1 late: attempt 1 was no longer this worker's when it ended: " + why);
      assertThat(
              database
                  .sql()
                  .queryForObject(
                      "select payload #>> '{error,message}' from processing_logs join track_coordination.event_fates using (correlation_id, event_id)",
                      String.class))
          .isEqualTo("not done any further, from step second on: " + why);
      assertThat(database.audit()).isEmpty();
    } finally {
      goOn.countDown();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "select track_coordination.skip(?, 'scan', '{}'); the track is skipped",
        "select track_coordination.complete_work(?, 'scan', 1); its end is recorded already|the track is completed"
      })
  void aWorkerLearnsThatItsTrackWasEndedByAnother(String statement, String why) throws Exception {
    database.load(
        """
        workflow: single
        tracks:
          scan: {handler: work, retry: {maxAttempts: 3, backoff: 100ms}}
          file: {dependsOn: [scan], handler: filing}
        """);
    try (Coordinator works = coordinator().with(wouldDoMore()).start()) {
      UUID run = database.startRun("single");
      begun.await();
      database.sql().queryForList(statement, run);
      assertThat(awaitLost()).matches(why);
      goOn.countDown();
      await("its end is recorded").atMost(PATIENCE).until(() -> fates(run).size() == 1);
      assertThat(done).containsExactly("tidied up");
      assertThat(database.audit()).isEmpty();
    } finally {
      goOn.countDown();
    }
  }

  @Test
  void aWorkerLearnsThatAnotherSaidItsAttemptFailedAndDoesTheNextOne() throws Exception {
    try (Coordinator works = coordinator().with(wouldDoMore()).start()) {
      UUID run = database.startRun("single");
      begun.await();
      database
          .sql()
          .queryForList(
              "select track_coordination.fail_work(?, 'scan', 1, 'error', 'ended by hand')", run);
      assertThat(awaitLost()).matches("its end is recorded already|attempt 2 is to be claimed");
      goOn.countDown();
      database.awaitState(run, "scan", "completed");
      assertThat(database.chain(run))
          .containsExactly(
              "scan triggered",
              "scan started",
              "scan failed",
              "scan retried",
              "scan started",
              "scan completed");
      assertThat(database.audit()).isEmpty();
    } finally {
      goOn.countDown();
    }
  }

  @Test
  void aWorkerLearnsThatItsAttemptTimedOut() throws Exception {
    database.load(
        "workflow: single\ntracks:\n  scan: {handler: work, timeout: 1s, retry: {maxAttempts: 1}}\n");
    try (Coordinator works = coordinator().with(wouldDoMore()).start()) {
      UUID run = database.startRun("single");
      begun.await();
      assertThat(awaitLost())
          .startsWith("worker " + works.instance())
          .contains("took longer than the timeout of 00:00:01")
          .endsWith("; its run is failed");
      goOn.countDown();
      await("its end is recorded").atMost(PATIENCE).until(() -> fates(run).size() == 1);
      assertThat(done).containsExactly("tidied up");
    } finally {
      goOn.countDown();
    }
  }

  @Test
  void aForeignWorkerExtendsItsLeaseAndLearnsThatItsRunWasCancelled() throws Exception {
    UUID run = claimed();
    Timestamp first = heartbeat(run, 1, "1 minute", "reading");
    assertThat(seconds(now(), first)).isBetween(50.0, 61.0);
    assertThat(heartbeat(run, 1, "1 second", "reading")).as("never shortened").isEqualTo(first);
    Object since = shown(run).get("doing_since");
    database.passTime(Duration.ofMinutes(2));
    assertThat(seconds(now(), heartbeat(run, 1, "1 minute", "reading")))
        .as("a lease that is over, but that nobody ended")
        .isBetween(50.0, 61.0);
    assertThat(shown(run)).containsEntry("doing", "reading").containsEntry("doing_since", since);
    heartbeat(run, 1, "1 minute", "writing");
    assertThat(seconds(since, shown(run).get("doing_since"))).isGreaterThanOrEqualTo(120);
    assertThat(heartbeat(run, 2, "1 minute", null)).as("another attempt").isNull();
    assertThatThrownBy(() -> heartbeat(run, 1, "0 s", null))
        .hasMessageContaining("heartbeat wants a lease longer than 0, not 00:00:00");
    database.sql().queryForList("select track_coordination.cancel(?)", run);
    assertThat(heartbeat(run, 1, "1 minute", "writing")).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "select track_coordination.complete_work(?, 'scan', 1)",
        "select track_coordination.give_back(?, 'scan', 1)",
        "select track_coordination.skip(?, 'scan')"
      })
  void aHeartbeatRevivesNothing(String statement) {
    UUID run = claimed();
    database.sql().queryForList(statement, run);
    List<Map<String, Object>> before = queue();
    assertThat(heartbeat(run, 1, "1 minute", null)).isNull();
    assertThat(queue()).isEqualTo(before);
  }

  private UUID claimed() {
    UUID run;
    try (Coordinator triggers = coordinator().start()) {
      run = database.startRun("single");
      database.awaitState(run, "scan", "triggered");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    database
        .sql()
        .queryForList("select * from track_coordination.claim_work('work', 'foreign', 1, '10 s')");
    return run;
  }

  private Timestamp heartbeat(UUID run, int attempt, String lease, String doing) {
    return database
        .sql()
        .queryForObject(
            "select track_coordination.heartbeat(?, 'scan', ?, cast(? as interval), ?)",
            Timestamp.class,
            run,
            attempt,
            lease,
            doing);
  }

  private Timestamp now() {
    return database.sql().queryForObject("select track_coordination.clock()", Timestamp.class);
  }

  private static double seconds(Object from, Object to) {
    return (((Timestamp) to).getTime() - ((Timestamp) from).getTime()) / 1e3;
  }

  private List<Map<String, Object>> queue() {
    return database.sql().queryForList("select * from track_coordination.work_queue");
  }

  private Map<String, Object> shown(UUID run) {
    return database
        .sql()
        .queryForMap(
            "select doing, doing_since, claimed_at, due_at from track_coordination.activation_states where correlation_id = ?",
            run);
  }

  private String worker(UUID run) {
    return database
        .sql()
        .queryForObject(
            "select worker from track_coordination.work_queue where correlation_id = ?",
            String.class,
            run);
  }

  private List<String> fates(UUID run) {
    return database
        .sql()
        .queryForList(
            "select l.attempt || ' ' || f.fate || ': ' || f.reason from track_coordination.event_fates f join processing_logs l using (correlation_id, event_id) where correlation_id = ?",
            String.class,
            run);
  }

  /** Returns why, when this instance knows that the attempt is no longer its own. */
  private String awaitLost() {
    RunningAttempt running =
        working.get().getProperty(RunningAttempt.PROPERTY, RunningAttempt.class);
    await("the heartbeat tells").atMost(PATIENCE).until(() -> running.lost() != null);
    return running.lost();
  }

  private Coordinator coordinator() {
    return database.coordinator().maintainEvery(OFTEN).heartbeatEvery(OFTEN);
  }

  private ChildProcess child(String lease, Duration work) throws Exception {
    return ChildProcess.coordinator(
        directory, database.database().url(), lease, work.toMillis(), Duration.ofSeconds(30));
  }

  private void hang(Exchange exchange) throws InterruptedException {
    working.set(exchange);
    begun.countDown();
    goOn.await();
  }

  /** Says when it began, and waits. */
  private RouteBuilder waits(String lease) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from(source(lease)).routeId("work").process(LivenessIT.this::hang);
      }
    };
  }

  private static RouteBuilder completes() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from(source(LEASE)).routeId("work").setBody(constant("{\"by\": \"other\"}"));
      }
    };
  }

  /** Hangs in the second part of a split, in another route. */
  private RouteBuilder hangsInASplit() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from(source(LEASE))
            .routeId("work")
            .setBody(constant(List.of("a", "b")))
            .split(body())
            .to("direct:upload")
            .end()
            .setBody(constant("{}"));
        from("direct:upload")
            .routeId("upload")
            .filter(body().isEqualTo("b"))
            .process(LivenessIT.this::hang)
            .id("call-drive");
      }
    };
  }

  /** After it waited there are steps of all kinds; only the one that tidies up must be done. */
  private RouteBuilder wouldDoMore() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        errorHandler(defaultErrorHandler().maximumRedeliveries(3).redeliveryDelay(60_000));
        from(source(LEASE))
            .routeId("work")
            .doTry()
            .process(LivenessIT.this::hang)
            .process(exchange -> done.add("second"))
            .id("second")
            .doCatch(Exception.class)
            .process(exchange -> done.add("caught"))
            .doFinally()
            .process(exchange -> done.add("tidied up"))
            .end()
            .process(exchange -> done.add("last"));
      }
    };
  }

  private static String source(String lease) {
    return "kamelet:track-source/test-work?handler=work&concurrency=1&lease=" + lease;
  }
}
