package org.trackcoordinator.whatif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteBuilder;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Past runs, as the coordinator wrote them, through the same and through other graphs. */
@Tag("track-coordination")
class WhatIfIT {

  private static final int FAILING = 20;
  private static final int WITH_DATA = 30;
  private static final Duration ALWAYS = Duration.ofDays(1000);

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  private final long seed = Long.getLong("tracks.test.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /** Some attempts fail, some report data first; the same ones whenever they are run. */
  private RouteBuilder worker() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-work?handler=work&concurrency=8")
            .routeId("work")
            .process(exchange -> work(exchange.getMessage()))
            .setBody(simple("{\"by\": \"${header.trackId}\"}"));
      }
    };
  }

  /** So many failures would open the circuit of the one handler that all share. */
  private Coordinator coordinator() throws Exception {
    Properties settings = new Properties();
    settings.put("circuit.failure-rate", "100");
    settings.put("circuit.minimum-calls", "20");
    return database.coordinator().with(worker()).with(settings).start();
  }

  private void work(Message message) {
    String key = message.getHeader("trackIdempotencyKey", String.class);
    Object attempt = List.of(key, message.getHeader("trackAttempt"));
    int chance = Math.floorMod(attempt.hashCode() * 0x9E3779B9, 100);
    if (Math.floorMod(key.hashCode() * 0x85EBCA6B, 100) < WITH_DATA) {
      String[] ids = key.split("/");
      database.insertEvent(UUID.fromString(ids[0]), ids[1], "data_ready", "{\"part\": 1}");
    }
    if (chance < FAILING) {
      throw new IllegalStateException(attempt + " is one that fails");
    }
  }

  @Test
  void throughTheSameGraphNoRunDiffersAndItsGraphExplainsWhatItDid() throws Exception {
    System.out.println("WhatIfIT: seed " + seed);
    List<Definition> definitions = new ArrayList<>();
    List<UUID> runs = new ArrayList<>();
    int workflows = Counts.of(20, 150);
    int runsOfEach = 8;
    try (Coordinator coordinator = coordinator()) {
      for (int w = 0; w < workflows; w++) {
        Definition definition = WorkflowFiles.parse("w.yaml", randomWorkflow("w" + w));
        definitions.add(definition);
        database.load(definition);
        for (int n = 0; n < runsOfEach; n++) {
          runs.add(database.startRun("w" + w));
          if (random.nextInt(3) == 0) {
            act(runs.get(runs.size() - 1));
          }
        }
      }
      release();
      awaitEnd("before retries");
      definitions.forEach(this::assertExplained);

      // an operator reopens what failed: what its graph does not explain then is taken as it is
      database
          .sql()
          .queryForList(
              "select track_coordination.retry(correlation_id) from track_coordination.runs where state = 'failed'");
      awaitEnd("after retries");
    }
    long replayed = 0;
    for (Definition definition : definitions) {
      WhatIf.Result result = whatIf(definition);
      assertThat(result.differences())
          .as("%s, seed %d", definition.canonicalJson(), seed)
          .isEmpty();
      replayed += result.runs();
    }
    assertThat(replayed).isEqualTo(runs.size());
  }

  /** Nothing is queued and nobody works. */
  private void awaitEnd(String when) {
    try {
      await(when)
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  database.count(
                          "select (select count(*) from track_coordination.event_queue) + (select count(*) from track_coordination.work_queue)")
                      == 0);
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(whatIsLeft(), e);
    }
    print(when);
    assertThat(
            database.texts(
                "select correlation_id from track_coordination.runs where state = 'running'"))
        .as("%s, runs that wait for nothing: %s", when, whatIsLeft())
        .isEmpty();
  }

  private String whatIsLeft() {
    StringBuilder left = new StringBuilder("seed " + seed + "\n");
    for (String query :
        List.of(
            "gate_states where state = 'closed'",
            "work_queue",
            "event_queue",
            "audit()",
            "quarantine",
            "runs join track_coordination.definitions using (definition_id) where state = 'running'",
            "activation_states join track_coordination.runs r using (correlation_id) where r.state = 'running'",
            "runs r join processing_logs l using (correlation_id) where r.state = 'running' order by event_id")) {
      left.append(query).append("\n");
      database
          .sql()
          .queryForList("select * from track_coordination." + query)
          .forEach(row -> left.append("  ").append(row).append("\n"));
    }
    return left.toString();
  }

  private void assertExplained(Definition definition) {
    Graph graph = new Graph(definition);
    for (RunRecord run : records(definition.workflow())) {
      String what =
          "run %s of %s, seed %d: %s, %s"
              .formatted(
                  run.correlationId(),
                  definition.canonicalJson(),
                  seed,
                  run.state(),
                  database.chain(run.correlationId()));
      Replay replay = Replay.ofRecord(graph, run);
      assertThat(replay.isUnexplained()).as(what).isFalse();
      assertThat(Comparison.of(replay, graph)).as(what).isEmpty();
      for (Graph.Node node : graph.nodes()) {
        TrackRecord record = run.track(node.id());
        Course course = replay.course(node.id());
        if (run.state().equals("completed") && !record.takenOut()) {
          assertThat(course.ready())
              .as("%s is ready, %s", node.id(), what)
              .isEqualTo(record.triggered());
        }
      }
    }
  }

  private List<RunRecord> records(String workflow) {
    List<RunRecord> records = new ArrayList<>();
    try (Connection connection = database.plain().getConnection()) {
      connection.setAutoCommit(false);
      RunLog.read(connection, workflow, ALWAYS, records::add);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
    return records;
  }

  /** Edges lead from lower to higher numbers; a fallback has none. */
  private String randomWorkflow(String name) {
    StringBuilder yaml = new StringBuilder("workflow: " + name + "\n");
    yaml.append(
        "defaults: {retry: {maxAttempts: %d, backoff: 5ms, maxBackoff: 100ms}}\ntracks:\n"
            .formatted(1 + random.nextInt(2)));
    int tracks = 2 + random.nextInt(9);
    for (int n = 0; n < tracks; n++) {
      List<String> on = new ArrayList<>();
      for (int u = 0; u < n; u++) {
        if (random.nextInt(3) == 0) {
          on.add(random.nextInt(3) == 0 ? "{track: t%d, on: data_ready}".formatted(u) : "t" + u);
        }
      }
      String policy = policy("f" + n);
      yaml.append(
          "  t%d: {handler: work, dependsOn: %s, onFailure: %s}\n".formatted(n, on, policy));
      if (policy.startsWith("{")) {
        yaml.append(fallback("f" + n, "g" + n));
      }
    }
    return yaml.append("on: {failed: work}\n").toString();
  }

  /** At times with a fallback of its own. */
  private String fallback(String name, String itsOwn) {
    return switch (random.nextInt(3)) {
      case 0 -> "  %s: {handler: work, onFailure: continue}\n".formatted(name);
      case 1 -> "  %s: {handler: work, onFailure: skip-downstream}\n".formatted(name);
      default ->
          "  %s: {handler: work, onFailure: {fallback: %s}}\n".formatted(name, itsOwn)
              + "  %s: {handler: work, onFailure: continue}\n".formatted(itsOwn);
    };
  }

  private String policy(String fallback) {
    return switch (random.nextInt(5)) {
      case 0 -> "skip-downstream";
      case 1 -> "continue";
      case 2, 3 -> "{fallback: " + fallback + "}";
      default -> "fail-run";
    };
  }

  private void act(UUID run) {
    String action =
        switch (random.nextInt(5)) {
          case 0 -> "cancel(?)";
          case 1 -> "hold(correlation_id => ?)";
          case 2 -> "skip(?, 't%d')".formatted(random.nextInt(5));
          default -> "skip(?, 't%d', '{\"by\": \"hand\"}')".formatted(random.nextInt(5));
        };
    try {
      database.sql().queryForList("select track_coordination." + action, run);
    } catch (DataAccessException refused) {
      // it may not be done in this run, or not any more
      assertThat(refused.getMostSpecificCause())
          .hasMessageMatching("(?s).*(" + run + "|deadlock).*");
    }
  }

  private void release() {
    database
        .sql()
        .queryForList(
            "select track_coordination.release(correlation_id => correlation_id, track_id => track_id)"
                + " from track_coordination.gate_states where kind = 'pause' and state = 'closed'");
  }

  private void print(String when) {
    System.out.println(
        "WhatIfIT, "
            + when
            + ": "
            + database
                .sql()
                .queryForList(
                    "select state, count(*) from track_coordination.runs group by state order by state")
            + " "
            + database
                .sql()
                .queryForList(
                    "select event_type, count(*) from processing_logs group by event_type order by event_type"));
  }

  @Test
  void aChangedGraphDiffersWhereItSaysAndNothingIsWritten() throws Exception {
    String tracks =
        "{a: {handler: work}, b: {handler: work, dependsOn: [a], onFailure: continue}, c: {handler: work, dependsOn: [b]}}";
    Definition own =
        WorkflowFiles.parse(
            "w.yaml", "workflow: w\ndefaults: {retry: {maxAttempts: 1}}\ntracks: " + tracks);
    List<UUID> runs = new ArrayList<>();
    database.load(own);
    try (Coordinator coordinator = coordinator()) {
      for (int n = 0; n < 40; n++) {
        runs.add(database.startRun("w"));
      }
      database.awaitRunsEnded(runs.size());
      database.awaitSettled();
    }
    UUID running = database.startRun("w");
    long failedInB =
        database.count(
            "select count(*) from processing_logs where track_id = 'b' and event_type = 'failed'");
    assertThat(failedInB).as("runs whose b failed").isPositive();

    Map<String, Long> before = rows();
    WhatIf.Result result =
        whatIf(
            WorkflowFiles.parse(
                "w.yaml",
                "workflow: w\ntracks: {a: {handler: work}, b: {handler: work, dependsOn: [a]}, c: {handler: work, dependsOn: [b]}, d: {dependsOn: [c]}}"));
    assertThat(rows()).isEqualTo(before);
    assertThat(result.runs()).isEqualTo(runs.size());
    assertThat(result.running()).as("left out: " + running).isEqualTo(1);
    assertThat(result.unexplained()).isZero();
    long through =
        database.count(
            "select count(*) from processing_logs b join processing_logs c using (correlation_id)"
                + " where b.track_id = 'b' and b.event_type = 'completed' and c.track_id = 'c' and c.event_type = 'completed'");
    assertThat(result.differences())
        .extracting(
            found ->
                found.difference().change().word()
                    + " "
                    + found.difference().track()
                    + " "
                    + found.runs()
                    + ": "
                    + found.difference().reason())
        .containsExactlyInAnyOrder(
            "lost c %d: b fails the run first".formatted(failedInB),
            "added d %d: a new track, taken to be completed at once".formatted(through));
    assertThat(result.differences())
        .allSatisfy(found -> assertThat(found.examples()).hasSize((int) Math.min(3, found.runs())))
        .allSatisfy(found -> assertThat(runs).containsAll(found.examples()));
  }

  /** How many rows each of our tables has, and the log. */
  private Map<String, Long> rows() {
    Map<String, Long> rows = new TreeMap<>();
    for (String table :
        database.texts(
            "select format('%I.%I', table_schema, table_name) from information_schema.tables"
                + " where table_type = 'BASE TABLE' and table_schema in ('public', 'track_coordination')")) {
      rows.put(table, database.count("select count(*) from " + table));
    }
    return rows;
  }

  @Test
  void whatIfAsksInAReadOnlyTransactionAndLeavesTheConnectionAsItWas() throws Exception {
    Definition definition = WorkflowFiles.parse("w.yaml", "workflow: w\ntracks: {a: {}}");
    List<String> asked = new ArrayList<>();
    try (Connection connection = database.plain().getConnection()) {
      Connection watched =
          (Connection)
              Proxy.newProxyInstance(
                  getClass().getClassLoader(),
                  new Class<?>[] {Connection.class},
                  (proxy, method, arguments) -> {
                    if (method.getName().endsWith("Statement")) {
                      asked.add(
                          "read-only %s, in a transaction %s"
                              .formatted(connection.isReadOnly(), !connection.getAutoCommit()));
                    }
                    return method.invoke(connection, arguments);
                  });
      WhatIf.of(watched, definition, ALWAYS, 0);
      assertThat(asked).isNotEmpty().containsOnly("read-only true, in a transaction true");
      assertThat(connection.isReadOnly()).isFalse();
      assertThat(connection.getAutoCommit()).isTrue();
      assertThat(connection.getTransactionIsolation())
          .isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
    }
  }

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS) // written as a log only
  void manyRunsAreReplayedInSeconds() throws Exception {
    int runs = Counts.of(1_000, 10_000);
    Definition definition =
        WorkflowFiles.parse(
            "w.yaml",
            """
            workflow: many
            defaults: {retry: {maxAttempts: 2, backoff: 5ms}}
            tracks:
              gmail: {handler: work}
              drive: {handler: work, dependsOn: [gmail], onFailure: {fallback: disk}}
              disk: {handler: work}
              scan: {handler: work, dependsOn: [{track: gmail, on: data_ready}], onFailure: continue}
              read: {handler: work, dependsOn: [drive, scan], onFailure: skip-downstream}
              name: {handler: work, dependsOn: [read]}
              file: {handler: work, dependsOn: [name]}
              freee: {handler: work, dependsOn: [name, file]}
            """);
    database.load(definition);
    try (Coordinator coordinator = coordinator()) {
      for (int n = 0; n < 20; n++) {
        database.startRun("many");
      }
      database.awaitRunsEnded(20);
      database.awaitSettled();
    }
    multiply(runs / 20 - 1);
    database.sql().execute("analyze");
    long begun = System.nanoTime();
    WhatIf.Result result = whatIf(definition);
    double seconds = (System.nanoTime() - begun) / 1e9;
    System.out.printf("WhatIfIT: %,d runs replayed in %.2f s%n", runs, seconds);
    assertThat(result.runs()).isEqualTo(runs);
    assertThat(result.differences()).isEmpty();
    assertThat(result.unexplained()).isZero();
    assertThat(seconds).isLessThan(10);
  }

  /** So many copies of each run and of what had an effect in it. */
  private void multiply(int copies) {
    new JdbcTemplate(database.pool())
        .update(
            """
            with copies as materialized (
              select r.correlation_id as original, gen_random_uuid() as correlation_id, r.definition_id, r.state, r.finished_at
                from track_coordination.runs r, generate_series(1, ?)),
            copied as (
              insert into track_coordination.runs (correlation_id, definition_id, state, remaining_leaves, payload, finished_at)
              select correlation_id, definition_id, state, 0, '{}', finished_at from copies)
            insert into processing_logs (event_id, correlation_id, track_id, event_type, attempt, payload, metadata)
            select nextval('track_coordination.event_ids'), x.correlation_id, x.track_id, x.event_type, x.attempt, x.payload, x.metadata
              from (select c.correlation_id, l.track_id, l.event_type, l.attempt, l.payload, l.metadata
                      from copies c
                      join processing_logs l on l.correlation_id = c.original
                     where not exists (select from track_coordination.event_fates f where f.correlation_id = l.correlation_id and f.event_id = l.event_id)
                     order by c.correlation_id, l.event_id) x
            """,
            copies);
  }

  private WhatIf.Result whatIf(Definition changed) throws SQLException {
    try (Connection connection = database.plain().getConnection()) {
      return WhatIf.of(connection, changed, ALWAYS, 3);
    }
  }
}
