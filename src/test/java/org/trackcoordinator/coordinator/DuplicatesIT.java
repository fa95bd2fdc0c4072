package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trackcoordinator.testing.ForeignWriter.row;
import static org.trackcoordinator.testing.Graphs.DIAMOND;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.apache.camel.builder.RouteBuilder;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.testing.AtOnce;
import org.trackcoordinator.testing.Blockade;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.testing.ForeignWriter;

/** What is said twice, too early, too late or by the wrong one counts once, and has a fate. */
@Tag("track-coordination")
class DuplicatesIT {

  @RegisterExtension static final CoordinatedDatabase database = CoordinatedDatabase.coordinated();

  private static final String EARLY =
      """
      workflow: early
      defaults: {retry: {maxAttempts: 1}}
      tracks:
        mail: {}
        scan: {dependsOn: [{track: mail, on: data_ready}]}
      """;

  private ForeignWriter writer;

  @BeforeEach
  void open() throws SQLException {
    database.load(DIAMOND);
    writer = new ForeignWriter(database.plain());
  }

  @AfterEach
  void close() throws SQLException {
    writer.close();
  }

  @Test
  void aFifthOfAllCompletionsComesTwice() throws Exception {
    List<UUID> runs = Stream.generate(UUID::randomUUID).limit(Counts.of(100, 5_000)).toList();
    Random random = new Random(20);
    List<ForeignWriter.Row> early = new ArrayList<>();
    for (List<String> level : List.of(List.of("a"), List.of("b", "c"), List.of("d"))) {
      List<ForeignWriter.Row> rows = new ArrayList<>();
      List<ForeignWriter.Row> after = new ArrayList<>();
      for (UUID run : runs) {
        for (String track : level) {
          rows.add(completed(run, track));
          if (random.nextInt(10) == 0) {
            rows.add(completed(run, track)); // in the same statement, mostly in the same batch
          } else if (random.nextInt(10) == 0) {
            after.add(completed(run, track));
          }
          if (level.contains("b") && random.nextInt(5) == 0) {
            early.add(completed(run, "d"));
          }
        }
      }
      Collections.shuffle(rows, random);
      if (level.contains("b")) {
        writer.write(early);
      }
      writeInPieces(rows);
      database.awaitSettled();
      writeInPieces(after);
      database.awaitSettled();
    }
    database.awaitRunsEnded(runs.size());
    assertThat(
            database.count(
                "select count(*) from track_coordination.runs where state = 'completed'"))
        .isEqualTo(runs.size());
    assertThat(
            database.count(
                "select count(*) from processing_logs where event_type = 'triggered' and track_id = 'd'"))
        .isEqualTo(runs.size());
    long written =
        database.count("select count(*) from processing_logs where event_type = 'completed'");
    List<Map<String, Object>> fates =
        database
            .sql()
            .queryForList(
                "select fate, count(*) as n from track_coordination.event_fates group by fate order by fate");
    assertThat(fates).extracting(row -> row.get("fate")).containsExactly("duplicate", "ignored");
    assertThat(fates.get(0).get("n")).isEqualTo(written - early.size() - 4L * runs.size());
    assertThat(fates.get(1).get("n")).isEqualTo((long) early.size());
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aCompletionBeforeInTheSameBatchAndAfterHasAFate() throws Exception {
    UUID run = UUID.randomUUID();
    writer.write(run, "a", "completed", "{}");
    database.awaitState(run, "b", "triggered");
    long before = writer.write(run, "d", "completed", "{}");
    database.awaitSettled();
    List<Long> twice = writer.write(completed(run, "b"), completed(run, "b"), completed(run, "c"));
    database.awaitState(run, "d", "triggered");
    long after = writer.write(run, "b", "completed", "{\"other\": true}");
    database.awaitSettled();
    assertThat(fate(before)).isEqualTo("ignored: completed for a track that is waiting");
    assertThat(fate(twice.get(0))).isNull();
    assertThat(fate(twice.get(1))).isEqualTo("duplicate: completed for a track that is completed");
    assertThat(fate(after)).isEqualTo("duplicate: completed for a track that is completed");
    assertThat(database.input(run, "d"))
        .isEqualTo("{\"b\": {\"by\": \"b\"}, \"c\": {\"by\": \"c\"}}");
    writer.write(run, "d", "completed", "{}");
    database.awaitRunsEnded(1);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aFailureThatComesTwiceInABatchIsADuplicate() throws Exception {
    UUID run = UUID.randomUUID();
    writer.write(run, "a", "completed", "{}");
    database.awaitState(run, "b", "triggered");
    List<Long> failed = writer.write(row(run, "b", "failed"), row(run, "b", "failed"));
    database.awaitRunsEnded(1);
    database.awaitSettled();
    assertThat(fate(failed.get(0))).isNull();
    assertThat(fate(failed.get(1))).isEqualTo("duplicate: failed for a track that is failed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aCompletionAndAFailureInTheSameBatchCountOnce() throws Exception {
    UUID run = UUID.randomUUID();
    writer.write(run, "a", "completed", "{}");
    database.awaitState(run, "b", "triggered");
    List<Long> both = writer.write(row(run, "b", "failed"), row(run, "b", "completed"));
    database.awaitState(run, "b", "completed");
    database.awaitSettled();
    assertThat(fate(both.get(0))).isEqualTo("late: failed for a track that is completed");
    assertThat(fate(both.get(1))).isNull();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aReportOfAnotherAttemptIsLate() throws Exception {
    UUID run = UUID.randomUUID();
    writer.write(run, "a", "started", null);
    database.awaitState(run, "a", "started");
    List<Long> others =
        Stream.of("started", "data_ready", "completed", "failed", "timed_out")
            .map(type -> new ForeignWriter.Row(run, "a", type, null, 7))
            .map(this::write)
            .toList();
    database.awaitSettled();
    assertThat(database.state(run, "a")).isEqualTo("started");
    assertThat(others)
        .extracting(this::fate)
        .containsExactly(
            "late: started for a track that is started, attempt 7 instead of 1",
            "late: data_ready for a track that is started, attempt 7 instead of 1",
            "late: completed for a track that is started, attempt 7 instead of 1",
            "late: failed for a track that is started, attempt 7 instead of 1",
            "late: timed_out for a track that is started, attempt 7 instead of 1");
    write(new ForeignWriter.Row(run, "a", "completed", null, 1));
    database.awaitState(run, "a", "completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void startedTwiceIsADuplicateAndAfterTheEndLate() throws Exception {
    UUID run = UUID.randomUUID();
    List<Long> twice = writer.write(row(run, "a", "started"), row(run, "a", "started"));
    database.awaitState(run, "a", "started");
    writer.write(run, "a", "completed", "{}");
    database.awaitState(run, "a", "completed");
    long late = writer.write(run, "a", "started", null);
    database.awaitSettled();
    assertThat(fate(twice.get(0))).isNull();
    assertThat(fate(twice.get(1))).startsWith("duplicate: started for a track that is started");
    assertThat(fate(late)).isEqualTo("late: started for a track that is completed");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void reportsForATrackThatWasNotTriggeredAreIgnored() throws Exception {
    UUID run = UUID.randomUUID();
    writer.write(run, "a", "started", null);
    database.awaitState(run, "a", "started");
    List<Long> early =
        Stream.of("started", "data_ready", "completed", "failed", "timed_out")
            .map(type -> write(row(run, "d", type)))
            .toList();
    database.awaitSettled();
    assertThat(early)
        .extracting(this::fate)
        .allSatisfy(
            fate -> assertThat(fate).startsWith("ignored: ").endsWith("a track that is waiting"));
    assertThat(database.state(run, "d")).isEqualTo("waiting");
    assertThat(database.state(run)).isEqualTo("running");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void anEarlyReportInTheBatchOfTheFirstEventDoesNotKeepTheRunFromBeginning() throws Exception {
    UUID run = UUID.randomUUID();
    List<Long> ids = writer.write(completed(run, "b"), completed(run, "a"));
    database.awaitState(run, "b", "triggered");
    database.awaitSettled();
    assertThat(fate(ids.get(0)))
        .isEqualTo("ignored: completed came before its track was triggered");
    assertThat(fate(ids.get(1))).isNull();
    assertThat(database.audit()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"triggered", "retried", "skipped", "cancelled"})
  void whatOnlyTheCoordinatorDecidesIsIgnoredWhenWrittenByHand(String type) throws Exception {
    UUID run = UUID.randomUUID();
    writer.write(run, "a", "completed", "{}");
    database.awaitState(run, "b", "triggered");
    long waiting = writer.write(run, "d", type, null);
    long triggered = writer.write(run, "b", type, null);
    long over = writer.write(run, "a", type, null);
    database.awaitSettled();
    assertThat(fate(waiting))
        .isEqualTo("ignored: %s for a track that is waiting, written by hand".formatted(type));
    assertThat(fate(triggered))
        .isEqualTo("ignored: %s for a track that is triggered, written by hand".formatted(type));
    assertThat(fate(over))
        .isEqualTo("ignored: %s for a track that is completed, written by hand".formatted(type));
    assertThat(database.state(run, "d")).isEqualTo("waiting");
    assertThat(
            database
                .sql()
                .queryForList(
                    "select handler from track_coordination.work_queue order by handler",
                    String.class))
        .as("no work but that of b and c")
        .containsExactly("b", "c");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aTriggerWrittenByHandOfAnUnknownRunStartsNothing() throws Exception {
    UUID run = UUID.randomUUID();
    long id = writer.write(run, "a", "triggered", null);
    database.awaitSettled();
    assertThat(fate(id)).startsWith("quarantined: unknown run " + run);
    assertThat(database.state(run)).isNull();
    assertThat(database.count("select count(*) from track_coordination.work_queue")).isZero();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void anEventOfATrackOfAnotherWorkflowIsQuarantinedAndItsOwnRunGoesOn() throws Exception {
    database.load(EARLY);
    UUID mine = UUID.randomUUID();
    UUID other = UUID.randomUUID();
    writer.write(completed(mine, "a"), row(other, "mail", "started"));
    database.awaitState(mine, "b", "triggered");
    database.awaitState(other, "mail", "started");
    long wrong = writer.write(mine, "mail", "completed", "{}");
    database.awaitSettled();
    assertThat(fate(wrong))
        .isEqualTo("quarantined: the workflow of run " + mine + " has no track mail");
    assertThat(database.state(other, "mail")).isEqualTo("started");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void theFirstDataReadyCountsAndTheTrackGoesOn() throws Exception {
    database.load(EARLY);
    UUID run = UUID.randomUUID();
    writer.write(run, "mail", "started", null);
    database.awaitState(run, "mail", "started");
    List<Long> twice =
        writer.write(
            row(run, "mail", "data_ready", "{\"page\": 1}"),
            row(run, "mail", "data_ready", "{\"page\": 2}"));
    database.awaitState(run, "scan", "triggered");
    assertThat(database.state(run, "mail")).isEqualTo("started");
    assertThat(database.input(run, "scan")).isEqualTo("{\"page\": 1}");
    long third = writer.write(run, "mail", "data_ready", "{\"page\": 3}");
    database.awaitSettled();
    writer.write(run, "scan", "completed", "{}");
    database.awaitState(run, "scan", "completed");
    assertThat(database.state(run)).as("waits for the track itself").isEqualTo("running");
    writer.write(run, "mail", "completed", "{\"pages\": 3}");
    database.awaitRunsEnded(1);
    long fourth = writer.write(run, "mail", "data_ready", "{\"page\": 4}");
    database.awaitSettled();
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.input(run, "scan")).isEqualTo("{\"page\": 1}");
    assertThat(fate(twice.get(0))).isNull();
    assertThat(fate(twice.get(1)))
        .isEqualTo(
            "duplicate: data_ready came again for a track that is started: the first of them counts");
    assertThat(fate(third))
        .isEqualTo(
            "duplicate: data_ready came again for a track that is started: the first of them counts");
    assertThat(fate(fourth)).isEqualTo("late: data_ready for a track that is completed");
    assertThat(
            database.count("select count(*) from processing_logs where event_type = 'triggered'"))
        .isEqualTo(2);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void withoutDataReadyTheCompletionMeetsItsEdges() throws Exception {
    database.load(EARLY);
    UUID run = UUID.randomUUID();
    long completed = writer.write(run, "mail", "completed", "{\"pages\": 3}");
    database.awaitState(run, "scan", "triggered");
    assertThat(database.input(run, "scan")).isEqualTo("{\"pages\": 3}");
    assertThat(
            database.count(
                "select count(*) from processing_logs where track_id = 'scan' and metadata -> 'consumed' = jsonb_build_array(?)",
                completed))
        .isEqualTo(1);
    writer.write(run, "scan", "completed", "{}");
    database.awaitRunsEnded(1);
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whatAForeignWriterCompletesAfterItsRunFailedIsLate() throws Exception {
    UUID run = UUID.randomUUID();
    writer.write(run, "a", "completed", "{}");
    database.awaitState(run, "c", "triggered");
    writer.write(run, "c", "started", null);
    database.awaitState(run, "c", "started");
    writer.write(run, "b", "failed", "{}");
    database.awaitRunsEnded(1);
    long late = writer.write(run, "c", "completed", "{}");
    database.awaitSettled();
    assertThat(fate(late)).isEqualTo("late: completed for a track that is cancelled");
    assertThat(database.state(run, "c")).isEqualTo("cancelled");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aClaimOfARunThatFailedIsFenced() throws Exception {
    UUID run = UUID.randomUUID();
    writer.write(run, "a", "completed", "{}");
    database.awaitState(run, "c", "triggered");
    database.sql().queryForList("select track_coordination.claim_work('c', 'me', 1, '1 hour')");
    writer.write(run, "b", "failed", "{}");
    database.awaitRunsEnded(1);
    assertThatThrownBy(
            () ->
                database
                    .sql()
                    .queryForList("select track_coordination.complete_work(?, 'c', 1, '{}')", run))
        .hasMessageContaining("attempt 1 of track c in run " + run + " is not yours, or no longer");
    assertThat(database.count("select count(*) from track_coordination.work_queue")).isZero();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whatAClaimCompletesWhileItsRunFailsIsLate() throws Exception {
    UUID run = UUID.randomUUID();
    writer.write(run, "a", "completed", "{}");
    database.awaitState(run, "c", "triggered");
    database.sql().queryForList("select track_coordination.claim_work('c', 'me', 1, '1 hour')");
    long late;
    try (Blockade beforeFailure =
        Blockade.ofRows(
            database,
            "select from track_coordination.activations where correlation_id = ? for update",
            run)) {
      writer.write(run, "b", "failed", "{}");
      beforeFailure.awaitStopped(1);
      late =
          database.count(
              "select track_coordination.complete_work(?, 'c', 1, '{\"done\": true}')", run);
    }
    database.awaitRunsEnded(1);
    database.awaitSettled();
    assertThat(fate(late)).isEqualTo("late: completed for a track that is cancelled");
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whatAWorkerCompletesAfterItsRunFailedIsLate() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (Coordinator worker = database.coordinator().with(slow("c", "5m", begun, goOn)).start()) {
      UUID run = UUID.randomUUID();
      writer.write(run, "a", "completed", "{}");
      begun.await();
      writer.write(run, "b", "failed", "{}");
      database.awaitRunsEnded(1);
      goOn.countDown();
      Awaitility.await().until(() -> database.chain(run).contains("c completed"));
      assertThat(fateOf(run, "c", "completed"))
          .isEqualTo(
              "late: attempt 1 was no longer this worker's when it ended: its run is failed");
      assertThat(database.state(run, "c")).isEqualTo("cancelled");
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void whatAWorkerCompletesAfterItLostItsLeaseIsLate() throws Exception {
    database.load(DIAMOND.replace("maxAttempts: 1", "maxAttempts: 2, backoff: 1ms"));
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (Coordinator worker =
        database
            .coordinator()
            .heartbeatEvery(Duration.ofHours(1)) // none: as if the process had been stopped
            .with(slow("a", "100ms", begun, goOn))
            .start()) {
      UUID run = database.startRun("diamond");
      begun.await();
      Awaitility.await("taken over")
          .until(
              () ->
                  database.count(
                          "select count(*) from track_coordination.claim_work('a', 'other', 1, '1 hour')")
                      == 1);
      goOn.countDown();
      Awaitility.await().until(() -> database.chain(run).contains("a completed"));
      assertThat(fateOf(run, "a", "completed"))
          .startsWith(
              "late: attempt 1 was no longer this worker's when it ended: the lease of worker "
                  + worker.instance())
          .endsWith(" ended; attempt 2 runs at worker other");
      assertThat(database.state(run, "a")).isEqualTo("started");
      database.sql().queryForList("select track_coordination.complete_work(?, 'a', 2, '{}')", run);
      database.awaitState(run, "a", "completed");
      database.awaitSettled();
      assertThat(database.chain(run))
          .startsWith(
              "a triggered",
              "a started",
              "a timed_out",
              "a retried",
              "a started",
              "a completed",
              "a completed");
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void theSameKeyStartsOneRunFromEightThreadsAtOnce() throws Exception {
    List<UUID> answers =
        AtOnce.run(8, i -> () -> startRun("{\"amount\": 1.50, \"n\": 1}", null, "mail-1"));
    assertThat(new HashSet<>(answers)).hasSize(1);
    assertThat(startRun("{\"n\": 1.0, \"amount\": 1.5}", null, "mail-1"))
        .as("equal as jsonb")
        .isEqualTo(answers.get(0));
    assertThat(startRun("{\"amount\": 1.50, \"n\": 1}", answers.get(0), "mail-1"))
        .isEqualTo(answers.get(0));
    UUID run = answers.get(0);
    database.awaitState(run, "a", "triggered");
    database.awaitSettled();
    assertThat(database.count("select count(*) from track_coordination.runs")).isEqualTo(1);
    assertThat(
            database.count("select count(*) from processing_logs where event_type = 'triggered'"))
        .isEqualTo(1);
    assertThatThrownBy(() -> startRun("{\"amount\": 1.51, \"n\": 1}", null, "mail-1"))
        .hasMessageContaining("run " + run + " was started with another workflow or payload")
        .hasMessageContaining(
            "The same key must come with the same payload; use another key for another run.");
    UUID another = UUID.randomUUID();
    assertThatThrownBy(() -> startRun("{\"amount\": 1.50, \"n\": 1}", another, "mail-1"))
        .hasMessageContaining(
            "idempotency key 'mail-1' of workflow diamond started run %s, not %s"
                .formatted(run, another));
    assertThat(startRun("{\"amount\": 1.51, \"n\": 1}", null, "mail-2")).isNotEqualTo(run);
    assertThat(database.count("select count(*) from track_coordination.runs")).isEqualTo(2);
    database.awaitSettled();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void theSameCorrelationIdStartsOneRun() throws Exception {
    UUID run = UUID.randomUUID();
    List<UUID> answers = AtOnce.run(8, i -> () -> startRun("{}", run, null));
    assertThat(answers).containsOnly(run);
    assertThatThrownBy(() -> startRun("{\"n\": 2}", run, null))
        .hasMessageContaining("run " + run + " was started with another workflow or payload");
    database.awaitSettled();
    assertThat(database.count("select count(*) from track_coordination.runs")).isEqualTo(1);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void theSameKeyWithCompletesIsCompletedOnce() throws Exception {
    List<UUID> answers =
        AtOnce.run(
            8,
            i ->
                () ->
                    database
                        .sql()
                        .queryForObject(
                            "select track_coordination.start_run('diamond', '{\"mail\": 1}', idempotency_key => 'm', completes => 'a')",
                            UUID.class));
    assertThat(new HashSet<>(answers)).hasSize(1);
    UUID run = answers.get(0);
    database.awaitState(run, "b", "triggered");
    database.awaitSettled();
    assertThat(database.chain(run))
        .containsExactly("a triggered", "a completed", "b triggered", "c triggered");
    assertThat(database.input(run, "b")).isEqualTo("{\"mail\": 1}");
    assertThat(database.audit()).isEmpty();
  }

  /** A worker with one slot that says when it began, and waits. */
  private static RouteBuilder slow(
      String handler, String lease, CountDownLatch begun, CountDownLatch goOn) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-slow?concurrency=1&handler=" + handler + "&lease=" + lease)
            .routeId("slow")
            .process(
                exchange -> {
                  begun.countDown();
                  goOn.await();
                });
      }
    };
  }

  private String fateOf(UUID run, String track, String type) {
    return database
        .sql()
        .queryForObject(
            "select fate || ': ' || reason from track_coordination.event_fates join processing_logs l using (correlation_id, event_id)"
                + " where correlation_id = ? and l.track_id = ? and l.event_type = ?",
            String.class,
            run,
            track,
            type);
  }

  private UUID startRun(String payload, UUID correlationId, String key) {
    return database
        .sql()
        .queryForObject(
            "select track_coordination.start_run('diamond', cast(? as jsonb), cast(? as uuid), null, ?)",
            UUID.class,
            payload,
            correlationId == null ? null : correlationId.toString(),
            key);
  }

  private static ForeignWriter.Row completed(UUID run, String track) {
    return row(run, track, "completed", "{\"by\": \"%s\"}".formatted(track));
  }

  private long write(ForeignWriter.Row row) {
    try {
      return writer.write(row).get(0);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void writeInPieces(List<ForeignWriter.Row> rows) throws SQLException {
    for (int i = 0; i < rows.size(); i += 17) {
      writer.write(rows.subList(i, Math.min(rows.size(), i + 17)));
    }
  }

  private String fate(long eventId) {
    List<String> fates =
        database
            .sql()
            .queryForList(
                "select fate || ': ' || reason from track_coordination.event_fates where event_id = ?",
                String.class,
                eventId);
    return fates.isEmpty() ? null : fates.get(0);
  }
}
