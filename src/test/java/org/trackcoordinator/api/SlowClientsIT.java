package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.Closeable;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;

/**
 * Clients that are slow, silent, many, or gone: they hold no thread, no connection of the pool, and
 * a bounded number of connections and bytes for a bounded time.
 */
@Tag("track-coordination")
class SlowClientsIT {

  private static final int CONNECTIONS = Counts.of(200, 800); // no more wait for a thread at once
  private static final int MORE_CONNECTIONS = Counts.of(300, 8_000);
  private static final int STREAMS = Counts.of(30, 300);
  private static final int SOON_MILLIS = 10_000;
  private static final int MEGABYTE = 1_048_576;
  private static final int LEAVES = 8;

  private static final RawRequest RELEASE = RawRequest.post("/api/release", "{\"handler\": \"x\"}");

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final RunningApi api =
      new RunningApi(database)
          .with("api.connections", Integer.toString(CONNECTIONS))
          .with("api.request-time", "1s")
          .with("api.silence", "1s")
          .with("api.reads.per-second", "10000")
          .with("api.reads.bytes", Integer.toString(20 * MEGABYTE))
          .with("api.writes.bytes", Integer.toString(4 * MEGABYTE));

  private final List<Closeable> open = new ArrayList<>();

  @BeforeEach
  void load() {
    database.load("{workflow: one, tracks: {gmail: {}}}");
  }

  @AfterEach
  void close() throws Exception {
    for (Closeable connection : open) {
      connection.close();
    }
    soon("no connection is left", () -> room(Role.READER) == 0 && room(Role.WORKER) == 0);
    soon("others are served", SlowClientsIT::isServed);
  }

  @Test
  void aHeadThatTricklesIsCutOff() {
    RawHttp slow = connect();
    CompletableFuture<Void> trickle =
        trickle(slow, "GET /api/queues HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(10_000));
    assertThat(slow.isClosedWithin(SOON_MILLIS)).isTrue();
    trickle.cancel(false);
  }

  @Test
  void aBodyThatTricklesIsCutOff() {
    for (String length : List.of("Content-Length: 100000", "Transfer-Encoding: chunked")) {
      RawHttp slow = connect();
      slow.send(
          "POST /api/hold HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%s\r\n\r\n"
              .formatted(length));
      CompletableFuture<Void> trickle = trickle(slow, "1\r\n \r\n".repeat(10_000));
      assertThat(slow.isClosedWithin(SOON_MILLIS)).as(length).isTrue();
      trickle.cancel(false);
    }
  }

  @Test
  void aConnectionThatSaysNothingIsClosed() {
    assertThat(connect().isClosedWithin(SOON_MILLIS)).isTrue();
    RawHttp kept = connect().send(RawRequest.get("/api/queues").bytes());
    assertThat(kept.read().status()).isEqualTo(200);
    assertThat(kept.isClosedWithin(SOON_MILLIS)).isTrue();
    RawHttp refused = connect().send(RawRequest.get("/api/queues").with("Origin: null").bytes());
    assertThat(refused.read().status()).isEqualTo(403);
    assertThat(refused.isClosedWithin(SOON_MILLIS)).isTrue();
  }

  @Test
  void moreConnectionsThanAreAllowedAreClosedAndTheOthersServed() {
    UUID run = triggeredRun();
    RawRequest waits = RawRequest.get("/api/runs/" + run + "/result").with("Prefer: wait=300");
    List<RawHttp> early =
        IntStream.range(0, CONNECTIONS).mapToObj(i -> connect().send(waits.bytes())).toList();
    soon("all wait", () -> api.waitingForRuns() == CONNECTIONS);
    for (int i = 0; i < MORE_CONNECTIONS; i++) {
      try (RawHttp late = new RawHttp(api.port())) {
        assertThat(late.send(RawRequest.get("/api/queues").bytes()).read()).isNull();
      }
    }
    database.sql().queryForList("select track_coordination.cancel(?)", run);
    assertThat(early).allMatch(connection -> connection.read().status() == 200);
  }

  @Test
  void whoeverWaitsForAnAnswerIsNotSilent() {
    UUID run = triggeredRun();
    RawRequest waits = RawRequest.get("/api/runs/" + run + "/result").with("Prefer: wait=2");
    RawHttp connection =
        connect() // both at once: the answer to the first comes while the second is read
            .send(RawRequest.get("/api/queues").bytes())
            .send(waits.bytes());
    assertThat(connection.read().status()).isEqualTo(200);
    Reply late = connection.read();
    assertThat(late.status()).isEqualTo(202);
    assertThat(late.header("Preference-Applied")).isEqualTo("wait=2");
  }

  @Test
  void whoeverWentAwayWaitsNoMore() {
    UUID run = triggeredRun();
    List<RawHttp> waiters = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      RawRequest result = RawRequest.get("/api/runs/" + run + "/result");
      RawRequest claim =
          RawRequest.post("/api/handlers/nobody-" + i + "/claims", "{\"worker\": \"w\"}");
      waiters.add(connect().send(result.with("Prefer: wait=300").bytes()));
      waiters.add(connect().send(claim.with("Prefer: wait=300").bytes()));
    }
    soon("all wait", () -> api.waitingForRuns() == 50 && api.waitingForWork() == 50);
    assertThat(api.handlersWaitedFor()).isEqualTo(50);
    waiters.forEach(RawHttp::close);
    soon("none waits", () -> api.waitingForRuns() == 0 && api.waitingForWork() == 0);
    soon("no name is kept", () -> api.handlersWaitedFor() == 0);
  }

