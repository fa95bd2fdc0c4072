package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trackcoordinator.testing.ForeignWriter.row;
import static org.trackcoordinator.testing.Graphs.DIAMOND;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.builder.RouteBuilder;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.AtOnce;
import org.trackcoordinator.testing.Blockade;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.testing.ForeignWriter;

/** What happens at the same moment happens once: several writers, coordinators and workers. */
@Tag("track-coordination")
class RacesIT {

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  private static final String TRIPLE =
      """
      workflow: triple
      defaults: {retry: {maxAttempts: 1}}
      tracks:
        a: {}
        b: {dependsOn: [a]}
        c: {dependsOn: [a]}
        e: {dependsOn: [a]}
        d: {dependsOn: [b, c, e]}
      """;

  private static final String PAIR =
      """
      workflow: pair
      defaults: {retry: {maxAttempts: 1}}
      tracks:
        x: {}
        y: {dependsOn: [x]}
      """;

  private final List<Coordinator> coordinators = new ArrayList<>();

  @AfterEach
  void stop() {
    coordinators.forEach(Coordinator::close);
  }

  @Test
  void bothSidesOfManyDiamondsCompleteAtTheSameMoment() throws Exception {
    database.load(DIAMOND);
    startCoordinators(3);
    int pairs = 2;
    List<List<UUID>> shares =
        IntStream.range(0, pairs).mapToObj(i -> runs(Counts.of(200, 20_000) / pairs)).toList();
    List<UUID> runs = shares.stream().flatMap(List::stream).toList();
    writeForAll(runs, "a");
    awaitTriggered("b", runs.size());
    awaitTriggered("c", runs.size());

    List<CyclicBarrier> meetings =
        IntStream.range(0, pairs).mapToObj(i -> new CyclicBarrier(2)).toList();
    AtOnce.run(
        2 * pairs,
        i ->
            () -> {
              String side = i % 2 == 0 ? "b" : "c";
              try (ForeignWriter writer = new ForeignWriter(database.plain())) {
                for (UUID run : shares.get(i / 2)) {
                  meetings.get(i / 2).await();
                  writer.write(run, side, "completed", by(run, side));
                }
              }
              return null;
            });
    awaitTriggered("d", runs.size());
    writeForAll(runs, "d");
    database.awaitRunsEnded(runs.size());
    database.awaitSettled();

    assertThat(
            database.count(
                "select count(*) from processing_logs where track_id = 'd' and event_type = 'triggered'"))
        .isEqualTo(runs.size());
    assertThat(
            database.count(
                """
                select count(*) from processing_logs t
                 where t.track_id = 'd' and t.event_type = 'triggered'
                   and t.metadata -> 'consumed' = (select jsonb_agg(c.event_id order by c.track_id) from processing_logs c
                                                    where c.correlation_id = t.correlation_id and c.event_type = 'completed' and c.track_id in ('b', 'c'))
                   and track_coordination.activation_input(t.correlation_id, 'd')
                     = jsonb_build_object('b', jsonb_build_object('run', t.correlation_id, 'by', 'b'),
                                          'c', jsonb_build_object('run', t.correlation_id, 'by', 'c'))
                """))
        .as("whole inputs")
        .isEqualTo(runs.size());
    assertEachTriggeredOnce();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void aFanInOf500IsCompletedFromEightConnections() throws Exception {
    List<String> sides = IntStream.range(0, 500).mapToObj(i -> "s" + i).toList();
    database.load(
        "workflow: fan\ntracks:\n  a: {}\n"
            + sides.stream()
                .map(side -> "  " + side + ": {dependsOn: [a]}\n")
                .collect(Collectors.joining())
            + "  z: {dependsOn: "
            + sides
            + "}\n");
    startCoordinators(3);
    UUID run = UUID.randomUUID();
    writeForAll(List.of(run), "a");
    Awaitility.await()
        .until(
            () ->
                database.count("select count(*) from processing_logs where event_type='triggered'")
                    == 501);
    List<String> shuffled = new ArrayList<>(sides);
    Collections.shuffle(shuffled, new Random(7));
    AtOnce.run(
        8,
        i ->
            () -> {
              try (ForeignWriter writer = new ForeignWriter(database.plain())) {
                for (int n = i; n < shuffled.size(); n += 8) {
                  writer.write(run, shuffled.get(n), "completed", by(run, shuffled.get(n)));
                }
              }
              return null;
            });
    awaitTriggered("z", 1);
    writeForAll(List.of(run), "z");
    database.awaitRunsEnded(1);
    database.awaitSettled();
    assertThat(
            database.count(
                """
                select count(*) from jsonb_each((select track_coordination.activation_input(?, 'z'))) i
                 where i.value ->> 'by' = i.key
                """,
                run))
        .isEqualTo(500);
    assertThat(
            database.count(
                """
                select count(*) from processing_logs t cross join jsonb_array_elements(t.metadata -> 'consumed') x
                  join processing_logs c on c.event_id = cast(x as bigint) and c.event_type = 'completed'
                 where t.track_id = 'z' and t.event_type = 'triggered'
                """))
        .isEqualTo(500);
    assertEachTriggeredOnce();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void sidesThatAreSettledInOverlappingTransactionsTriggerOnce() throws Exception {
    database.load(TRIPLE);
    startCoordinators(2);
    UUID run = UUID.randomUUID();
    try (ForeignWriter writer = new ForeignWriter(database.plain())) {
      writer.write(run, "a", "completed", by(run, "a"));
      awaitTriggered("e", 1);
      long e = writer.write(run, "e", "completed", by(run, "e"));
      database.awaitState(run, "e", "completed");
      long b;
      long c;
      try (Blockade lock =
          Blockade.ofRows(
              database,
              "select from track_coordination.activations where correlation_id = ? and dependencies = 3 for update",
              run)) {
        b = writer.write(run, "b", "completed", by(run, "b"));
        lock.awaitStopped(1);
        c = writer.write(run, "c", "completed", by(run, "c"));
        lock.awaitStopped(2);
      }
      awaitTriggered("d", 1);
      database.awaitSettled();
      assertThat(consumed(run, "d")).isEqualTo(List.of(b, c, e).toString());
      assertThat(database.input(run, "d")).isEqualTo(inputOf(run, "b", "c", "e"));
      assertEachTriggeredOnce();
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void aSettleThatWaitedSeesWhatTheOtherSideCommittedMeanwhile() throws Exception {
    database.load(DIAMOND);
    database.load(PAIR);
    startCoordinators(2);
    UUID run = UUID.randomUUID();
    UUID other = UUID.randomUUID();
    try (ForeignWriter writer = new ForeignWriter(database.plain())) {
      writer.write(row(run, "a", "completed"), row(other, "x", "started"));
      awaitTriggered("c", 1);
      database.awaitState(other, "x", "started");
      long b;
      long c;
      try (Blockade behindSettle =
          Blockade.ofInserts(database, "track_coordination.work_queue", "new.handler = 'y'")) {
        // counts d down to one, and is kept from committing by the trigger of y
        b =
            writer
                .write(
                    row(run, "b", "completed", by(run, "b")),
                    row(other, "x", "completed", by(other, "x")))
                .get(0);
        behindSettle.awaitStopped(1);
        // its statement begins before b is committed
        c = writer.write(run, "c", "completed", by(run, "c"));
        behindSettle.awaitStopped(2);
      }
      awaitTriggered("d", 1);
      database.awaitSettled();
      assertThat(consumed(run, "d")).isEqualTo(List.of(b, c).toString());
      assertThat(database.input(run, "d")).isEqualTo(inputOf(run, "b", "c"));
      assertEachTriggeredOnce();
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void threeCoordinatorsWithWorkersDoEverythingOnce() throws Exception {
    database.load(DIAMOND);
    Map<String, Integer> done = new ConcurrentHashMap<>();
    for (int i = 0; i < 3; i++) {
      coordinators.add(database.coordinator().with(countingWorkers(done)).start());
    }
    int runs = Counts.of(100, 2_000);
    List<UUID> started =
        AtOnce.run(4, i -> () -> IntStream.range(0, runs / 4).mapToObj(n -> start()).toList())
            .stream()
            .flatMap(List::stream)
            .toList();
    database.awaitRunsEnded(runs);
    database.awaitSettled();
    assertThat(done)
        .hasSize(4 * runs)
        .containsKeys(
            started.stream()
                .flatMap(run -> Stream.of("a", "b", "c", "d").map(track -> run + "/" + track))
                .toArray(String[]::new));
    assertThat(done.values()).as("each work once").containsOnly(1);
    assertEachTriggeredOnce();
    assertThat(
            database.count(
                "select count(*) from track_coordination.runs where state = 'completed'"))
        .isEqualTo(runs);
    assertThat(database.count("select count(*) from track_coordination.event_fates")).isZero();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void dataReadyTwiceInOverlappingTransactionsCountsOnce() throws Exception {
    UUID run = startedEarly();
    List<Long> events = writeOverlapping(run, "data_ready", "data_ready");
    String consumed = consumed(run, "b");
    assertThat(consumed).isIn("[" + events.get(0) + "]", "[" + events.get(1) + "]");
    long other = events.get(consumed.contains("" + events.get(0)) ? 1 : 0);
    assertThat(fates()).containsExactly(other + " duplicate");
    assertEachTriggeredOnce();
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void dataReadyThatWaitsForTheCompletionOfItsTrackIsLate() throws Exception {
    UUID run = startedEarly();
    List<Long> events = writeOverlapping(run, "completed", "data_ready");
    assertThat(consumed(run, "b")).isEqualTo("[" + events.get(0) + "]");
    assertThat(fates()).containsExactly(events.get(1) + " late");
    assertThat(database.audit()).isEmpty();
  }

  /** A run whose track a works; b waits for its data. */
  private UUID startedEarly() throws Exception {
    database.load(
        """
        workflow: early
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {}
          b: {dependsOn: [{track: a, on: data_ready}]}
        """);
    startCoordinators(2);
    UUID run = UUID.randomUUID();
    database.insertEvent(run, "a", "started", "{}");
    database.awaitState(run, "a", "started");
    return run;
  }

  /** Writes two events of a; the second is coordinated while the first waits to be committed. */
  private List<Long> writeOverlapping(UUID run, String first, String second) throws Exception {
    List<Long> events = new ArrayList<>();
    try (ForeignWriter writer = new ForeignWriter(database.plain());
        Blockade lock =
            Blockade.ofRows(
                database,
                "select from track_coordination.activations where correlation_id = ? for update",
                run)) {
      events.add(writer.write(run, "a", first, "{\"n\": 1}"));
      lock.awaitStopped(1);
      events.add(writer.write(run, "a", second, "{\"n\": 2}"));
      lock.awaitStopped(2);
    }
    awaitTriggered("b", 1);
    database.awaitSettled();
    return events;
  }

  private List<String> fates() {
    return database.texts("select event_id || ' ' || fate from track_coordination.event_fates");
  }

  @Test
  void whatIsHeldWhileItsGateOpensIsReleasedAllTheSame() throws Exception {
    database.load(
        """
        workflow: two
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {}
          b: {dependsOn: [a]}
          y: {dependsOn: [a]}
        """);
    startCoordinators(2);
    database.sql().queryForList("select track_coordination.hold(handler => 'b', why => 'test')");
    UUID run = UUID.randomUUID();
    try (ForeignWriter writer = new ForeignWriter(database.plain());
        Blockade behindHold =
            Blockade.ofInserts(database, "track_coordination.work_queue", "new.handler = 'y'")) {
      writer.write(run, "a", "completed", "{}");
      behindHold.awaitStopped(1); // b is held, but nobody sees it yet
      AtOnce.run(
          2,
          i ->
              i == 0
                  ? () ->
                      database
                          .sql()
                          .queryForList("select track_coordination.release(handler => 'b')")
                  : () -> {
                    Awaitility.await()
                        .until(
                            () ->
                                // released, or waiting for the batch that holds
                                database.count(
                                            "select count(*) from track_coordination.gates where state = 'open'")
                                        == 1
                                    || database.waitingForLocks() == 2);
                    Awaitility.await("the release is coordinated, if it was possible")
                        .until(
                            () ->
                                database.count(
                                        "select count(*) from track_coordination.event_queue where event_type = 'released'")
                                    == 0);
                    behindHold.open();
                    return null;
                  });
    }
    awaitTriggered("y", 1);
    awaitTriggered("b", 1);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void nothingIsLeftOverWhenATrackFailsWhileAnotherIsTriggered() throws Exception {
    database.load(
        """
        workflow: sides
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {}
          b: {dependsOn: [a]}
          c: {dependsOn: [a]}
          y: {dependsOn: [b]}
        """);
    startCoordinators(2);
    UUID run = UUID.randomUUID();
    try (ForeignWriter writer = new ForeignWriter(database.plain())) {
      writer.write(run, "a", "completed", "{}");
      awaitTriggered("c", 1);
      try (Blockade behindTrigger =
          Blockade.ofInserts(database, "track_coordination.work_queue", "new.handler = 'y'")) {
        writer.write(run, "b", "completed", "{}");
        behindTrigger.awaitStopped(1); // the run was still running when it looked
        writer.write(run, "c", "failed", "{\"error\": {\"message\": \"no\"}}");
        Awaitility.await()
            .until(() -> "failed".equals(database.state(run)) || database.waitingForLocks() == 2);
      }
      database.awaitRunsEnded(1);
      database.awaitSettled();
      assertThat(database.state(run)).isEqualTo("failed");
      assertThat(database.state(run, "y")).isEqualTo("cancelled");
      assertThat(database.count("select count(*) from track_coordination.work_queue")).isZero();
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void aRunThatIsCancelledWhileItBeginsLeavesNothingTriggered() throws Exception {
    database.load("{workflow: one, tracks: {y: {}}}");
    startCoordinators(1);
    try (Blockade behindTrigger =
        Blockade.ofInserts(database, "track_coordination.work_queue", "new.handler = 'y'")) {
      UUID run = database.startRun("one");
      behindTrigger.awaitStopped(1); // the run was still running when it looked
      CompletableFuture<Void> cancelled = cancelSoon(run);
      Awaitility.await()
          .until(() -> "cancelled".equals(database.state(run)) || database.waitingForLocks() == 2);
      behindTrigger.open();
      cancelled.join();
      database.awaitSettled();
      assertThat(database.state(run, "y")).isEqualTo("cancelled");
      assertThat(database.count("select count(*) from track_coordination.work_queue")).isZero();
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void aRunThatIsCancelledWhileAForeignWriterBeginsARootLeavesNothingTriggered() throws Exception {
    database.load("{workflow: one, tracks: {y: {}}}");
    UUID run = database.startRun("one");
    try (Blockade behindTrigger =
            Blockade.ofInserts(database, "track_coordination.work_queue", "new.handler = 'y'");
        ForeignWriter writer = new ForeignWriter(database.plain())) {
      writer.write(run, "y", "started", "{}");
      startCoordinators(1); // both are in its first batch
      behindTrigger.awaitStopped(1);
      CompletableFuture<Void> cancelled = cancelSoon(run);
      Awaitility.await()
          .until(() -> "cancelled".equals(database.state(run)) || database.waitingForLocks() == 2);
      behindTrigger.open();
      cancelled.join();
      database.awaitSettled();
      assertThat(database.state(run, "y")).isEqualTo("cancelled");
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void aRunThatIsCancelledWhileASkipIsPassedOnLeavesNothingTriggered() throws Exception {
    database.load("{workflow: pair, tracks: {x: {}, y: {dependsOn: [x]}}}");
    startCoordinators(1);
    UUID run = database.startRun("pair");
    database.awaitState(run, "x", "triggered");
    try (Blockade behindTrigger =
        Blockade.ofInserts(database, "track_coordination.work_queue", "new.handler = 'y'")) {
      database.sql().queryForList("select track_coordination.skip(?, 'x', '{}')", run);
      behindTrigger.awaitStopped(1); // the run was still running when it looked
      CompletableFuture<Void> cancelled = cancelSoon(run);
      Awaitility.await()
          .until(() -> "cancelled".equals(database.state(run)) || database.waitingForLocks() == 2);
      behindTrigger.open();
      cancelled.join();
      database.awaitSettled();
      assertThat(database.state(run, "y")).isEqualTo("cancelled");
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void aRunWhoseRowChangesWhileItBeginsBeginsAllTheSame() throws Exception {
    database.load("{workflow: roots, tracks: {x: {}, y: {}, z: {}}}");
    UUID run = database.startRun("roots");
    try (Connection operator = database.plain().getConnection()) {
      operator.setAutoCommit(false);
      try (PreparedStatement skip =
          operator.prepareStatement("select track_coordination.skip(?, 'x')")) {
        skip.setObject(1, run);
        skip.execute();
      }
      startCoordinators(1);
      Awaitility.await().until(() -> database.waitingForLocks() == 1);
      operator.commit();
    }
    database.awaitState(run, "y", "triggered");
    database.awaitState(run, "z", "triggered");
    assertThat(database.state(run, "x")).isEqualTo("skipped");
  }

  private CompletableFuture<Void> cancelSoon(UUID run) {
    return CompletableFuture.runAsync(
        () -> database.sql().queryForList("select track_coordination.cancel(?)", run));
  }

  private void startCoordinators(int n) throws Exception {
    for (int i = 0; i < n; i++) {
      coordinators.add(database.coordinator().start());
    }
  }

  private UUID start() {
    return database.startRun("diamond");
  }

  private static RouteBuilder countingWorkers(Map<String, Integer> done) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        for (String track : List.of("a", "b", "c", "d")) {
          from("kamelet:track-source/test-" + track + "?handler=" + track)
              .routeId(track)
              .process(
                  exchange ->
                      done.merge(
                          exchange.getMessage().getHeader("trackIdempotencyKey", String.class),
                          1,
                          Integer::sum));
        }
      }
    };
  }

  private static List<UUID> runs(int n) {
    return Stream.generate(UUID::randomUUID).limit(n).toList();
  }

  private static String by(UUID run, String track) {
    return "{\"run\": \"%s\", \"by\": \"%s\"}".formatted(run, track);
  }

  private static String inputOf(UUID run, String... tracks) {
    return Stream.of(tracks)
        .map(track -> "\"%s\": {\"by\": \"%s\", \"run\": \"%s\"}".formatted(track, track, run))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private void writeForAll(List<UUID> runs, String track) throws Exception {
    try (ForeignWriter writer = new ForeignWriter(database.plain())) {
      writer.write(runs.stream().map(run -> row(run, track, "completed", by(run, track))).toList());
    }
  }

  private void awaitTriggered(String track, int times) {
    Awaitility.await(times + " times " + track)
        .atMost(java.time.Duration.ofSeconds(60))
        .until(
            () ->
                database.count(
                        "select count(*) from processing_logs where track_id = ? and event_type = 'triggered'",
                        track)
                    >= times);
  }

  private String consumed(UUID run, String track) {
    return database
        .sql()
        .queryForObject(
            "select cast(metadata -> 'consumed' as text) from processing_logs where correlation_id = ? and track_id = ? and event_type = 'triggered'",
            String.class,
            run,
            track);
  }

  private void assertEachTriggeredOnce() {
    assertThat(
            database
                .sql()
                .queryForList(
                    """
                    select correlation_id, track_id, count(*) from processing_logs
                     where event_type = 'triggered' group by correlation_id, track_id having count(*) <> 1
                    """))
        .as("triggered more than once")
        .isEmpty();
  }
}
