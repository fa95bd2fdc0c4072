package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** What a worker claims ahead while its work is fast. */
@Tag("track-coordination")
class WorkAheadIT {

  private static final Duration HEARTBEAT = Duration.ofMillis(200);

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  @Test
  void workThatSuddenlyTakesLongerLosesNoLeaseOfWhatWasClaimedAhead() throws Exception {
    database.load("workflow: single\ntracks:\n  scan: {}\n");
    AtomicLong millis = new AtomicLong();
    try (Coordinator fast = database.coordinator().with(worker(millis)).start()) {
      database.startRuns(60);
      database.awaitRunsEnded(60);
      millis.set(400);
      database.startRuns(14);
      await().until(() -> database.inHand() > 10);
      try (Coordinator other = database.coordinator().with(worker(millis)).start()) {
        database.awaitRunsEnded(74);
      }
      assertThat(
              database.count(
                  "select count(*) from processing_logs where event_type in ('timed_out', 'retried')"))
          .isZero();
      assertThat(
              database.count(
                  "select max(attempt) from processing_logs where event_type = 'completed'"))
          .isEqualTo(1);
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void whatWasClaimedAheadOfWorkThatHangsIsGivenBackInTime() throws Exception {
    database.load("workflow: single\ntracks:\n  scan: {}\n");
    AtomicReference<CountDownLatch> gate = new AtomicReference<>(new CountDownLatch(0));
    CountDownLatch end = new CountDownLatch(1);
    try (Coordinator hanging =
        database.coordinator().heartbeatEvery(HEARTBEAT).with(worker(gate)).start()) {
      database.startRuns(60);
      database.awaitRunsEnded(60);
      gate.set(end);
      database.startRuns(14);
      await().until(() -> database.inHand() > 10);
      try (Coordinator other =
          database
              .coordinator()
              .maintainEvery(HEARTBEAT)
              .with(worker(new AtomicReference<>(new CountDownLatch(0))))
              .start()) {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(
                () ->
                    database.count(
                            "select count(*) from processing_logs where event_type = 'completed'")
                        == 73);
      }
      assertThat(
              database.count(
                  "select count(*) from processing_logs where event_type in ('timed_out', 'retried')"))
          .isZero();
      end.countDown();
      database.awaitRunsEnded(74);
      assertThat(database.audit()).isEmpty();
    } finally {
      end.countDown();
    }
  }

  @Test
  void littleIsClaimedAheadWhileInputsAreLarge() throws Exception {
    database.load("workflow: single\ntracks:\n  scan: {}\n");
    String megabyte = "{\"text\": \"%s\"}".formatted("x".repeat(1_000_000));
    AtomicReference<CountDownLatch> gate = new AtomicReference<>(new CountDownLatch(0));
    CountDownLatch end = new CountDownLatch(1);
    try (Coordinator coordinator = database.coordinator().with(worker(gate)).start()) {
      for (int n = 0; n < 25; n++) { // until the first, slow one counts little
        database.startRun("single", megabyte);
        database.awaitRunsEnded(n + 1);
      }
      gate.set(end);
      for (int n = 0; n < 30; n++) {
        database.startRun("single", megabyte);
      }
      database.awaitSettled();
      await().until(() -> database.inHand() > 10); // work is fast, so it is claimed ahead …
      assertThat(database.inHand()).isLessThanOrEqualTo(17); // … 16 MB of it, and one slot
      end.countDown();
      database.awaitRunsEnded(55);
    } finally {
      end.countDown();
    }
  }

  /** The other half of what it may have in hand is for what is handed over. */
  @Test
  void ofABacklogOnlyHalfAsMuchIsClaimedAhead() throws Exception {
    database.load("workflow: single\ntracks:\n  scan: {}\n");
    AtomicReference<CountDownLatch> gate = new AtomicReference<>(new CountDownLatch(0));
    CountDownLatch end = new CountDownLatch(1);
    try (Coordinator coordinator = database.coordinator().with(worker(gate, 50, "1m")).start()) {
      for (int n = 0; n < 40; n++) { // until it is known that work is fast
        database.startRun("single");
        database.awaitRunsEnded(n + 1);
      }
      gate.set(end);
      database
          .sql()
          .queryForList("select track_coordination.hold(handler => 'no hand-overs any more')");
      database.startRuns(6000);
      await().until(() -> database.inHand() > 900);
      await()
          .during(Duration.ofMillis(500))
          .until(() -> database.inHand() <= 50 + 2000); // of 4,000 that it may have in hand
      end.countDown();
      database.awaitRunsEnded(6040);
    } finally {
      end.countDown();
    }
  }

  @Test
  void aClaimThatFailedIsTriedAgainSoonWhateverThePollInterval() throws Exception {
    database.load("workflow: single\ntracks:\n  scan: {}\n");
    database
        .sql()
        .execute(
            """
            create sequence public.refused_claims;
            create function public.refuse_claim() returns trigger language plpgsql as $$
            begin
              if new.worker is not null and nextval('public.refused_claims') <= 3 then
                raise exception 'not now' using errcode = '40001';
              end if;
              return new;
            end $$;
            create trigger refuse_claim before update on track_coordination.work_queue for each row
              execute function public.refuse_claim()
            """);
    database.startRuns(1);
    try (Coordinator withoutWorkers = database.coordinator().start()) {
      await()
          .until(() -> database.count("select count(*) from track_coordination.work_queue") == 1);
    }
    try (Coordinator patient =
        database
            .coordinator()
            .pollEvery(Duration.ofHours(1))
            .with(worker(new AtomicLong()))
            .start()) {
      database.awaitRunsEnded(1);
      assertThat(database.count("select last_value from public.refused_claims")).isEqualTo(4);
      assertThat(database.audit()).isEmpty();
    } finally {
      database
          .sql()
          .execute(
              "drop function public.refuse_claim cascade; drop sequence public.refused_claims");
    }
  }

  private static RouteBuilder worker(AtomicReference<CountDownLatch> gate) {
    return worker(gate, 1, "4s");
  }

  private static RouteBuilder worker(
      AtomicReference<CountDownLatch> gate, int concurrency, String lease) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-scan?handler=scan&concurrency=%d&lease=%s"
                .formatted(concurrency, lease))
            .routeId("scan")
            .process(exchange -> gate.get().await());
      }
    };
  }

  private static RouteBuilder worker(AtomicLong millis) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-scan?handler=scan&concurrency=1&lease=2s")
            .routeId("scan")
            .delay(method(millis, "get"))
            .to("log:done?level=DEBUG");
      }
    };
  }
}
