package org.trackcoordinator.testing;

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
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.testkit.TestDatabase;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * A migrated database, one per JVM, empty before each test; its sessions are not in UTC. For tests:
 * {@code @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();}
 */
public final class CoordinatedDatabase
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

  /** The tag of a test that leaves an invariant broken, and means to. */
  public static final String BREAKS_INVARIANTS = TestDatabase.BREAKS_INVARIANTS;

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration MAINTENANCE = Duration.ofMillis(200);
  private static final Duration LOOK = Duration.ofMillis(10);

  /** What fills while workflows run; the definitions and the rules are elsewhere. */
  public static final String TABLES = TestDatabase.TABLES;

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
    TestDatabase.shared().clear();
    if (shares && running == null) {
      coordinate();
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    TestDatabase.shared().requireSound(context);
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
    return TestDatabase.shared().database();
  }

  /**
   * Lets this much time pass at once for all that goes by the database's clock. Instances at rest
   * count the time for themselves, so they are told.
   */
  public void passTime(Duration time) {
    TestDatabase.shared().passTime(time);
  }

  /** A coordinator on the project's routes as they stand; start and close it yourself. */
  public Coordinator coordinator() {
    return coordinator(RoutesFolder.at(java.nio.file.Path.of("routes")));
  }

  /** A coordinator on other routes. */
  public Coordinator coordinator(RoutesFolder routes) {
    return TestDatabase.shared().coordinator(routes).maintainEvery(MAINTENANCE);
  }

  /** A coordinator on the project's routes that asks by way of another pool. */
  public Coordinator coordinator(DataSource pool) {
    return new Coordinator(pool, plain(), RoutesFolder.at(java.nio.file.Path.of("routes")))
        .watching(database().contact())
        .maintainEvery(MAINTENANCE);
  }

  /** For the coordinator's own statements: {@code track.own} is on. */
  public DataSource pool() {
    return database().pool();
  }

  /** As any other program sees the database. */
  public DataSource plain() {
    return database().plain();
  }

  /** Asks as any other program would, on connections that stay open. */
  public JdbcTemplate sql() {
    return TestDatabase.shared().sql();
  }

  /** Makes this workflow file text the current definition. Returns its id. */
  public int load(String workflowYaml) {
    return load(WorkflowFiles.parse("test.yaml", workflowYaml));
  }

  /** Makes it the current definition. Returns its id. */
  public int load(Definition definition) {
    return TestDatabase.shared().load(definition);
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
    return TestDatabase.shared().audit();
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
}
