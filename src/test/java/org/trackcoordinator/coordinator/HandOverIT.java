package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Workers of the instance that triggers work get it in the same transaction, if they have room. */
@Tag("track-coordination")
class HandOverIT {

  private static final String DIAMOND =
      """
      workflow: diamond
      tracks:
        scan: {handler: work}
        read: {handler: work, dependsOn: [scan]}
        sort: {handler: work, dependsOn: [scan]}
        file: {handler: work, dependsOn: [read, sort]}
      """;

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  private final Map<String, String> inputs = new ConcurrentHashMap<>();
  private final AtomicLong millis = new AtomicLong();

  /** Work that is put into the queue with its worker was handed over, any other was claimed. */
  @BeforeEach
  void countHandOversAndRefuseSome() {
    database
        .sql()
        .execute(
            """
            create sequence public.hand_overs;
            create sequence public.refusals;
            create table public.refused (what text, times int);
            create function public.refuse_some() returns trigger language plpgsql as $$
            begin
              if tg_op = 'INSERT' then
                perform nextval('public.hand_overs');
              end if;
              if exists (select from public.refused where what = tg_op and times >= nextval('public.refusals')) then
                raise exception 'not now' using errcode = '40001';
              end if;
              return new;
            end $$;
            create trigger refuse_some before insert or update on track_coordination.work_queue for each row
              when (new.worker is not null) execute function public.refuse_some()
            """);
  }

  @AfterEach
  void countNoMore() {
    database
        .sql()
        .execute(
            "drop function public.refuse_some cascade; drop table public.refused;"
                + " drop sequence public.hand_overs, public.refusals");
  }

  @Test
  void whatIsTriggeredNeedsNoClaimOfAWorkerThatHasRoom() throws Exception {
    database.load(DIAMOND);
    try (Coordinator one = database.coordinator().with(worker(10)).start()) {
      await("a run without any claim")
          .until(
              () -> {
                long before = handOvers();
                database.startRun("diamond");
                awaitEnd();
                return handOvers() == before + 4;
              });
      assertThat(
              database.count(
                  "select count(*) from processing_logs where event_type = 'started' and attempt <> 1"))
          .isZero();
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void itsInputIsThatOfAClaim() throws Exception {
    database.load(DIAMOND);
    try (Coordinator one = database.coordinator().with(worker(10)).start()) {
      UUID run = database.startRun("diamond", "{\"amount\": 12.50, \"a\": [1, {\"b\": null}]}");
      awaitEnd();
      for (String track : List.of("scan", "read", "sort", "file")) {
        assertThat(inputs.get(run + "/" + track))
            .as(track)
            .isEqualTo(
                database
                    .sql()
                    .queryForObject(
                        "select track_coordination.activation_input(?, ?)::text",
                        String.class,
                        run,
                        track));
      }
    }
    assertThat(handOvers()).isPositive();
  }

  @Test
  void whileAnyGateIsClosedWorkIsClaimed() throws Exception {
    database.load(DIAMOND);
    database.sql().queryForList("select track_coordination.hold(handler => 'something else')");
    try (Coordinator one = database.coordinator().with(worker(10)).start()) {
      database.startRuns(10);
      awaitEnd();
    }
    assertThat(handOvers()).isZero();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void ofATransactionThatFailedNothingBeginsAndNoRoomStaysTaken() throws Exception {
    database.load(DIAMOND);
    database.sql().execute("insert into public.refused values ('INSERT', 5)");
    millis.set(60); // work that is not fast is not claimed ahead: one slot is all there is
    try (Coordinator one = database.coordinator().with(worker(1)).start()) {
      for (int n = 0; n < 4; n++) {
        database.startRun("diamond");
        awaitEnd();
      }
      assertThat(inputs).hasSize(16);
      assertThat(refusals()).isGreaterThan(5);
      assertThat(
              database.count("select count(*) from processing_logs where event_type = 'started'"))
          .isEqualTo(16);
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void olderWorkInTheQueueIsNotOvertaken() throws Exception {
    database.load("workflow: single\ntracks:\n  scan: {handler: work}\n");
    database.startRuns(20);
    try (Coordinator withoutWorkers = database.coordinator().start()) {
      await()
          .until(() -> database.count("select count(*) from track_coordination.work_queue") == 20);
    }
    database.sql().execute("insert into public.refused values ('UPDATE', 1000000)");
    try (Coordinator one = database.coordinator().with(worker(10)).start()) {
      await("a refused claim").until(() -> refusals() > 0);
      UUID late = database.startRun("single");
      database.awaitState(late, "scan", "triggered");
      database.sql().execute("delete from public.refused");
      awaitEnd();
      assertThat(
              database.texts(
                  "select correlation_id::text from processing_logs where event_type = 'started' order by event_id desc limit 1"))
          .as("the last that was started")
          .containsExactly(late.toString());
    }
  }

  /** An instance that rests would look for the lease too late, if this one died. */
  @Test
  void othersAreToldThatAShortLeaseBegan() throws Exception {
    database.load("workflow: single\ntracks:\n  scan: {handler: work}\n");
    try (Connection curious = database.plain().getConnection();
        Statement statement = curious.createStatement()) {
      statement.execute("listen track_leases");
      for (String lease : List.of("1m", "59s")) {
        try (Coordinator one = database.coordinator().with(worker(10, lease)).start()) {
          long before = handOvers();
          await()
              .until(
                  () -> {
                    database.startRun("single");
                    awaitEnd();
                    return handOvers() > before;
                  });
        }
        statement.execute("select 1");
        PGNotification[] notices = curious.unwrap(PGConnection.class).getNotifications();
        assertThat(notices != null && notices.length > 0).as(lease).isEqualTo(lease.equals("59s"));
      }
    }
  }

  private void awaitEnd() {
    database.awaitRunsEnded((int) database.count("select count(*) from track_coordination.runs"));
  }

  private long handOvers() {
    return calls("hand_overs");
  }

  private long refusals() {
    return calls("refusals");
  }

  private long calls(String sequence) {
    return database.count(
        "select last_value - case when is_called then 0 else 1 end from public." + sequence);
  }

  private RouteBuilder worker(int concurrency) {
    return worker(concurrency, "1m");
  }

  private RouteBuilder worker(int concurrency, String lease) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-work?handler=work&concurrency=%d&lease=%s"
                .formatted(concurrency, lease))
            .routeId("work")
            .process(
                exchange ->
                    inputs.put(
                        exchange.getMessage().getHeader("trackIdempotencyKey", String.class),
                        exchange.getMessage().getBody(String.class)))
            .delay(method(millis, "get"))
            .syncDelayed()
            .end()
            .setBody(simple("{\"by\": \"${header.trackId}\", \"amount\": 1.10}"));
      }
    };
  }
}