  @Test
  void answersThatAreLeftUnreadTakeBoundedRoomForABoundedTime() {
    RawRequest large = RawRequest.get("/api/runs/" + runWithALargeResult() + "/result");
    List<RawHttp> slow = new ArrayList<>();
    soon(
        "there is no more room for answers, but for those to writes",
        () -> {
          slow.add(new RawHttp(api.port(), 4_096).send(large.bytes()));
          Reply refused = large.ask(api.port());
          assertThat(room(Role.READER)).isLessThanOrEqualTo(20 * MEGABYTE);
          assertThat(RELEASE.ask(api.port()).status()).isEqualTo(200);
          return refused.status() == 503 && refused.header("Retry-After").equals("1");
        });
    open.addAll(slow);
    soon("they are cut off", () -> room(Role.READER) == 0 && api.server().connections() == 0);
    assertThat(slow).allMatch(connection -> connection.isClosedWithin(SOON_MILLIS));
    assertThat(large.ask(api.port()).status()).isEqualTo(200);
  }

  @Test
  void bodiesThatComeSlowlyTakeBoundedRoom() {
    List<RawHttp> slow = new ArrayList<>();
    soon(
        "there is no more room for bodies, but for what reads",
        () -> {
          slow.add(
              connect()
                  .send(
                      "POST /api/hold HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1048570\r\n\r\n{"));
          Reply refused = RELEASE.ask(api.port());
          assertThat(room(Role.WORKER)).isLessThanOrEqualTo(4 * MEGABYTE);
          assertThat(isServed()).isTrue();
          return refused.status() == 503 && refused.header("Retry-After").equals("1");
        });
    assertThat(slow).allMatch(connection -> connection.isClosedWithin(SOON_MILLIS));
    soon("there is room again", () -> RELEASE.ask(api.port()).status() == 200);
  }

  @Test
  void aStreamOfEventsThatIsLeftUnreadIsCutOff() {
    RawRequest events = RawRequest.get("/api/runs/" + runWithLargeEvents() + "/events");
    int threads = Thread.activeCount();
    List<RawHttp> slow =
        IntStream.range(0, STREAMS)
            .mapToObj(i -> new RawHttp(api.port(), 4_096).send(events.bytes()))
            .peek(open::add)
            .toList();
    assertThat(slow).allMatch(stream -> stream.beginning().equals("HTTP/1.1 200 OK"));
    assertThat(Thread.activeCount()).as("none of them has a thread").isLessThan(threads + 20);
    assertThat(isServed()).isTrue();
    soon("they are cut off", () -> api.streams() == 0 && api.server().connections() == 0);
    assertThat(slow).allMatch(connection -> connection.isClosedWithin(SOON_MILLIS));
  }

