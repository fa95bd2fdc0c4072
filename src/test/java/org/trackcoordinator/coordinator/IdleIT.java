package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
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
import org.apache.camel.health.HealthCheck;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DurableServer;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.testing.DeafSource;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * What instances at rest ask of their database, on a server that counts it, and that they miss
 * nothing all the same. Time is real here. Where the safety net is {@link #NO_NET}, what happens in
 * time was known or told.
 */
@Tag("track-coordination")
class IdleIT {

  private static final String NO_NET = "10m";
  private static final Duration INTERVAL =
      Duration.ofSeconds(6); // longer than anybody is quiet otherwise
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String HOUSEKEEPING = "com.zaxxer.hikari.housekeeping.periodMs";

  private static final String INTAKE =
      """
      workflow: intake
      tracks:
        gmail: {}
        drive: {dependsOn: [gmail]}
        file-management: {dependsOn: [drive]}
        freee: {dependsOn: [file-management], circuit: books, retry: {maxAttempts: 2, backoff: 4s, jitter: 0}}
      """;

  private static final String FOREIGN =
      """
      workflow: foreign
      tracks:
        by-sql: {%s}
        after: {dependsOn: [by-sql], handler: drive}
      """;

  @TempDir static Path directory;
  private static DurableServer server;
  private static JdbcTemplate statistics;

  private final AtomicBoolean failing = new AtomicBoolean();
  private Database database;
  private JdbcTemplate sql;

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

  private static DataSource connectionTo(String name) {
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

  private static Database openDatabase() {
    Database opened = server.open();
    opened.pool().setIdleTimeout(10_000); // the least that the pool takes
    return opened;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void anInstanceAtRestAsksOneStatementInEachInterval(int instances) throws Exception {
    Database other = instances == 2 ? openDatabase() : database;
    try (Coordinator one = coordinator(database, INTERVAL.toSeconds() + "s");
        Coordinator two = instances == 2 ? coordinator(other, INTERVAL.toSeconds() + "s") : null) {
      startRuns("intake", 20);
      awaitRunsCompleted(20);
      awaitRest(one);
      if (two != null) {
        awaitRest(two);
        awaitRest(one);
      }
      int rounds = 2 * instances;
      Map<String, Long> before = calls();
      long begun = System.nanoTime();
      await().atMost(INTERVAL.multipliedBy(20)).until(() -> looks(since(before)) >= rounds);
      Map<String, Long> asked = since(before);
      double intervals = (System.nanoTime() - begun) / (double) INTERVAL.toNanos();
      System.out.printf("%d at rest: %s in %.1f intervals%n", instances, asked.values(), intervals);
      assertThat(asked).as("statements").hasSize(1);
      assertThat(looks(asked)).isLessThanOrEqualTo((long) Math.ceil(intervals) * instances);
    } finally {
      other.close();
    }
  }

  @Test
  void anInstanceAtRestHoldsTwoConnections() throws Exception {
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      startRuns("intake", 20);
      awaitRunsCompleted(20);
      assertThat(connections()).isGreaterThan(2);
      await("those that were needed are let go").atMost(SOON).until(() -> connections() == 2);
      awaitRest(coordinator);
      assertThat(connections()).isEqualTo(2);
    }
  }

  @Test
  void byDefaultTheIntervalIsHalfAMinute() throws Exception {
    Properties settings = new Properties();
    try (var in = Files.newInputStream(Path.of("routes/maintenance/maintenance.properties"))) {
      settings.load(in);
    }
    assertThat(settings).containsEntry("look-ahead.interval", "30s");
  }

  @Test
  void aLeaseOfAForeignWorkerThatDiedEndsInTime() throws Exception {
    load(FOREIGN.formatted("retry: {maxAttempts: 1}"));
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      UUID run = start("foreign");
      awaitState(run, "by-sql", "triggered");
      awaitRest(coordinator);
      sql.queryForList("select from track_coordination.claim_work('by-sql', 'dies', 1, '3 s')");
      awaitState(run, "by-sql", "timed_out");
      assertThat(error(run)).isEqualTo("lease-lost");
      assertThat(secondsBetween(run, "started", "timed_out")).isBetween(3.0, 6.0);
    }
  }

  @Test
  void aForeignAttemptTimesOutInTime() throws Exception {
    load(FOREIGN.formatted("timeout: 3s, retry: {maxAttempts: 1}"));
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      UUID run = start("foreign");
      awaitState(run, "by-sql", "triggered");
      awaitRest(coordinator);
      sql.queryForList("select from track_coordination.claim_work('by-sql', 'hangs', 1, '1 h')");
      awaitState(run, "by-sql", "timed_out");
      assertThat(error(run)).isEqualTo("timeout");
      assertThat(secondsBetween(run, "started", "timed_out")).isBetween(3.0, 6.0);
    }
  }

  @Test
  void whatNobodyClaimsTimesOutInTimeThoughOtherWorkMayWaitLonger() throws Exception {
    load(FOREIGN.formatted("triggerTimeout: 1s").replace("workflow: foreign", "workflow: hasty"));
    load(FOREIGN.formatted("triggerTimeout: 4s"));
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      awaitRest(coordinator);
      UUID run = start("foreign");
      awaitState(run, "by-sql", "timed_out");
      assertThat(error(run)).isEqualTo("trigger-timeout");
      assertThat(secondsBetween(run, "triggered", "timed_out")).isBetween(4.0, 7.0);
    }
  }

  @Test
  void aDeadlineOfARunThatWasStartedBySqlPassesInTime() throws Exception {
    load("deadline: 3s\n" + FOREIGN.formatted(""));
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      awaitRest(coordinator);
      UUID run = start("foreign");
      await().atMost(SOON).until(() -> "timed_out".equals(state(run)));
      assertThat(
              sql.queryForObject(
                  "select extract(epoch from finished_at - created_at) from track_coordination.runs where correlation_id = ?",
                  Double.class,
                  run))
          .isBetween(3.0, 6.0);
    }
  }

  @Test
  void aRetryIsClaimedWhenItIsDue() throws Exception {
    failing.set(true);
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      UUID run = start("intake");
      await().atMost(SOON).until(() -> count(run, "freee", "retried") == 1);
      failing.set(false);
      soon().until(() -> lookAhead(coordinator).isAtRest());
      assertThat(count(run, "freee", "started"))
          .as("it rests before the retry is due")
          .isEqualTo(1);
      await().atMost(SOON).until(() -> "completed".equals(state(run)));
      assertThat(secondsBetween(run, "retried", "completed")).isBetween(4.0, 6.5);
    }
  }

  @Test
  void aCircuitIsProbedWhenItHasRested() throws Exception {
    failing.set(true);
    Properties settings = new Properties();
    settings.put("circuit.minimum-calls", "1");
    settings.put("circuit.window", "1");
    settings.put("circuit.wait", "4s");
    try (Coordinator coordinator = coordinator(database, NO_NET, settings)) {
      UUID run = start("intake");
      await().atMost(SOON).until(() -> count(run, "freee", "failed") == 1);
      failing.set(false);
      soon().until(() -> lookAhead(coordinator).isAtRest());
      assertThat(count(run, "freee", "started")).as("it rests with the circuit").isEqualTo(1);
      await().atMost(SOON).until(() -> "completed".equals(state(run)));
      assertThat(secondsBetween(run, "failed", "completed")).isBetween(4.0, 8.0);
    }
  }

  @Test
  void aCircuitThatNothingWaitsBehindIsLeftAlone() throws Exception {
    try (Coordinator coordinator = coordinator(database, NO_NET)) {
      awaitRest(coordinator);
      sql.queryForList(
          "select track_coordination.open_circuit('books', 'down', 'tester', '1 s', '1 m')");
      sql.execute("notify track_events"); // as the instance whose circuit it is would be moved
      await()
          .atMost(SOON)
          .until(
              () ->
                  sql.queryForObject(
                          "select permits from track_coordination.gate_states where circuit = 'books'",
                          Integer.class)
                      > 0);
      awaitRest(coordinator);
      Map<String, Long> before = calls();
      await()
          .during(Duration.ofSeconds(4))
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(() -> assertThat(since(before)).isEmpty());
      assertThat(start("intake")).isNotNull();
      awaitRunsCompleted(1);
    }
  }

  @Test
  void anInstanceThatHearsNothingPollsEachSecond() throws Exception {
    DataSource deaf = new DeafSource(database.plain());
    try (Coordinator coordinator = coordinator(database, deaf, NO_NET, new Properties())) {
      startRuns("intake", 1);
      awaitRunsCompleted(1);
      Map<String, Long> before = calls();
      await()
          .atMost(Duration.ofSeconds(10))
          .until(
              () ->
                  since(before).entrySet().stream()
                      .filter(
                          each ->
                              each.getKey().contains("delete from track_coordination.event_queue"))
                      .anyMatch(each -> each.getValue() > 4));
      assertThat(lookAhead(coordinator).isAtRest()).isFalse();
      long begun = System.nanoTime();
      UUID run = UUID.randomUUID();
      insertCompleted(run);
      await().atMost(SOON).until(() -> "completed".equals(state(run)));
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(8));
    }
  }

  /** Another instance, whose drainer slept beside or was awake, dies: its locks go with it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void whenAnotherInstanceDiesTheOneAtRestHearsOfTheNextEvent(int lock) throws Exception {
    try (Connection another = database.plain().getConnection();
        Statement statement = another.createStatement()) {
      statement.execute("select pg_advisory_lock(8210, " + lock + ")");
      try (Coordinator coordinator = coordinator(database, NO_NET)) {
        awaitRest(coordinator);
        sql.queryForList(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
                + " and classid = 8210 and objid = ? and granted and mode = 'ExclusiveLock'"
                + " and pid <> pg_backend_pid()",
            lock);
        await()
            .atMost(SOON)
            .until(
                () ->
                    sql.queryForObject(
                            "select count(*) from pg_stat_activity where pid = ?",
                            Long.class,
                            another.unwrap(PGConnection.class).getBackendPID())
                        == 0);
        UUID run = UUID.randomUUID();
        insertCompleted(run);
        await().atMost(Duration.ofSeconds(8)).until(() -> "completed".equals(state(run)));
      }
    }
  }

  @Test
  void whileNoInstanceRunsNobodyIsTold() throws Exception {
    try (Connection curious = database.plain().getConnection();
        Statement statement = curious.createStatement()) {
      statement.execute("listen track_events");
      insertCompleted(UUID.randomUUID());
      statement.execute("select 1");
      assertThat(notices(curious)).as("no instance").isEmpty();
      statement.execute("select pg_advisory_lock_shared(8210, 2)");
      insertCompleted(UUID.randomUUID());
      statement.execute("select 1");
      assertThat(notices(curious)).as("one that listens").isNotEmpty();
    }
  }

  private static PGNotification[] notices(Connection connection) throws SQLException {
    PGNotification[] notices = connection.unwrap(PGConnection.class).getNotifications();
    return notices == null ? new PGNotification[0] : notices;
  }

  /**
   * A writer that saw a drainer awake tells nobody; the drainer waits for its commit, and looks.
   */
  @Test
  void whatASilentWriterCommitsLateIsSeen() throws Exception {
    UUID run = UUID.randomUUID();
    try (Connection writer = database.plain().getConnection();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute("set track.own = 'on'");
      statement.execute("select pg_try_advisory_xact_lock_shared(8210, 1)");
      statement.execute(
          """
          with written as (
            insert into processing_logs (correlation_id, track_id, event_type, payload)
            values ('%s', 'gmail', 'completed', '{}') returning *)
          insert into track_coordination.event_queue (event_id, event_type, correlation_id, track_id)
          select event_id, event_type, correlation_id, track_id from written
          """
              .formatted(run));
      Map<String, Long> before = calls();
      try (Coordinator coordinator = coordinator(database, NO_NET)) {
        soon()
            .until(
                () ->
                    since(before).keySet().stream()
                        .anyMatch(query -> query.contains("pg_try_advisory_lock_shared")));
        soon().until(() -> lookAhead(coordinator).isAtRest());
        writer.commit();
        await().atMost(Duration.ofSeconds(8)).until(() -> "completed".equals(state(run)));
      }
    }
  }

  @Test
  void aServerThatFallsSilentIsNoticedByTheNextLookAndWorkGoesOnAfterIt() throws Exception {
    try (Coordinator coordinator = coordinator(database, INTERVAL.toSeconds() + "s")) {
      awaitRest(coordinator);
      server.silence();
      long begun = System.nanoTime();
      try {
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> OutageIT.health(coordinator), HealthCheck.State.DOWN::equals);
      } finally {
        server.speak();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(INTERVAL.plusSeconds(10));
      begun = System.nanoTime();
      UUID run = UUID.randomUUID();
      insertCompleted(run);
      await().atMost(SOON).until(() -> "completed".equals(state(run)));
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
      awaitRest(coordinator);
    }
  }

  @Test
  void aLookReadsNoBigTableAsAWhole() throws Exception {
    load(FOREIGN.formatted("timeout: 1h, triggerTimeout: 1h"));
    start("foreign");
    sql.execute(
        """
        insert into track_coordination.runs (correlation_id, definition_id, remaining_leaves, payload, deadline_at)
        select gen_random_uuid(), r.definition_id, 1, '{}', now() + '1 day' from track_coordination.runs r, generate_series(1, 100000);
        insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, worker, claimed_at, definition_id)
        select r.correlation_id, 1, (array['by-sql', 'drive'])[1 + n % 2], now() + n * interval '1 s', 1,
               case when n % 100 = 0 then 'somebody' end, now(), r.definition_id
          from (select r.*, row_number() over () as n from track_coordination.runs r) r;
        insert into track_coordination.activations (correlation_id, track_no, definition_id, dependencies, remaining, state, trigger_event_id)
        select r.correlation_id, 1, r.definition_id, 0, 0, 'triggered', 1 from track_coordination.runs r
        """);
    sql.execute("analyze");
    try (Connection pooled = database.pool().getConnection();
        Statement statement = pooled.createStatement()) {
      statement.execute("select from track_coordination.next_due(null, '1 s', '{}')");
      String scans =
          "select string_agg(relname || ' ' || seq_scan, ', ' order by relname) from pg_stat_user_tables"
              + " where relname in ('runs', 'work_queue', 'activations', 'event_queue', 'processing_logs')";
      statement.execute("select pg_stat_force_next_flush()");
      String before = sql.queryForObject(scans, String.class);
      long begun = System.nanoTime();
      statement.execute("select from track_coordination.next_due(null, '1 s', '{}')");
      System.out.printf(
          "A look at 100,000 runs and as much work: %.1f ms%n", (System.nanoTime() - begun) / 1e6);
      statement.execute("select pg_stat_force_next_flush()");
      statement.execute("select 1");
      assertThat(sql.queryForObject(scans, String.class)).isEqualTo(before);
    }
  }

  private Coordinator coordinator(Database on, String interval) throws Exception {
    return coordinator(on, interval, new Properties());
  }

  private Coordinator coordinator(Database on, String interval, Properties settings)
      throws Exception {
    return coordinator(on, on.plain(), interval, settings);
  }

  private Coordinator coordinator(
      Database on, DataSource listening, String interval, Properties settings) throws Exception {
    settings.put("look-ahead.interval", interval);
    settings.put("backpressure.interval", "500");
    return new Coordinator(on.pool(), listening, RoutesFolder.at(Path.of("routes")))
        .watching(on.contact())
        .with(settings)
        .with(workers())
        .maintainEvery(Duration.ofMillis(500))
        .start();
  }

  private RouteBuilder workers() {
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

  private void load(String workflow) {
    new DefinitionStore(database.pool(), "test")
        .makeCurrent(WorkflowFiles.parse("test.yaml", workflow));
  }

  private UUID start(String workflow) {
    return sql.queryForObject("select track_coordination.start_run(?)", UUID.class, workflow);
  }

  private void startRuns(String workflow, int runs) {
    for (int run = 0; run < runs; run++) {
      start(workflow);
    }
  }

  private void insertCompleted(UUID run) {
    sql.update(
        "insert into processing_logs (correlation_id, track_id, event_type, payload) values (?, 'gmail', 'completed', '{}')",
        run);
  }

  private String state(UUID run) {
    return sql
        .queryForList(
            "select state from track_coordination.runs where correlation_id = ?", String.class, run)
        .stream()
        .findFirst()
        .orElse(null);
  }

  private void awaitState(UUID run, String track, String state) {
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

  private void awaitRunsCompleted(int runs) {
    soon()
        .until(
            () ->
                sql.queryForObject(
                        "select count(*) from track_coordination.runs where state = 'completed'",
                        Long.class)
                    == runs);
  }

  private String error(UUID run) {
    return sql.queryForObject(
        "select payload #>> '{error,class}' from processing_logs where correlation_id = ? and event_type = 'timed_out'",
        String.class,
        run);
  }

  private long count(UUID run, String track, String event) {
    return sql.queryForObject(
        "select count(*) from processing_logs where correlation_id = ? and track_id = ? and event_type = ?",
        Long.class,
        run,
        track,
        event);
  }

  /** From the first event of one type to the last of the other. */
  private double secondsBetween(UUID run, String first, String last) {
    return sql.queryForObject(
        "select extract(epoch from max(created_at) filter (where event_type = ?) - min(created_at) filter (where event_type = ?))"
            + " from processing_logs where correlation_id = ?",
        Double.class,
        last,
        first,
        run);
  }

  private static LookAhead lookAhead(Coordinator coordinator) {
    return coordinator.camel().getRegistry().lookupByNameAndType("lookAhead", LookAhead.class);
  }

  /** Returns when nothing is asked any more: each job has gone once since the last movement. */
  private void awaitRest(Coordinator coordinator) {
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
              return asked.stream().allMatch(IdleIT::isLook) && lookAhead(coordinator).isAtRest();
            });
  }

  private static ConditionFactory soon() {
    return await().atMost(SOON).pollInterval(Duration.ofMillis(50));
  }

  /** How often each statement was called so far. */
  private static Map<String, Long> calls() {
    Map<String, Long> calls = new HashMap<>();
    statistics.query(
        "select s.query, s.calls from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = 'postgres'",
        row -> {
          calls.merge(row.getString(1), row.getLong(2), Long::sum);
        });
    return calls;
  }

  /** The statements that were called since, and how often. */
  private static Map<String, Long> since(Map<String, Long> before) {
    Map<String, Long> since = calls();
    before.forEach((query, times) -> since.merge(query, -times, Long::sum));
    since.values().removeIf(times -> times == 0);
    return since;
  }

  private static long looks(Map<String, Long> calls) {
    return calls.entrySet().stream()
        .filter(each -> isLook(each.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static boolean isLook(String query) {
    return query.contains("track_coordination.next_due(");
  }

  private static long connections() {
    return statistics.queryForObject(
        "select count(*) from pg_stat_activity where datname = 'postgres' and backend_type = 'client backend'",
        Long.class);
  }
}
