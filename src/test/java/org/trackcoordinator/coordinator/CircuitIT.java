package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.AtOnce;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.testing.LogLines;

/** What a target that is down costs, and how work goes on when it is back. */
@Tag("track-coordination")
class CircuitIT {

  private static final int CONCURRENCY = 10;
  private static final int MINIMUM_CALLS = 5;
  private static final int PROBES = 3;
  private static final int MAX_WAVE = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final String WORKFLOW =
      """
      workflow: booking
      defaults: {retry: {maxAttempts: 2, backoff: 1s, maxBackoff: 2s}}
      tracks:
        scan: {}
        book: {dependsOn: [scan], circuit: books-api}
      """;

  private static final String DOWN =
      "{\"error\": {\"class\": \"Down\", \"message\": \"no answer\"}}";

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  private final AtomicBoolean down = new AtomicBoolean();
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger callsWhileDown = new AtomicInteger();

  private final LogLines log = new LogLines();

  @AfterEach
  void noJobFailed() {
    log.close();
    assertThat(log.matching("ERROR the job .*")).isEmpty();
  }

  private Coordinator start() throws Exception {
    Properties properties = new Properties();
    properties.put("circuit.minimum-calls", String.valueOf(MINIMUM_CALLS));
    properties.put("circuit.probes", String.valueOf(PROBES));
    properties.put("circuit.max-wave", String.valueOf(MAX_WAVE));
    properties.put("circuit.wave-interval", "50ms");
    properties.put("circuit.look-every", "50");
    return database.coordinator().with(worker()).with(properties).start();
  }