  @Test
  void readsThatTakeLongHoldNoWorkerUp() throws Exception {
    try (Connection holder = database.plain().getConnection()) {
      holder.setAutoCommit(false);
      holder.createStatement().execute("lock table track_coordination.event_fates");
      RawRequest hanging = RawRequest.get("/api/quarantine");
      RawHttp first = connect().send(hanging.bytes());
      soon("it hangs", () -> database.waitingForLocks() == 1);
      IntStream.range(0, 20).forEach(i -> connect().send(hanging.bytes()));
      soon("another one hangs", () -> database.waitingForLocks() == 2);
      assertThat(RELEASE.ask(api.port()).status()).isEqualTo(200);
      assertThat(database.waitingForLocks()).isEqualTo(2);
      database
          .sql()
          .queryForList(
              "select pg_cancel_backend(pid) from pg_stat_activity"
                  + " where datname = current_database() and wait_event_type = 'Lock'");
      Reply cancelled = first.read();
      assertThat(cancelled.status()).isEqualTo(503);
      assertThat(cancelled.body()).contains("It took longer than the database may work on it");
    }
  }

  private RawHttp connect() {
    RawHttp connection = new RawHttp(api.port());
    open.add(connection);
    return connection;
  }

  private static CompletableFuture<Void> trickle(RawHttp connection, String text) {
    CompletableFuture<Void> trickling = new CompletableFuture<>();
    CompletableFuture.runAsync(
        () -> {
          for (int i = 0; i < text.length() && !trickling.isDone(); i++) {
            connection.send(text.substring(i, i + 1));
            LockSupport.parkNanos(50_000_000);
          }
        });
    return trickling;
  }

  private static UUID triggeredRun() {
    UUID run = database.startRun("one");
    database.awaitState(run, "gmail", "triggered");
    return run;
  }

  /** Its result are the payloads of its leaves, of almost a megabyte each. */
  private static UUID runWithALargeResult() {
    database.load(
        IntStream.range(0, LEAVES)
            .mapToObj(i -> "t" + i + ": {}")
            .collect(Collectors.joining(", ", "{workflow: wide, tracks: {", "}}")));
    UUID run = database.startRun("wide");
    String payload = "{\"text\": \"" + "x".repeat(MEGABYTE - 100) + "\"}";
    for (int i = 0; i < LEAVES; i++) {
      database.awaitState(run, "t" + i, "triggered");
      database.insertEvent(run, "t" + i, "completed", payload);
    }
    database.awaitRunsEnded(1);
    return run;
  }

  /** More than kernel and server keep for a reader. */
  private static UUID runWithLargeEvents() {
    database.load(
        IntStream.range(0, 60)
            .mapToObj(i -> "t" + i + ": {handler: t, onFailure: continue, retry: {maxAttempts: 1}}")
            .collect(Collectors.joining(", ", "{workflow: broken, tracks: {", "}}")));
    UUID run = database.startRun("broken");
    database.awaitState(run, "t59", "triggered");
    database
        .sql()
        .queryForList(
            "select track_coordination.fail_work(correlation_id, track_id, attempt, 'x', repeat('x', 10000))"
                + " from track_coordination.claim_work('t', 'test', 1000, '1 minute')");
    database.awaitRunsEnded(1);
    return run;
  }

  private static boolean isServed() {
    Reply reply = RawRequest.get("/api/queues").ask(api.port());
    return reply != null && reply.status() == 200;
  }

  private static long room(Role role) {
    return api.server().laneOf(role).room().taken();
  }

  private static void soon(String what, BooleanSupplier condition) {
    await(what).atMost(Duration.ofSeconds(60)).until(condition::getAsBoolean);
  }
}
