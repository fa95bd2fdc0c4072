package org.trackcoordinator.coordinator;

import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.apache.camel.builder.RouteBuilder;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DurableServer;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * Instances at rest, on a server whose statements are counted. Time is real here. Where the safety
 * net is {@link #NO_NET}, what happens in time was known or told.
 */
abstract class AtRest {

  static final String NO_NET = "10m";
  static final Duration INTERVAL = Duration.ofSeconds(6); // longer than anybody is quiet otherwise
  static final Duration SOON = Duration.ofSeconds(30);
  static final String HOUSEKEEPING = "com.zaxxer.hikari.housekeeping.periodMs";

  static final String INTAKE =
      """
      workflow: intake
      tracks:
        gmail: {}
        drive: {dependsOn: [gmail]}
        file-management: {dependsOn: [drive]}
        freee: {dependsOn: [file-management], circuit: books, retry: {maxAttempts: 2, backoff: 4s, jitter: 0}}
      """;

  static final String FOREIGN =
      """
      workflow: foreign
      tracks:
        by-sql: {%s}
        after: {dependsOn: [by-sql], handler: drive}
      """;

  @TempDir static Path directory;
  static DurableServer server;
  static JdbcTemplate statistics;

  final AtomicBoolean failing = new AtomicBoolean();
  Database database;
  JdbcTemplate sql;

  @BeforeAll
  static void startServer() throws Exception {
    server = new DurableServer(directory.resolve("postgres"));
    try (Database opened = server.open()) {
      JdbcTemplate admin = new JdbcTemplate(opened.plain());
      admin.execute("alter system set shared_preload_libraries = 'pg_stat_statements'");
      admin.execute("create database watcher");
    }
    server.restart();
    // what the test itself asks goes to another database and is not counted
    statistics = new JdbcTemplate(connectionTo("watcher"));
    statistics.execute("create extension pg_stat_statements");
    System.setProperty(HOUSEKEEPING, "500");
  }

  @AfterAll
  static void stopServer() {
    System.clearProperty(HOUSEKEEPING);
    server.close();
  }

  static DataSource connectionTo(String name) {
    HikariDataSource source = new HikariDataSource();
    source.setJdbcUrl(server.url().replace("/postgres?", "/" + name + "?"));
    source.setMaximumPoolSize(1);
    return source;
  }

  @BeforeEach
  void open() {
    database = openDatabase();
    Migrations.migrate(database.plain());
    sql = new JdbcTemplate(database.plain());
    sql.execute(
        "truncate track_coordination.runs, track_coordination.activations, track_coordination.work_queue,"
            + " track_coordination.event_queue, track_coordination.gate_states, track_coordination.circuit_probes");
    load(INTAKE);
  }

  @AfterEach
  void close() {
    database.close();
  }

  static Database openDatabase() {
    Database opened = server.open();
    opened.pool().setIdleTimeout(10_000); // the least that the pool takes
    return opened;
  }

  Coordinator coordinator(Database on, String interval) throws Exception {
    return coordinator(on, interval, new Properties());
  }

  Coordinator coordinator(Database on, String interval, Properties settings) throws Exception {
    return coordinator(on, on.plain(), interval, settings);
  }

  Coordinator coordinator(Database on, DataSource listening, String interval, Properties settings)
      throws Exception {
    settings.put("look-ahead.interval", interval);
    settings.put("backpressure.interval", "500");
    return new Coordinator(on.pool(), listening, RoutesFolder.at(Path.of("routes")))
        .watching(on.contact())
        .with(settings)
        .with(workers())
        .maintainEvery(Duration.ofMillis(500))
        .start();
  }

  RouteBuilder workers() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        for (String handler : List.of("gmail", "drive", "file-management", "freee")) {
          from("kamelet:track-source/test-%s?handler=%s".formatted(handler, handler))
              .routeId("work-" + handler)
              .routeConfigurationId("one-attempt")
              .process(
                  exchange -> {
                    if (handler.equals("freee") && failing.get()) {
                      throw new IllegalStateException("the books are closed");
                    }
                  });
        }
      }
    };
  }

  void load(String workflow) {
    new DefinitionStore(database.pool(), "test")
        .makeCurrent(WorkflowFiles.parse("test.yaml", workflow));
  }

  UUID start(String workflow) {
    return sql.queryForObject("select track_coordination.start_run(?)", UUID.class, workflow);
  }

  void startRuns(String workflow, int runs) {
    for (int run = 0; run < runs; run++) {
      start(workflow);
    }
  }

  void insertCompleted(UUID run) {
    sql.update(
        "insert into processing_logs (correlation_id, track_id, event_type, payload) values (?, 'gmail', 'completed', '{}')",
        run);
  }

  String state(UUID run) {
    return sql
        .queryForList(
            "select state from track_coordination.runs where correlation_id = ?", String.class, run)
        .stream()
        .findFirst()
        .orElse(null);
  }

  void awaitState(UUID run, String track, String state) {
    soon()
        .until(
            () ->
                sql.queryForList(
                    "select state from track_coordination.activation_states where correlation_id = ? and track_id = ?",
                    String.class,
                    run,
                    track),
            List.of(state)::equals);
  }

  void awaitRunsCompleted(int runs) {
    soon()
        .until(
            () ->
                sql.queryForObject(
                        "select count(*) from track_coordination.runs where state = 'completed'",
                        Long.class)
                    == runs);
  }

  String error(UUID run) {
    return sql.queryForObject(
        "select payload #>> '{error,class}' from processing_logs where correlation_id = ? and event_type = 'timed_out'",
        String.class,
        run);
  }

  long count(UUID run, String track, String event) {
    return sql.queryForObject(
        "select count(*) from processing_logs where correlation_id = ? and track_id = ? and event_type = ?",
        Long.class,
        run,
        track,
        event);
  }

  /** From the first event of one type to the last of the other. */
  double secondsBetween(UUID run, String first, String last) {
    return sql.queryForObject(
        "select extract(epoch from max(created_at) filter (where event_type = ?) - min(created_at) filter (where event_type = ?))"
            + " from processing_logs where correlation_id = ?",
        Double.class,
        last,
        first,
        run);
  }

  static LookAhead lookAhead(Coordinator coordinator) {
    return coordinator.camel().getRegistry().lookupByNameAndType("lookAhead", LookAhead.class);
  }

  /** Returns when nothing is asked any more: each job has gone once since the last movement. */
  void awaitRest(Coordinator coordinator) {
    await("no job waits for workers to have had their say")
        .atMost(SOON)
        .until(() -> database.contact().isThereFor(Duration.ofSeconds(3)));
    List<Map<String, Long>> before = new ArrayList<>(List.of(Map.of()));
    await("the instance is at rest")
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(1_200)) // longer than any job's interval
        .until(
            () -> {
              Set<String> asked = since(before.set(0, calls())).keySet();
              return asked.stream().allMatch(AtRest::isLook) && lookAhead(coordinator).isAtRest();
            });
  }

  static ConditionFactory soon() {
    return await().atMost(SOON).pollInterval(Duration.ofMillis(50));
  }

  /** How often each statement was called so far. */
  static Map<String, Long> calls() {
    Map<String, Long> calls = new HashMap<>();
    statistics.query(
        "select s.query, s.calls from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = 'postgres'",
        row -> {
          calls.merge(row.getString(1), row.getLong(2), Long::sum);
        });
    return calls;
  }

  /** The statements that were called since, and how often. */
  static Map<String, Long> since(Map<String, Long> before) {
    Map<String, Long> since = calls();
    before.forEach((query, times) -> since.merge(query, -times, Long::sum));
    since.values().removeIf(times -> times == 0);
    return since;
  }

  static long looks(Map<String, Long> calls) {
    return calls.entrySet().stream()
        .filter(each -> isLook(each.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  static boolean isLook(String query) {
    return query.contains("track_coordination.next_due(");
  }

  static long connections() {
    return statistics.queryForObject(
        "select count(*) from pg_stat_activity where datname = 'postgres' and backend_type = 'client backend'",
        Long.class);
  }
}