  private RouteBuilder worker() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-scan?handler=scan").routeId("scan").setBody(constant("{}"));
        from("kamelet:track-source/test-book?handler=book&concurrency=" + CONCURRENCY)
            .routeId("book")
            .process(
                exchange -> {
                  calls.incrementAndGet();
                  if (down.get()) {
                    callsWhileDown.incrementAndGet();
                    throw new ConnectException("the books are closed");
                  }
                })
            .setBody(constant("{}"));
      }
    };
  }

  private String gate(String column) {
    List<String> values =
        database
            .sql()
            .queryForList(
                "select cast(%s as text) from track_coordination.gate_states where circuit = 'books-api'"
                    .formatted(column),
                String.class);
    return values.isEmpty() ? "none" : values.get(0);
  }

  private void awaitGate(String column, String value) {
    await(column + " of the gate is " + value)
        .atMost(PATIENCE)
        .until(() -> gate(column), value::equals);
  }

  private long waiting() {
    return database.count(
        "select count(*) from track_coordination.activation_states where track_id = 'book' and state in ('held', 'triggered')");
  }

  private long ended(String event) {
    return database.count(
        "select count(*) from processing_logs where track_id = 'book' and event_type = ?", event);
  }

  /** Until the rest after this closing is over, and its probes have failed, too. */
  private void passOneRest(int closings) {
    database.passTime(Duration.ofSeconds(30L << Math.min(closings - 1, 4)).plusSeconds(2));
    awaitGate("closings", String.valueOf(closings + 1));
  }

  /** Down for ten minutes with n ready activations. */
  private void targetIsDown(int n, int instances) throws Exception {
    database.load(WORKFLOW);
    down.set(true);
    int late = 10; // ready when the circuit is open already; the others may all be queued by then
    database.startRuns(n - late);
    AutoCloseable[] coordinators = new AutoCloseable[instances];
    try {
      for (int i = 0; i < instances; i++) {
        coordinators[i] = start();
      }
      awaitGate("state", "closed");
      database.startRuns(late);
      await().atMost(PATIENCE).until(() -> waiting() == n);
      database.awaitSettled();
      int opening = callsWhileDown.get();
      assertThat(opening).isBetween(MINIMUM_CALLS, instances * (MINIMUM_CALLS + CONCURRENCY));
      assertThat(gate("reason"))
          .contains("circuit books-api is open: ")
          .contains(
              "attempts failed, the last with java.net.ConnectException: the books are closed");
      assertThat(gate("earliest_at > track_coordination.clock()")).isEqualTo("true");
      assertThat(
              database.count(
                  "select count(*) from track_coordination.activations where state = 'held'"))
          .as("held before their trigger")
          .isPositive();

      for (int closings = 1; closings <= 4; closings++) { // 30 s, 1, 2, 4 minutes
        int before = callsWhileDown.get();
        passOneRest(closings);
        assertThat(callsWhileDown.get() - before).as("probes").isBetween(1, PROBES);
        assertThat(gate("reason")).contains("circuit books-api stays open: ");
      }
      database.passTime(Duration.ofMinutes(2)); // of the rest of 5 minutes
      assertThat(ended("failed")).isEqualTo(callsWhileDown.get());
      assertThat(callsWhileDown.get()).isLessThanOrEqualTo(opening + 4 * PROBES);
      assertThat(database.audit()).isEmpty();

      down.set(false);
      database.passTime(Duration.ofMinutes(4));
      await().atMost(PATIENCE).until(() -> ended("completed") == n);
      database.awaitRunsEnded(n);
      awaitGate("state", "open");
      assertThat(
              database.count(
                  "select count(*) from track_coordination.runs where state = 'completed'"))
          .isEqualTo(n);
      assertThat(ended("failed")).isEqualTo(callsWhileDown.get());
      assertThat(database.count("select count(*) from track_coordination.circuit_probes")).isZero();
      assertThat(database.audit()).isEmpty();
    } finally {
      for (AutoCloseable coordinator : coordinators) {
        if (coordinator != null) {
          coordinator.close();
        }
      }
    }
  }

  @Test
  void whatIsReadyWhileTheTargetIsDownCostsProbesOnlyAndCompletesAfterwards() throws Exception {
    targetIsDown(Counts.of(1000, 5000), 1);
  }

  @Test
  void twoInstancesMakeNoMoreProbesThanOne() throws Exception {
    targetIsDown(Counts.of(1000, 5000), 2);
  }

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS) // activations made by hand
  void aRecoveredTargetGetsWavesThatGrowAndAreBounded() {
    int definition = database.load(WORKFLOW);
    database.sql().queryForList("select track_coordination.start_runs(?, 300)", definition);
    queueBooks(300);
    open(1);
    database.passTime(Duration.ofSeconds(31));
    assertThat(probe()).containsExactly("books-api");
    assertThat(gate("permits")).isEqualTo("3");
    int[] waves = {3, 6, 12, 24, 48, 96, 100};
    int done = 0;
    for (int wave : waves) {
      assertThat(gate("wave")).isEqualTo(String.valueOf(wave));
      assertThat(claim(1000)).as("permits bound the claim").isEqualTo(wave);
      assertThat(claim(1000)).isZero();
      completeClaimed();
      done += wave;
      probe();
      assertThat(gate("wave"))
          .as("not before the interval is over")
          .isEqualTo(String.valueOf(wave));
      database.passTime(Duration.ofSeconds(1));
      probe();
    }
    assertThat(done).isEqualTo(289);
    assertThat(gate("state")).as("what is left is less than a wave").isEqualTo("open");
    assertThat(claim(1000)).isEqualTo(11);
  }

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS) // activations made by hand
  void theRestDoublesUpToTheLongestAndBeginsAnewAfterARecovery() {
    database.load(WORKFLOW);
    long[] rests = {30, 60, 120, 240, 300, 300};
    for (int i = 0; i < rests.length; i++) {
      assertThat(open(i + 1)).isTrue();
      assertThat(open(i + 1)).as("it rests already").isFalse();
      assertThat(gate("extract(epoch from earliest_at - track_coordination.clock())::int"))
          .isEqualTo(String.valueOf(rests[i]));
      database.passTime(Duration.ofSeconds(rests[i]));
    }
    database.startRuns(1);
    queueBooks(1);
    probe();
    claim(1);
    completeClaimed();
    database.passTime(Duration.ofSeconds(1));
    probe();
    assertThat(gate("state")).isEqualTo("open");
    open(1);
    assertThat(gate("extract(epoch from earliest_at - track_coordination.clock())::int"))
        .isEqualTo("30");
  }

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS) // activations made by hand
  void aProbeThatIsLostWithItsWorkerNeitherJudgesNorBlocksForEver() {
    beginToProbe(9);
    assertThat(claim(10)).isEqualTo(PROBES);
    database.passTime(Duration.ofMinutes(1));
    probe();
    assertThat(gate("permits")).as("they are being worked on").isEqualTo("0");
    database.passTime(Duration.ofHours(1)); // the leases of all three are over
    probe();
    assertThat(gate("wave")).isEqualTo("3");
    assertThat(gate("permits")).isEqualTo("3");
    assertThat(gate("closings")).as("nobody said that the target is down").isEqualTo("1");
  }

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS) // activations made by hand
  void probesThatFailCloseItOffAgain() {
    beginToProbe(40);
    claim(10);
    end(2, "failed", DOWN);
    completeClaimed();
    probe();
    assertThat(gate("closings")).isEqualTo("2");
    assertThat(gate("reason"))
        .isEqualTo(
            "circuit books-api stays open: 2 of 3 probes failed, the last with Down: no answer");
  }

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS) // activations made by hand
  void aTargetThatFailsNowAndThenGetsItsBacklogAllTheSame() {
    beginToProbe(40);
    for (int wave : new int[] {3, 6, 12}) {
      assertThat(gate("wave")).isEqualTo(String.valueOf(wave));
      claim(100);
      end(1, "failed", DOWN);
      completeClaimed();
      database.passTime(Duration.ofSeconds(1));
      probe();
    }
    assertThat(gate("state")).as("what is left is less than a wave").isEqualTo("open");
    assertThat(gate("reason"))
        .isEqualTo(
            "circuit books-api is closed again: 11 of 12 attempts of the last wave went well");
  }

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS) // activations made by hand
  void whatTheTargetRefusesForGoodReasonsSaysNothingAboutItsHealth() {
    beginToProbe(20);
    claim(10);
    end(
        2,
        "failed",
        "{\"error\": {\"class\": \"BadRequest\", \"message\": \"no\", \"status\": 422}}");
    end(1, "completed", "{}");
    database.passTime(Duration.ofSeconds(1));
    probe();
    assertThat(gate("wave")).isEqualTo("6");
    assertThat(gate("closings")).isEqualTo("1");
  }

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS) // activations made by hand
  void twoInstancesTakeNoMorePermitsThanThereAre() throws Exception {
    database.load(WORKFLOW);
    for (int round = 0; round < Counts.of(20, 200); round++) {
      int queued = 30;
      database.sql().update("delete from track_coordination.gate_states");
      database.startRuns(queued);
      queueBooks(queued);
      open(1);
      database.passTime(Duration.ofSeconds(31));
      probe();
      List<Integer> got = AtOnce.run(4, i -> () -> claim(2));
      assertThat(got.stream().mapToInt(Integer::intValue).sum()).isEqualTo(PROBES);
      assertThat(gate("permits")).isEqualTo("0");
      database.sql().update("delete from track_coordination.work_queue where true");
    }
  }

  @Test
  void whatAnOperatorHoldsStaysHeldWhenTheCircuitRecovers() throws Exception {
    database.load(WORKFLOW);
    down.set(true);
    try (Coordinator coordinator = start()) {
      database.startRuns(15);
      awaitGate("state", "closed");
      database.startRuns(5);
      await().atMost(PATIENCE).until(() -> waiting() == 20);
      database.awaitSettled();
      UUID kept =
          database
              .sql()
              .queryForObject(
                  "select correlation_id from track_coordination.activations where state = 'held' limit 1",
                  UUID.class);
      database
          .sql()
          .queryForList("select track_coordination.hold(correlation_id => ?, why => 'ask')", kept);
      down.set(false);
      database.passTime(Duration.ofSeconds(40));
      awaitGate("state", "open");
      await().atMost(PATIENCE).until(() -> ended("completed") == 19);
      database.awaitSettled();
      assertThat(database.state(kept, "book")).isEqualTo("held");
      database.sql().queryForList("select track_coordination.release(correlation_id => ?)", kept);
      database.awaitState(kept, "book", "completed");
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void whatWasClaimedAheadIsGivenBackWhenTheCircuitOpens() throws Exception {
    database.load(WORKFLOW);
    try (Coordinator coordinator = start()) {
      database.startRuns(300); // now it is known that this work is fast
      database.awaitRunsEnded(300);
      database.sql().queryForList("select track_coordination.hold(handler => 'book')");
      database.startRuns(400);
      await().atMost(PATIENCE).until(() -> waiting() == 400);
      database.awaitSettled();
      down.set(true);
      database.sql().queryForList("select track_coordination.release(handler => 'book')");
      awaitGate("state", "closed");
      await().atMost(PATIENCE).until(() -> waiting() == 400);
      database.awaitSettled();
      assertThat(callsWhileDown.get())
          .as("half of a window of 20, and what ran just then")
          .isBetween(10, 10 + CONCURRENCY);
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS) // activations made by hand
  void theAuditFindsPermitsBeyondTheWave() {
    beginToProbe(9);
    claim(2);
    database.sql().update("update track_coordination.gate_states set permits = 2");
    assertThat(database.audit())
        .anySatisfy(
            row ->
                assertThat(row.get("detail"))
                    .isEqualTo(
                        "circuit books-api: 2 permits and 2 probes in progress make more than its wave of 3"));
  }

  @Test
  void anAttemptThatABreakerRefusesCostsNothingAndClosesTheGate() throws Exception {
    database.load(WORKFLOW);
    CircuitBreaker own = CircuitBreaker.ofDefaults("my-own");
    own.transitionToOpenState();
    RouteBuilder refusing =
        new RouteBuilder() {
          @Override
          public void configure() {
            from("kamelet:track-source/test-refusing?handler=book")
                .routeId("refusing")
                .process(exchange -> own.executeCallable(() -> "called"))
                .setBody(constant("{}"));
          }
        };
    Properties fast = new Properties();
    fast.put("circuit.look-every", "50");
    fast.put("circuit.wave-interval", "50ms");
    try (Coordinator coordinator = database.coordinator().with(refusing).with(fast).start()) {
      database.startRuns(3);
      reportScans();
      awaitGate("state", "closed");
      assertThat(gate("reason"))
          .isEqualTo("circuit books-api is open: the circuit breaker my-own refused an attempt");
      await().atMost(PATIENCE).until(() -> waiting() == 3);
      database.awaitSettled();
      long claims = ended("started");
      assertThat(ended("failed")).isZero();
      database.passTime(Duration.ofSeconds(31));
      awaitGate("closings", "2"); // its probes were refused, too
      assertThat(ended("started") - claims).isBetween(1L, 3L);
      own.transitionToClosedState();
      database.passTime(Duration.ofSeconds(61));
      await().atMost(PATIENCE).until(() -> ended("completed") == 3);
      assertThat(ended("failed")).isZero();
      assertThat(
              database.count(
                  "select max(attempt) from processing_logs where event_type = 'completed' and track_id = 'book'"))
          .isEqualTo(1);
    }
  }

  // by hand: what instances do, one step at a time

  /** So many activations wait behind a circuit that has rested. */
  private void beginToProbe(int queued) {
    database.load(WORKFLOW);
    database.startRuns(queued);
    queueBooks(queued);
    open(1);
    database.passTime(Duration.ofSeconds(31));
    probe();
  }

  /** Queues the books of all runs, as if their scans were done. */
  private void queueBooks(int runs) {
    database
        .sql()
        .update(
            """
            insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, definition_id)
            select r.correlation_id, t.track_no, t.handler, track_coordination.clock(), 0, r.definition_id
              from track_coordination.runs r
              join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.track_id = 'book'
             where r.state = 'running'
                on conflict do nothing
            """);
    assertThat(
            database.count(
                "select count(*) from track_coordination.work_queue where handler = 'book'"))
        .isGreaterThanOrEqualTo(runs);
  }

  /** As if all scans were done, through the coordinator. */
  private void reportScans() {
    for (UUID run :
        database
            .sql()
            .queryForList("select correlation_id from track_coordination.runs", UUID.class)) {
      database.awaitState(run, "scan", "triggered");
      database.insertEvent(run, "scan", "completed", "{}");
    }
  }

  private boolean open(int closing) {
    return database
        .sql()
        .queryForObject(
            "select track_coordination.open_circuit('books-api', 'closing ' || ?, 'test', '30s', '5m')",
            Boolean.class,
            closing);
  }

  private List<String> probe() {
    return database
        .sql()
        .queryForList(
            "select unnest(track_coordination.probe_circuits(3, 100, '1s', 50, 5, '30s', '5m', 'test'))",
            String.class);
  }

  private int claim(int most) {
    return database
        .sql()
        .queryForList(
            "select track_id from track_coordination.claim_work('book', 'test', ?, '10 minutes')",
            String.class,
            most)
        .size();
  }

  private void completeClaimed() {
    end(1000, "completed", "{}");
  }

  private void end(int howMany, String event, String payload) {
    database
        .sql()
        .update(
            """
            with ended as (
              delete from track_coordination.work_queue
               where ctid = any(array(select ctid from track_coordination.work_queue where claimed limit ?))
              returning correlation_id, attempt)
            insert into processing_logs (correlation_id, track_id, event_type, attempt, payload)
            select correlation_id, 'book', ?, attempt, cast(? as jsonb) from ended
            """,
            howMany,
            event,
            payload);
  }
}
