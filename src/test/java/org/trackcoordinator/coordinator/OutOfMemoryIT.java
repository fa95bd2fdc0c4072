package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.testing.LogLines;

/** When this process is out of memory, or may have no more threads, work waits and none is lost. */
@Tag("track-coordination")
class OutOfMemoryIT {

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  @TempDir Path directory;

  private final CountDownLatch goOn = new CountDownLatch(1);
  private final AtomicBoolean noThreads = new AtomicBoolean();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger working = new AtomicInteger();

  /** A bean of conditions. */
  public static final class Rules {
    private final AtomicInteger asked = new AtomicInteger();
    private final int failing;

    Rules(int failing) {
      this.failing = failing;
    }

    /** Uses up all memory at first. */
    public boolean allow(Map<String, Object> body) {
      if (asked.incrementAndGet() <= failing) {
        throw new OutOfMemoryError("Java heap space");
      }
      return true;
    }
  }

  @Test
  void noEventIsBlamedForTheMemoryThatOthersUsedUp() throws Exception {
    database.load(
        """
        workflow: asks
        tracks:
          a: {handler: work}
          b: {handler: work, dependsOn: a, when: "${bean:rules.allow}"}
        """);
    goOn.countDown();
    Rules rules = new Rules(12); // the first tries halve the batch to one event
    try (Coordinator coordinator =
            database.coordinator().with("rules", rules).with(work()).start();
        LogLines log = new LogLines()) {
      UUID run = UUID.randomUUID();
      database.insertEvent(run, "a", "completed", "{}");
      database.awaitState(run, "b", "completed");
      assertThat(log.matching("WARN event .* is tried again in .*: Java heap space")).isNotEmpty();
      assertThat(rules.asked).hasValueGreaterThan(12);
      assertThat(database.count("select count(*) from track_coordination.quarantine")).isZero();
      assertThat(
              database.count(
                  "select count(*) from track_coordination.gates where kind = 'quarantine'"))
          .isZero();
    }
  }

  @Test
  void workThatNoThreadCanBeStartedForBeginsAsSoonAsOneCan() throws Exception {
    loadSingle(1);
    goOn.countDown();
    try (Coordinator coordinator = database.coordinator().with(work()).start()) {
      noThreads.set(true);
      for (int i = 0; i < 5; i++) {
        database.startRun("single");
      }
      await().until(() -> refused.get() > 0);
      noThreads.set(false);
      assertAllIsDone(5);
    }
  }

  @Test
  void whatIsDoneIsRecordedAsSoonAsAThreadCanBeStarted() throws Exception {
    loadSingle(1);
    try (Coordinator coordinator = database.coordinator().with(work()).start()) {
      for (int i = 0; i < 3; i++) {
        database.startRun("single");
      }
      await().until(() -> working.get() == 3);
      noThreads.set(true);
      goOn.countDown();
      await().until(() -> refused.get() > 0);
      noThreads.set(false);
      assertAllIsDone(3);
    }
  }

  @Test
  void aProcessWhoseHeapIsUsedUpAgainAndAgainLosesNothing() throws Exception {
    loadSingle(10);
    try (ChildProcess greedy =
        ChildProcess.start(
            directory,
            Path.of(""),
            Map.of("TRACKS_DATABASE_URL", database.database().url(), "CIRCUIT_WAIT", "200ms"),
            "-Xmx72m",
            "-cp",
            System.getProperty("java.class.path"),
            GreedyCoordinator.class.getName(),
            directory.toString())) {
      greedy.awaitOutput("ready");
      int runs = Counts.of(8, 20);
      for (int i = 0; i < runs; i++) {
        database.startRun("single");
      }
      try {
        assertAllIsDone(runs);
      } catch (Throwable e) {
        throw new AssertionError(greedy.output(), e);
      }
      assertThat(
              database.count(
                  "select count(*) from processing_logs where payload #>> '{error,class}' = 'java.lang.OutOfMemoryError'"))
          .isPositive();
      assertThat(greedy.isAlive()).isTrue();
    }
  }

  private void loadSingle(int maxAttempts) {
    database.load(
        """
        workflow: single
        tracks:
          scan: {handler: work, retry: {maxAttempts: %d, backoff: 10ms}}
        """
            .formatted(maxAttempts));
  }

  private void assertAllIsDone(int runs) {
    database.awaitRunsEnded(runs);
    assertThat(
            database.count(
                "select count(*) from track_coordination.runs where state = 'completed'"))
        .isEqualTo(runs);
    assertThat(database.inHand()).isZero();
    assertThat(database.audit()).isEmpty();
  }

  private RouteBuilder work() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        getContext()
            .getExecutorServiceManager()
            .addThreadFactoryListener(
                (source, factory) ->
                    task -> noThreads.get() ? new NoThread() : factory.newThread(task));
        from("kamelet:track-source/test-work?handler=work&concurrency=4&lease=1h")
            .routeId("work")
            .process(
                exchange -> {
                  working.incrementAndGet();
                  goOn.await();
                })
            .setBody(constant("{}"));
      }
    };
  }

  /** As the JVM answers when a process may have no more threads. */
  private final class NoThread extends Thread {
    @Override
    public synchronized void start() {
      refused.incrementAndGet();
      throw new OutOfMemoryError("unable to create native thread: a test");
    }
  }
}
