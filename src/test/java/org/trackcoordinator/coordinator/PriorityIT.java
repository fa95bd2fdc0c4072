package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataAccessException;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;

/** Work is claimed by the time when it was ready, and 10 minutes earlier for each priority. */
@Tag("track-coordination")
class PriorityIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String SINGLE =
      "workflow: single\ntracks:\n  work: {retry: {maxAttempts: 5, backoff: 5m, maxBackoff: 5m, jitter: 0}}\n";

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  private record Ready(UUID run, double rank) {}

  @Test
  void workIsClaimedByItsRank() throws Exception {
    database.load(SINGLE);
    Random random = new Random(5);
    List<Ready> ready = new ArrayList<>();
    double minutes = 0;
    try (Coordinator coordinator = database.coordinator().start()) {
      for (int i = 0; i < 30; i++) {
        int priority = random.nextInt(10);
        UUID run = start(priority);
        database.awaitState(run, "work", "triggered");
        ready.add(new Ready(run, minutes - 10 * priority));
        int pass = 1 + random.nextInt(8);
        minutes += pass + 1 / 60.0;
        database.passTime(Duration.ofMinutes(pass).plusSeconds(1)); // no two ranks are the same
      }
    }
    ready.sort(Comparator.comparing(Ready::rank));
    assertThat(claimAll()).containsExactlyElementsOf(ready.stream().map(Ready::run).toList());
  }

  @Test
  void aBackfillDelaysWhatIsUrgentByNoMoreThanWhatIsInHandAndStarvesNobody() throws Exception {
    int backfill = Counts.of(1_000, 10_000);
    database.load(SINGLE);
    database.startRuns(backfill);
    UUID urgent;
    UUID fresh;
    try (Coordinator coordinator = database.coordinator().start()) {
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  database.count("select count(*) from track_coordination.work_queue") == backfill);
      database.passTime(Duration.ofMinutes(5));
      fresh = start(0);
      urgent = start(9);
      database.awaitState(fresh, "work", "triggered");
      database.awaitState(urgent, "work", "triggered");
      database.passTime(Duration.ofMinutes(5));
      database.startRuns(backfill / 10);
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  database.count("select count(*) from track_coordination.work_queue")
                      == backfill + backfill / 10 + 2);
    }
    List<UUID> order = claimAll();
    assertThat(order.indexOf(urgent)).isZero();
    assertThat(order.indexOf(fresh)).as("after all that was ready before").isEqualTo(backfill + 1);
  }

  @Test
  void workersTakeWhatIsUrgentNext() throws Exception {
    int concurrency = 4;
    CountDownLatch begin = new CountDownLatch(1);
    database.load(SINGLE);
    database.startRuns(100);
    try (Coordinator coordinator =
        database
            .coordinator()
            .with(
                new RouteBuilder() {
                  @Override
                  public void configure() {
                    from("kamelet:track-source/test-work?handler=work&concurrency=" + concurrency)
                        .routeId("work")
                        .process(
                            exchange -> {
                              begin.await();
                              Thread.sleep(60); // too slow to be claimed ahead
                            })
                        .setBody(constant("{}"));
                  }
                })
            .start()) {
      await().atMost(PATIENCE).until(() -> database.inHand() == concurrency);
      database.awaitSettled();
      UUID urgent = start(9);
      database.awaitState(urgent, "work", "triggered");
      begin.countDown();
      database.awaitRunsEnded(101);
      assertThat(
              database.count(
                  """
                  select count(*) from processing_logs
                   where event_type = 'started'
                     and event_id < (select event_id from processing_logs where event_type = 'started' and correlation_id = ?)
                  """,
                  urgent))
          .as("begun before it: what was in hand, and what was claimed with it")
          .isLessThan(3 * concurrency);
      assertThat(database.audit()).isEmpty();
    } finally {
      begin.countDown();
    }
  }

  /** Both become ready in one transaction, and the worker has one slot. */
  @Test
  void ofWhatIsHandedOverTheMostUrgentComesFirst() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    database.load(SINGLE);
    try (Coordinator coordinator =
        database
            .coordinator()
            .with(
                new RouteBuilder() {
                  @Override
                  public void configure() {
                    from("kamelet:track-source/test-work?handler=work&concurrency=1")
                        .routeId("work")
                        .process(exchange -> end.await())
                        .setBody(constant("{}"));
                  }
                })
            .start()) {
      List<UUID> runs =
          database
              .sql()
              .queryForList(
                  "select track_coordination.start_run('single', priority => p) from unnest(array[0, 0, 0, 9, 0]) p",
                  UUID.class);
      await().until(() -> database.inHand() == 1);
      assertThat(database.state(runs.get(3), "work")).isEqualTo("started");
      end.countDown();
      database.awaitRunsEnded(5);
    } finally {
      end.countDown();
    }
  }

  @Test
  void whatWaitsLongEnoughComesFirstWhateverItsPriority() throws Exception {
    database.load(SINGLE);
    UUID old;
    List<UUID> urgent = new ArrayList<>();
    try (Coordinator coordinator = database.coordinator().start()) {
      old = start(0);
      database.awaitState(old, "work", "triggered");
      database.passTime(Duration.ofMinutes(91));
      for (int i = 0; i < 5; i++) {
        urgent.add(start(9));
        database.awaitState(urgent.get(i), "work", "triggered");
      }
    }
    assertThat(claimAll()).startsWith(old).containsAll(urgent);
  }

  @Test
  void urgentWorkIsNotClaimedBeforeItIsDue() throws Exception {
    database.load(SINGLE);
    try (Coordinator coordinator = database.coordinator().start()) {
      UUID urgent = start(9);
      database.awaitState(urgent, "work", "triggered");
      claimAll();
      database
          .sql()
          .queryForList(
              "select track_coordination.fail_work(?, 'work', 1, 'X', 'not yet')", urgent);
      database.awaitSettled();
      UUID plain = start(0);
      database.awaitState(plain, "work", "triggered");
      assertThat(work()).as("seconds until the next").isBetween(200.0, 300.0);
      assertThat(claimAll()).containsExactly(plain);
      database.passTime(Duration.ofMinutes(5));
      UUID later = start(8);
      database.awaitState(later, "work", "triggered");
      assertThat(claimAll()).as("its retry keeps the priority").containsExactly(urgent, later);
      assertThat(database.audit()).isEmpty();
    }
  }

  /** They rank before all that is due; a look at each of their rows would be felt. */
  @Test
  void manyUrgentRetriesThatAreNotDueCostAClaimLittle() throws Exception {
    int many = 20_000;
    int definition = database.load(SINGLE);
    database
        .sql()
        .update(
            """
            insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, definition_id, priority)
            select gen_random_uuid(), 1, 'work', track_coordination.clock() + interval '4 min', 1, ?, 9 from generate_series(1, ?)
            """,
            definition,
            many);
    database.sql().execute("vacuum analyze track_coordination.work_queue");
    String plan =
        String.join(
            "\n",
            database.texts(
                """
                explain (analyze, buffers, timing off)
                select q.ctid from track_coordination.work_queue q
                 where q.handler = 'work' and not q.claimed
                   and q.rank_at <= track_coordination.clock() and q.due_at <= track_coordination.clock()
                 order by q.rank_at limit 10
                """));
    assertThat(plan).contains("work_queue_due").doesNotContain("Rows Removed by Filter");
  }

  @Test
  void aForeignStartMaySayThePriority() throws Exception {
    database.load(SINGLE);
    Map<String, Integer> expected = new HashMap<>(Map.of("7", 7, "0", 0, "1.5", 0, "7.0", 0));
    for (String nonsense : List.of("\"7\"", "10", "-1", "null", "{}", "[7]", "true")) {
      expected.put(nonsense, 0);
    }
    try (Coordinator coordinator = database.coordinator().start()) {
      for (Map.Entry<String, Integer> each : expected.entrySet()) {
        UUID run = UUID.randomUUID();
        database
            .sql()
            .update(
                """
                insert into processing_logs (correlation_id, track_id, event_type, payload, metadata)
                values (?, 'work', 'started', '{}', jsonb_build_object('priority', cast(? as jsonb)))
                """,
                run,
                each.getKey());
        database.awaitState(run, "work", "started");
        for (String table : List.of("runs", "work_queue")) {
          assertThat(
                  database.count(
                      "select priority from track_coordination."
                          + table
                          + " where correlation_id = ?",
                      run))
              .as(each.getKey())
              .isEqualTo(each.getValue().longValue());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 10, 100_000})
  void otherPrioritiesAreRefused(int priority) {
    database.load(SINGLE);
    assertThatThrownBy(() -> start(priority))
        .isInstanceOf(DataAccessException.class)
        .hasMessageContaining("priority is " + priority + ", not 0 to 9")
        .hasMessageContaining("Hint: 0 is what most runs have");
    assertThat(database.count("select count(*) from track_coordination.runs")).isZero();
  }

  @Test
  void aSinkStartsRunsWithItsPriorityOrThatOfTheHeader() throws Exception {
    database.load(SINGLE);
    try (Coordinator coordinator =
        database
            .coordinator()
            .with(
                new RouteBuilder() {
                  @Override
                  public void configure() {
                    from("direct:plain").to("kamelet:track-start-sink?workflow=single");
                    from("direct:mail").to("kamelet:track-start-sink?workflow=single&priority=5");
                  }
                })
            .start()) {
      assertThat(priorityOf(coordinator, "direct:plain", Map.of())).isZero();
      assertThat(priorityOf(coordinator, "direct:mail", Map.of())).isEqualTo(5);
      assertThat(priorityOf(coordinator, "direct:mail", Map.of("trackPriority", 7))).isEqualTo(7);
      assertThat(priorityOf(coordinator, "direct:plain", Map.of("trackPriority", "3")))
          .isEqualTo(3);
    }
  }

  private long priorityOf(Coordinator coordinator, String uri, Map<String, Object> headers) {
    Object run =
        coordinator
            .camel()
            .createProducerTemplate()
            .send(
                uri,
                exchange -> {
                  exchange.getMessage().setBody("{}");
                  exchange.getMessage().setHeaders(new HashMap<>(headers));
                })
            .getMessage()
            .getHeader("trackCorrelationId");
    return database.count(
        "select priority from track_coordination.runs where correlation_id = cast(? as uuid)", run);
  }

  private UUID start(int priority) {
    return database
        .sql()
        .queryForObject(
            "select track_coordination.start_run('single', priority => ?)", UUID.class, priority);
  }

  private double work() {
    return database
        .sql()
        .queryForObject(
            "select work from track_coordination.next_due(null, '1 s', '{}')", Double.class);
  }

  /** All that can be claimed, one by one. */
  private List<UUID> claimAll() {
    List<UUID> order = new ArrayList<>();
    while (true) {
      List<UUID> next =
          database
              .sql()
              .queryForList(
                  "select correlation_id from track_coordination.claim_work('work', 'by-sql', 1, '10 h')",
                  UUID.class);
      if (next.isEmpty()) {
        return order;
      }
      order.addAll(next);
    }
  }
}
