package org.trackcoordinator.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.apache.camel.RoutesBuilder;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.DefinitionStore;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.coordinator.TransientFailure;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.database.SharedPostgres;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * A migrated database, one per JVM, empty before each test; its sessions are not in UTC. For tests:
 * {@code @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();}
 */
public final class CoordinatedDatabase
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

  /** The tag of a test that leaves an invariant broken, and means to. */
  public static final String BREAKS_INVARIANTS = "breaks-invariants";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration MAINTENANCE = Duration.ofMillis(200);
  private static final Duration LOOK = Duration.ofMillis(10);

  /** What fills while workflows run; the definitions and the rules are elsewhere. */
  public static final String TABLES =
      """
      public.processing_logs, track_coordination.event_queue, track_coordination.work_queue, track_coordination.runs,
      track_coordination.activations, track_coordination.idempotency_keys, track_coordination.event_fates,
      track_coordination.gate_states, track_coordination.source_states, track_coordination.operator_actions,
      track_coordination.circuit_probes, track_coordination.workflows, track_coordination.tombstones,
      track_coordination.archived_logs, track_coordination.decisions, track_coordination.worker_sightings,
      track_coordination.retired_definitions
      """;

  private static final String CLEAR =
      """
      do $$ begin
        lock table %s nowait;
        truncate %s;
        update track_coordination.handlers
           set max_concurrent = null, rate_permits = null, rate_period = null, tokens = null, refilled_at = null, moved_at = null
         where limited or moved_at is not null;
        update testing.clock set ahead = '0';
      end $$;
      select pg_stat_force_next_flush(); -- later, it would take the statistics of a test away
      """
          .formatted(TABLES, TABLES);

  private static Database shared;
  private static JdbcTemplate asked;

  private final Callable<RoutesBuilder> routes;
  private boolean shares;
  private Coordinator running;

  public CoordinatedDatabase() {
    this(null);
  }

  private CoordinatedDatabase(Callable<RoutesBuilder> routes) {
    this.routes = routes;
  }

  /** With one coordinator that all tests of the class share; for a static field. */
  public static CoordinatedDatabase coordinated() {
    return coordinated(() -> null);
  }

  /** The same, with these routes beside the project's. */
  public static CoordinatedDatabase coordinated(Callable<RoutesBuilder> routes) {
    return new CoordinatedDatabase(routes);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    shares = routes != null;
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    if (routes != null && !shares) {
      throw new IllegalStateException("a coordinator that tests share needs a static field");
    }
    clear();
    if (shares && running == null) {
      coordinate();
    }
  }

  /** Whatever a test did, what is stored is what the log says, and breaks no other invariant. */
  @Override
  public void afterEach(ExtensionContext context) {
    if (context.getExecutionException().isEmpty()
        && !context.getTags().contains(BREAKS_INVARIANTS)
        && count("select count(*) from track_coordination.runs") > 0) {
      assertThat(audit()).as("audit after the test").isEmpty();
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    leaveAlone();
  }

  /** The coordinator that the tests of the class share. */
  public Coordinator running() {
    return running;
  }

  /** Stops the shared coordinator; the next test has one again. */
  public void leaveAlone() {
    if (running != null) {
      running.close();
      running = null;
    }
  }

  /** Starts the shared coordinator again. */
  public void coordinate() throws Exception {
    RoutesBuilder added = routes.call();
    running = (added == null ? coordinator() : coordinator().with(added)).start();
  }

  /** The database that all tests of this JVM share. */
  public Database database() {
    return open();
  }

  /**
   * Lets this much time pass at once for all that goes by the database's clock. Instances at rest
   * count the time for themselves, so they are told.
   */
  public void passTime(Duration time) {
    sql()
        .update("update testing.clock set ahead = ahead + make_interval(secs => ?)", seconds(time));
    sql().execute("notify track_events");
  }

  private static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }

  /** A coordinator on the project's routes as they stand; start and close it yourself. */
  public Coordinator coordinator() {
    return coordinator(RoutesFolder.at(java.nio.file.Path.of("routes")));
  }

  /** A coordinator on other routes. */
  public Coordinator coordinator(RoutesFolder routes) {
    return new Coordinator(pool(), plain(), routes)
        .watching(open().contact())
        .maintainEvery(MAINTENANCE);
  }

  /** For the coordinator's own statements: {@code track.own} is on. */
  public DataSource pool() {
    return open().pool();
  }

  /** As any other program sees the database. */
  public DataSource plain() {
    return open().plain();
  }

  /** Asks as any other program would, on connections that stay open. */
  public JdbcTemplate sql() {
    open();
    return asked;
  }

  /** Makes this workflow file text the current definition. Returns its id. */
  public int load(String workflowYaml) {
    return load(WorkflowFiles.parse("test.yaml", workflowYaml));
  }

  /** Makes it the current definition. Returns its id. */
  public int load(Definition definition) {
    return new DefinitionStore(pool(), "test").makeCurrent(definition);
  }

  /** Starts a run with an empty payload. */
  public UUID startRun(String workflow) {
    return startRun(workflow, "{}");
  }

  /** Starts a run. */
  public UUID startRun(String workflow, String payload) {
    return sql()
        .queryForObject(
            "select track_coordination.start_run(?, cast(? as jsonb))",
            UUID.class,
            workflow,
            payload);
  }

  /** Writes an event as a foreign program does, with nothing but an INSERT. */
  public void insertEvent(UUID correlationId, String trackId, String eventType, String payload) {
    sql()
        .update(
            "insert into processing_logs (correlation_id, track_id, event_type, payload) values (?, ?, ?, cast(? as jsonb))",
            correlationId,
            trackId,
            eventType,
            payload);
  }

  /** The state of a track as people know it. */
  public String state(UUID run, String trackId) {
    List<String> states =
        sql()
            .queryForList(
                "select state from track_coordination.activation_states where correlation_id = ? and track_id = ?",
                String.class,
                run,
                trackId);
    return states.isEmpty() ? "unknown" : states.get(0);
  }

  /** The state of a run, or null. */
  public String state(UUID run) {
    List<String> states =
        sql()
            .queryForList(
                "select state from track_coordination.runs where correlation_id = ?",
                String.class,
                run);
    return states.isEmpty() ? null : states.get(0);
  }

  /** What a track of a run works on, as JSON text. */
  public String input(UUID run, String trackId) {
    return sql()
        .queryForObject(
            "select cast(track_coordination.activation_input(?, ?) as text)",
            String.class,
            run,
            trackId);
  }

  /**
   * Waits until a track of a run is in this state; looks seldom, since a worker learns of what it
   * claimed a moment after the database.
   */
  public void awaitState(UUID run, String trackId, String state) {
    Awaitility.await(trackId + " is " + state)
        .atMost(PATIENCE)
        .until(() -> state(run, trackId), state::equals);
  }

  /** The run's events as {@code track event}, in order. */
  public List<String> chain(UUID run) {
    return texts(
        "select track_id || ' ' || event_type from track_coordination.execution_chain(?)", run);
  }

  /** What breaks an invariant; empty is healthy. */
  public List<Map<String, Object>> audit() {
    return sql().queryForList("select * from track_coordination.audit()");
  }

  /** Waits until this many runs are there and none is running. */
  public void awaitRunsEnded(int runs) {
    Awaitility.await("all runs ended")
        .atMost(PATIENCE)
        .pollInterval(LOOK)
        .until(
            () ->
                count("select count(*) from track_coordination.runs where state <> 'running'")
                        >= runs
                    && count("select count(*) from track_coordination.runs where state = 'running'")
                        == 0);
  }

  /** Waits until no event is queued. */
  public void awaitSettled() {
    Awaitility.await("no event is queued")
        .atMost(PATIENCE)
        .pollInterval(LOOK)
        .until(() -> count("select count(*) from track_coordination.event_queue") == 0);
  }

  /** Events of the run that had no effect, and why: {@code late: …}. */
  public List<String> fates(UUID run) {
    return texts(
        "select fate || ': ' || reason from track_coordination.event_fates where correlation_id = ?",
        run);
  }

  /** Starts so many runs of the only workflow that is loaded. */
  public void startRuns(int runs) {
    sql()
        .queryForList(
            "select track_coordination.start_runs(definition_id, ?) from track_coordination.workflows",
            runs);
  }

  /** How many activations workers hold. */
  public long inHand() {
    return count("select count(*) from track_coordination.work_queue where worker is not null");
  }

  /** How many sessions wait for a lock. */
  public long waitingForLocks() {
    return count(
        "select count(*) from pg_stat_activity"
            + " where datname = current_database() and wait_event_type = 'Lock'");
  }

  /** The only column of a query. */
  public List<String> texts(String query, Object... parameters) {
    return sql().queryForList(query, String.class, parameters);
  }

  /** A number from a query. */
  public long count(String query, Object... parameters) {
    return sql().queryForObject(query, Long.class, parameters);
  }

  private static synchronized Database open() {
    if (shared == null) {
      shared = SharedPostgres.newDatabase();
      execute(
          shared.plain(),
          "do $$ begin execute format('alter database %I set timezone = ''Asia/Kathmandu''', current_database()); end $$");
      Migrations.migrate(shared.plain());
      makeClockMovable();
      asked = new JdbcTemplate(pooled(shared.url()));
    }
    return shared;
  }

  /** Without plans that outlive a change of the tables. */
  private static DataSource pooled(String url) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("test");
    config.setJdbcUrl(url + "&ApplicationName=test&prepareThreshold=0");
    config.setMinimumIdle(1);
    return new HikariDataSource(config);
  }

  /** Only the owner of the schema can do this: production has a clock that nobody moves. */
  private static void makeClockMovable() {
    execute(
        shared.plain(),
        """
        create schema testing;
        grant usage on schema testing to public;
        create table testing.clock (ahead interval not null);
        grant select on testing.clock to public;
        insert into testing.clock values ('0');
        create or replace function track_coordination.clock() returns timestamptz language sql stable parallel safe as
          'select pg_catalog.now() + (select ahead from testing.clock)'
        """);
  }

  /**
   * A coordinator that runs meanwhile is waited for without any lock, so that none waits for us.
   */
  private static void clear() {
    open();
    Awaitility.await("nobody uses the tables")
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(LOOK)
        .until(
            () -> {
              try {
                asked.execute(CLEAR);
                return true;
              } catch (DataAccessException inUse) {
                if (TransientFailure.isTransient(inUse)) {
                  return false;
                }
                throw inUse;
              }
            });
  }

  private static void execute(DataSource source, String sql) {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
