package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trackcoordinator.testing.AtOnce;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.testing.DeafSource;

/** maxConcurrent and rate: what they hold back, what they say, and that nothing waits in vain. */
@Tag("track-coordination")
class LimitsIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration FAR = Duration.ofHours(1); // no poll comes in between

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  // maxConcurrent

  @Test
  void claimsThatComeAtOnceGetNoMoreThanMaxConcurrentTogether() throws Exception {
    queue("maxConcurrent: 5", 40);
    for (int round = 0; round < Counts.of(20, 200); round++) {
      List<Integer> got = AtOnce.run(6, i -> () -> claim(2).size());
      assertThat(got.stream().mapToInt(Integer::intValue).sum()).isEqualTo(5);
      assertThat(database.audit()).isEmpty();
      database
          .sql()
          .update(
              "update track_coordination.work_queue set worker = null, attempt = 0, due_at = track_coordination.clock()");
    }
  }

  @Test
  void neverMoreRunThanMaxConcurrentWhateverFailsIsLostOrTriedAgain() throws Exception {
    int runs = Counts.of(300, 3000);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Random random = new Random(6);
    Processor work =
        exchange -> {
          most.accumulateAndGet(running.incrementAndGet(), Math::max);
          try {
            Thread.sleep(random.nextInt(5));
            if (random.nextInt(100) < 10) {
              throw new IllegalStateException("now and then");
            }
          } finally {
            running.decrementAndGet();
          }
        };
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong mostClaimed = new AtomicLong();
    database.load(
        workflow(
            "maxConcurrent: 3, retry: {maxAttempts: 20, backoff: 10ms, multiplier: 1, jitter: 0}"));
    database.startRuns(runs);
    Thread bySql =
        new Thread(
            () -> {
              while (!done.get()) {
                mostClaimed.accumulateAndGet(claimed(), Math::max);
                for (Map<String, Object> got : claim(2, "300 ms")) {
                  if (random.nextInt(100) < 80) { // else its lease is lost
                    end(got, random.nextBoolean() ? "completed" : "failed");
                  }
                }
              }
            });
    try (Coordinator one = database.coordinator().with(worker(work)).start();
        Coordinator two = database.coordinator().with(worker(work)).start()) {
      bySql.start();
      database.awaitRunsEnded(runs);
      done.set(true);
      bySql.join();
      assertThat(most.get()).isBetween(2, 3);
      assertThat(mostClaimed.get()).isEqualTo(3);
      assertThat(events("timed_out")).as("leases that were lost").isPositive();
      assertThat(events("retried")).isPositive();
      assertThat(
              database.count(
                  "select count(*) from track_coordination.runs where state = 'completed'"))
          .isEqualTo(runs);
      assertThat(database.audit()).isEmpty();
    } finally {
      done.set(true);
    }
  }

  @Test
  void workIsNotHandedOverPastTheLimit() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger most = new AtomicInteger();
    AtomicInteger running = new AtomicInteger();
    database.load(workflow("maxConcurrent: 2"));
    try (Coordinator one =
        database
            .coordinator()
            .with(
                worker(
                    exchange -> {
                      most.accumulateAndGet(running.incrementAndGet(), Math::max);
                      end.await();
                      running.decrementAndGet();
                    }))
            .start()) {
      for (int i = 0; i < 10; i++) {
        database.startRun("limited");
      }
      await().until(() -> database.inHand() == 2);
      database.awaitSettled();
      await()
          .during(Duration.ofMillis(300))
          .until(() -> database.inHand() == 2 && running.get() <= 2);
      end.countDown();
      database.awaitRunsEnded(10);
      assertThat(most.get()).isEqualTo(2);
    } finally {
      end.countDown();
    }
  }

  @Test
  void whatIsFinishedAndNotSettledYetTakesNoRoom() {
    queue("maxConcurrent: 1", 2);
    Map<String, Object> first = claim(2).get(0);
    assertThat(claim(2)).isEmpty();
    end(first, "completed");
    assertThat(claim(2)).hasSize(1);
  }

  @Test
  void whoBeganWithoutAskingCountsButIsNoFault() throws Exception {
    queue("maxConcurrent: 1", 2);
    try (Coordinator coordinator = database.coordinator().start()) {
      for (UUID run : runs()) {
        database.insertEvent(run, "work", "started", null);
        database.awaitState(run, "work", "started");
      }
      assertThat(reason()).isEqualTo("2 of 1 in progress");
      assertThat(claim(1)).isEmpty();
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void aLimitThatIsLoweredHoldsForWhatBeginsLater() {
    queue("maxConcurrent: 4", 10);
    List<Map<String, Object>> first = claim(10);
    assertThat(first).hasSize(4);
    database.load(workflow("maxConcurrent: 2"));
    assertThat(database.audit()).as("4 run on").isEmpty();
    assertThat(reason()).isEqualTo("4 of 2 in progress");
    end(first.get(0), "completed");
    end(first.get(1), "completed");
    assertThat(claim(10)).isEmpty();
    end(first.get(2), "completed");
    assertThat(claim(10)).hasSize(1);
    database.load(workflow("description: no limit"));
    assertThat(claim(10)).hasSize(5);
    assertThat(limit().get("reason")).isNull();
  }

  /**
   * Its snapshot is older than the claim of what came meanwhile, so that it would count too few.
   */
  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS) // work made by hand
  void aClaimWithAnOldSnapshotFailsInsteadOfTakingTooMuch() throws Exception {
    queue("maxConcurrent: 1", 1);
    // else both would note that they were seen, which fails as well
    database.sql().queryForList("select track_coordination.see_worker(array['work'], 'tester')");
    try (Connection connection = database.plain().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("begin isolation level repeatable read");
      statement.execute("select count(*) from track_coordination.work_queue");
      database
          .sql()
          .update(
              """
              insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, definition_id, priority)
              select gen_random_uuid(), track_no, handler, due_at, attempt, definition_id, 9 from track_coordination.work_queue
              """);
      assertThat(claim(1)).hasSize(1);
      assertThatThrownBy(
              () ->
                  statement.execute(
                      "select * from track_coordination.claim_work('work', 'old', 1, '1 h')"))
          .hasMessageContaining("could not serialize access");
    }
  }

  // who waits is told

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "completes | select track_coordination.complete_work(:run, 'work', 1)",
        "fails for good | select track_coordination.fail_work(:run, 'work', 1, 'X', 'no', false)",
        "is given back | select track_coordination.give_back(:run, 'work', 1)",
        "is cancelled | select track_coordination.cancel(:run)",
        "is skipped | select track_coordination.skip(:run, 'work')",
        "loses its lease | update testing.clock set ahead = '2 h'; notify track_events"
      })
  void roomThatAnAttemptOfSomebodyElseMakesIsUsedSoon(String how, String sql) throws Exception {
    queue("maxConcurrent: 1, timeout: none", 2);
    UUID first = (UUID) claim(1).get(0).get("correlation_id");
    AtomicInteger begun = new AtomicInteger();
    try (Coordinator one =
        database
            .coordinator()
            .pollEvery(FAR)
            .with(worker(exchange -> begun.incrementAndGet()))
            .start()) {
      await().during(Duration.ofMillis(300)).until(() -> begun.get() == 0);
      database.sql().execute(sql.replace(":run", "'" + first + "'"));
      long since = System.nanoTime();
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> begun.get() > 0); // no poll is what wakes it
      assertThat(Duration.ofNanos(System.nanoTime() - since))
          .isLessThan(Duration.ofSeconds(how.startsWith("loses") ? 5 : 1));
    }
  }

  /** It claims no more itself, since it stops. */
  @Test
  void roomThatAnAttemptOfAnotherInstanceMakesIsUsedSoon() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger begun = new AtomicInteger();
    queue("maxConcurrent: 1", 5);
    Processor slow =
        exchange -> {
          end.await();
          Thread.sleep(200);
        };
    try (Coordinator stopping = database.coordinator().with(worker(slow)).start()) {
      await().until(() -> database.inHand() == 1);
      try (Coordinator other =
          database
              .coordinator()
              .pollEvery(FAR)
              .with(worker(exchange -> begun.incrementAndGet()))
              .start()) {
        await().during(Duration.ofMillis(300)).until(() -> begun.get() == 0);
        Thread stop = new Thread(stopping::close);
        stop.start();
        await().during(Duration.ofMillis(300)).until(() -> begun.get() == 0);
        end.countDown();
        database.awaitRunsEnded(5);
        stop.join();
        assertThat(begun.get()).isPositive();
        assertThat(database.audit()).isEmpty();
      }
    } finally {
      end.countDown();
    }
  }

  /** Behind a pooler nobody hears; its own ends a worker knows of all the same. */
  @Test
  void aWorkerGoesOnAfterItsOwnEndsThoughItHearsNothing() throws Exception {
    queue("maxConcurrent: 1", 60);
    long since = System.nanoTime();
    try (Coordinator deaf =
        new Coordinator(
                database.pool(),
                new DeafSource(database.plain()),
                RoutesFolder.at(Path.of("routes")))
            .watching(database.database().contact())
            .with(worker(exchange -> {}))
            .start()) {
      database.awaitRunsEnded(60);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void whileTheLimitIsReachedNobodyClaimsAgainAndAgain() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    database.load(
        """
        workflow: limited
        tracks:
          work: {maxConcurrent: 1}
          other: {}
        """);
    try (Coordinator one =
        database.coordinator().with(worker(exchange -> end.await())).with(probe()).start()) {
      database.startRuns(1000);
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  database.count(
                          "select count(*) from processing_logs where track_id = 'other' and event_type = 'completed'")
                      == 1000);
      database.awaitSettled();
      long before = lastClaim();
      database.startRun("limited");
      await().until(() -> lastClaim() > before);
      long begun = lastClaim();
      await()
          .pollDelay(Duration.ofSeconds(4))
          .until(() -> true); // a second or two of polls, then rest
      database.startRun("limited");
      await().until(() -> lastClaim() > begun);
      assertThat(lastClaim() - begun).as("claims in 4 s").isLessThan(10);
      assertThat(reason()).isEqualTo("1 of 1 in progress");
      end.countDown(); // a stop waits for what runs
    } finally {
      end.countDown();
      database.sql().execute("drop function public.note_claim cascade; drop table public.claims");
    }
  }

  // rate

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS) // nobody is there to end leases
  void aRateLetsSoManyGoInEachPeriodAndSavesUpNoMore() {
    queue("rate: 10/m", 100);
    assertThat(claim(4)).hasSize(4);
    assertThat(limit()).containsEntry("reached", false);
    assertThat(reason()).isEqualTo("4 of 10 per 00:01:00 used");
    assertThat(claim(100)).hasSize(6);
    assertThat(claim(100)).isEmpty();
    assertThat(limit()).containsEntry("reached", true);
    assertThat(reason()).isEqualTo("10 of 10 per 00:01:00 used");
    assertThat(secondsUntilEarliest()).isBetween(1L, 6L);

    database.passTime(Duration.ofSeconds(6));
    assertThat(claim(100)).hasSize(1);
    database.passTime(Duration.ofSeconds(30));
    assertThat(claim(100)).hasSize(5);
    database.passTime(Duration.ofHours(5));
    assertThat(claim(100)).as("what a minute brings").hasSize(10);
    assertThat(claim(100)).isEmpty();
  }

  @Test
  void aClaimThatFindsNoWorkUsesNothingUp() {
    queue("rate: 3/m", 2);
    assertThat(claim(100)).hasSize(2);
    for (int i = 0; i < 5; i++) {
      assertThat(claim(100)).isEmpty();
    }
    assertThat(reason()).isEqualTo("2 of 3 per 00:01:00 used");
  }

  @Test
  void claimsThatComeAtOnceGetNoMoreThanTheRateTogether() throws Exception {
    queue("rate: 7/1h", 40);
    List<Integer> got = AtOnce.run(6, i -> () -> claim(3).size());
    assertThat(got.stream().mapToInt(Integer::intValue).sum()).isEqualTo(7);
  }

  @Test
  void theClockMayBePutBack() {
    queue("rate: 2/1h", 10);
    database.passTime(Duration.ofDays(1));
    assertThat(claim(10)).hasSize(2);
    database.passTime(Duration.ofHours(-23));
    assertThat(claim(10)).as("nothing is known of the time before").hasSize(2);
    assertThat(claim(10)).isEmpty();
  }

  @Test
  void workersUseWhatARateLetsGoAsSoonAsItDoes() throws Exception {
    int permits = 10;
    Duration period = Duration.ofMillis(500);
    List<Long> begun = new ArrayList<>();
    queue("rate: 10/500ms", 60);
    Processor work =
        exchange -> {
          synchronized (begun) {
            begun.add(System.nanoTime());
          }
        };
    try (Coordinator one = database.coordinator().pollEvery(FAR).with(worker(work)).start();
        Coordinator two = database.coordinator().pollEvery(FAR).with(worker(work)).start()) {
      database.awaitRunsEnded(60);
    }
    double seconds = (begun.get(59) - begun.get(0)) / 1e9;
    assertThat(seconds).as("(60 - 10) at 20 a second").isBetween(2.3, 8.0);
    List<Timestamp> claims =
        database
            .sql()
            .queryForList(
                "select created_at from processing_logs where event_type = 'started' order by created_at",
                Timestamp.class);
    for (int i = 0; i < claims.size(); i++) {
      for (int j = i; j < claims.size(); j++) {
        double between = (claims.get(j).getTime() - claims.get(i).getTime()) / 1e3;
        assertThat(j - i + 1)
            .isLessThanOrEqualTo(
                (int) Math.ceil(permits + (between + 0.05) * permits / (period.toMillis() / 1e3)));
      }
    }
  }

  /** Instances at rest ask when the look ahead said, though no timer of their own knows. */
  @Test
  void theLookAheadKnowsWhenARateLetsMoreGo() {
    queue("rate: 1/10m", 3);
    claim(1);
    Map<String, Object> due =
        database
            .sql()
            .queryForMap(
                "select cast(handlers_due as text) as handlers, work from track_coordination.next_due(null, '1 s', '{}')");
    assertThat(due.get("handlers")).isNull();
    assertThat((Double) due.get("work")).isBetween(590.0, 600.0);
    database.passTime(Duration.ofMinutes(11));
    assertThat(
            database.texts(
                "select cast(handlers_due as text) from track_coordination.next_due(null, '1 s', '{}')"))
        .containsExactly("{work}");
  }

  // what they say, and what they leave alone

  @Test
  void limitsAreGatesThatSayWhy() {
    queue("maxConcurrent: 3, rate: 5/m", 10);
    assertThat(gates())
        .containsExactly("open work 0 of 3 in progress, 0 of 5 per 00:01:00 used workflow limited");
    claim(10);
    assertThat(gates())
        .containsExactly(
            "closed work 3 of 3 in progress, 3 of 5 per 00:01:00 used workflow limited");
    assertThat(
            database.count(
                "select count(*) from track_coordination.gate_states where state = 'closed'"))
        .as("no gate that all others would ask for")
        .isZero();
    for (String nobody : new String[] {"null", "'nobody'"}) {
      assertThat(
              database
                  .sql()
                  .queryForMap("select * from track_coordination.limit_of(" + nobody + ")"))
          .containsEntry("reached", false)
          .containsEntry("reason", null)
          .containsEntry("earliest_at", null);
    }
  }

  @Test
  void theTimeBehindALimitCountsForNoTriggerTimeout() throws Exception {
    queue("maxConcurrent: 1, triggerTimeout: 1m, timeout: none", 2);
    Map<String, Object> first = claim(1).get(0);
    try (Coordinator coordinator = database.coordinator().start()) {
      database.passTime(Duration.ofMinutes(50));
      await().during(Duration.ofMillis(600)).until(() -> events("timed_out") == 0);
      end(first, "completed");
      await()
          .until(
              () ->
                  database.count(
                          "select count(*) from track_coordination.runs where state = 'completed'")
                      == 1);
      await().during(Duration.ofMillis(600)).until(() -> events("timed_out") == 0);
      database.passTime(Duration.ofSeconds(61));
      await("nobody claims it").atMost(PATIENCE).until(() -> events("timed_out") == 1);
      database.awaitSettled();
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void theLastDefinitionThatWasLoadedSaysTheLimitOfAllRuns() {
    database.load(workflow("maxConcurrent: 3, rate: 100/5m"));
    assertThat(limits()).containsExactly("work 3 100 00:05:00");
    database.load(
        "workflow: second\ntracks:\n  a: {handler: work, maxConcurrent: 7}\n  b: {handler: work}\non: {failed: work}\n");
    assertThat(limits()).containsExactly("work 7 - -");
    database.load(workflow("maxConcurrent: 3, rate: 100/5m"));
    assertThat(limits()).containsExactly("work 3 100 00:05:00");
  }

  // by hand

  private static String workflow(String settings) {
    return "workflow: limited\ntracks:\n  work: {%s}\n".formatted(settings);
  }

  /** So many activations are ready, and nobody works yet. */
  private void queue(String settings, int runs) {
    database.load(workflow(settings));
    database.startRuns(runs);
    try (Coordinator withoutWorkers = database.coordinator().start()) {
      await()
          .atMost(PATIENCE)
          .until(
              () -> database.count("select count(*) from track_coordination.work_queue") == runs);
      database.awaitSettled();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private List<Map<String, Object>> claim(int most) {
    return claim(most, "1 h");
  }

  private List<Map<String, Object>> claim(int most, String lease) {
    return database
        .sql()
        .queryForList(
            "select * from track_coordination.claim_work('work', 'by-sql', ?, cast(? as interval))",
            most,
            lease);
  }

  private void end(Map<String, Object> claimed, String event) {
    database
        .sql()
        .queryForList(
            "select track_coordination.finish_work(?, 'work', ?, ?, '{}')",
            claimed.get("correlation_id"),
            claimed.get("attempt"),
            event);
  }

  private long claimed() {
    return database.count(
        "select count(*) from track_coordination.work_queue where claimed and due_at < 'infinity'");
  }

  private long events(String type) {
    return database.count("select count(*) from processing_logs where event_type = ?", type);
  }

  private List<UUID> runs() {
    return database
        .sql()
        .queryForList("select correlation_id from track_coordination.runs", UUID.class);
  }

  private Map<String, Object> limit() {
    return database.sql().queryForMap("select * from track_coordination.limit_of('work')");
  }

  private Object reason() {
    return limit().get("reason");
  }

  private long secondsUntilEarliest() {
    return database.count(
        "select ceil(extract(epoch from earliest_at - track_coordination.clock())) from track_coordination.limit_of('work')");
  }

  private List<String> gates() {
    return database.texts(
        "select concat_ws(' ', state, handler, reason, who) from track_coordination.gates where kind = 'limit'");
  }

  private List<String> limits() {
    return database.texts(
        "select concat_ws(' ', handler, max_concurrent, coalesce(rate_permits::text, '-'), coalesce(rate_period::text, '-'))"
            + " from track_coordination.handlers where limited");
  }

  /** Each claim of an instance has a number; the last that got something for the handler other. */
  private long lastClaim() {
    return database.count("select max(number) from public.claims");
  }

  private RouteBuilder probe() {
    database
        .sql()
        .execute(
            """
            create table if not exists public.claims (number bigint);
            truncate public.claims;
            insert into public.claims values (0);
            create or replace function public.note_claim() returns trigger language plpgsql as $$
            begin
              insert into public.claims values (split_part(new.worker, '#', 2)::bigint);
              return null;
            end $$;
            create or replace trigger note_claim after insert or update on track_coordination.work_queue for each row
              when (new.handler = 'other' and new.worker like '%#%') execute function public.note_claim()
            """);
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-other?handler=other")
            .routeId("other")
            .setBody(constant("{}"));
      }
    };
  }

  private static RouteBuilder worker(Processor work) {
    return worker("?concurrency=10", work);
  }

  private static RouteBuilder worker(String options, Processor work) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-work" + options + "&handler=work")
            .routeId("work")
            .process((Exchange exchange) -> work.process(exchange))
            .setBody(constant("{}"));
      }
    };
  }
}
