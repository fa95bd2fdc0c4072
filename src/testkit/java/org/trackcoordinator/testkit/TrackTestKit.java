package org.trackcoordinator.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.CamelContext;
import org.apache.camel.RoutesBuilder;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Durations;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * Runs workflows in a test: on a PostgreSQL of its own, through the coordinator's real routes. The
 * test does what tracks would, or lets mocks or the project's routes do it, lets time pass, and
 * asks what came of it.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final TrackTestKit tracks =
 *     TrackTestKit.routes("routes").workflow("routes/workflows/invoice-intake.yaml");
 * }</pre>
 *
 * <p>As a static field it starts one coordinator for all tests of the class, as another field one
 * for each test. Before each test all runs, mocks and workflows of the one before are gone; after
 * each that succeeded {@code audit} finds nothing. Tests of one JVM share a database, so they must
 * not run in parallel. What goes by the database's clock goes by {@link #advanceTime}; schedules of
 * Camel (timer, quartz, mail) go by the clock on the wall.
 *
 * <p>What is said of a run is about the current one: the one that was started, or named, last.
 * Whatever asks how it stands first waits for rest, until nothing happens any more by itself, and
 * fails with the run's chain and why its tracks are where they are. Wrong use is an {@link
 * IllegalArgumentException} or {@link IllegalStateException}.
 */
public final class TrackTestKit
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

  private final KitCoordinator coordinator;
  private final List<Path> workflows = new ArrayList<>();
  private int classes; // that share the coordinator: the test's class and those nested in it
  private TestDatabase database;
  private UUID current;
  private final Set<UUID> known = new HashSet<>(); // runs that the test knows

  private TrackTestKit(Path folder) {
    coordinator = new KitCoordinator(folder);
  }

  /** With the coordinator's routes and kamelets of this folder, such as {@code routes}. */
  public static TrackTestKit routes(String folder) {
    return new TrackTestKit(Path.of(folder));
  }

  /** With the routes in the coordinator's jar. */
  public static TrackTestKit packagedRoutes() {
    return new TrackTestKit(null);
  }

  /** Before each test, loads a workflow file, or all of a folder. */
  public TrackTestKit workflow(String fileOrFolder) {
    workflows.add(Path.of(fileOrFolder));
    return this;
  }

  /** With the routes in the folder's {@code tracks}, and the settings that lie there. */
  public TrackTestKit withTracks() {
    coordinator.withTracks();
    return this;
  }

  /** With routes written in Java. */
  public TrackTestKit with(RoutesBuilder builder) {
    coordinator.with(builder);
    return this;
  }

  /** With a bean that routes or conditions refer to. */
  public TrackTestKit with(String bean, Object instance) {
    coordinator.with(bean, instance);
    return this;
  }

  /** With another value for a placeholder of the routes, or a setting of Camel. */
  public TrackTestKit property(String key, String value) {
    coordinator.property(key, value);
    return this;
  }

  /** How long to wait for rest before a test fails; 30 s by default. */
  public TrackTestKit patience(Duration time) {
    coordinator.patience(time);
    return this;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    classes++;
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    List<Definition> definitions = new ArrayList<>();
    workflows.forEach(file -> definitions.addAll(WorkflowFiles.readAll(file)));
    database = TestDatabase.shared();
    database.clear();
    current = null;
    known.clear();
    definitions.forEach(database::load);
    coordinator.prepare(database);
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    try {
      if (database != null) {
        database.requireSound(context);
      }
    } finally {
      if (classes == 0) {
        coordinator.stop();
      } else {
        coordinator.endMocks();
      }
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (--classes == 0) {
      coordinator.stop();
    }
  }

  /**
   * Makes this text of a workflow file the current definition, for this test.
   *
   * @throws org.trackcoordinator.workflow.InvalidWorkflowException with all that is wrong with it
   */
  public void load(String workflowYaml) {
    coordinator.requireRunning();
    database.load(WorkflowFiles.parse("the workflow of the test", workflowYaml));
  }

  /** Starts a run with an empty payload, and makes it the current one. */
  public UUID start(String workflow) {
    return start(workflow, "{}");
  }

  /**
   * Starts a run and makes it the current one.
   *
   * @param payload a JSON object
   * @return its correlation id
   * @throws IllegalArgumentException if there is no such workflow, or the payload is no JSON object
   */
  public UUID start(String workflow, String payload) {
    coordinator.requireRunning();
    String checked = JsonText.object("the payload of start", payload);
    try {
      return use(
          database
              .sql()
              .queryForObject(
                  "select track_coordination.start_run(?, cast(? as jsonb))",
                  UUID.class,
                  workflow,
                  checked));
    } catch (DataAccessException e) {
      throw Refused.because(e);
    }
  }

  /**
   * Waits until somebody else has started a run, a route or an INSERT, and makes it the current
   * one.
   *
   * @return its correlation id
   * @throws AssertionError if nobody does so in time
   */
  public UUID awaitRun(String workflow) {
    coordinator.requireRunning();
    boolean found = Waiting.until(coordinator.patience(), () -> !unknownRuns(workflow).isEmpty());
    if (!found) {
      throw new AssertionError(
          "nobody started a run of %s within %d s; in quarantine: %s"
              .formatted(
                  workflow,
                  coordinator.patience().toSeconds(),
                  database
                      .sql()
                      .queryForList(
                          "select concat(track_id, ' ', event_type, ': ', reason) from track_coordination.quarantine",
                          String.class)));
    }
    return use(unknownRuns(workflow).get(0));
  }

  private List<UUID> unknownRuns(String workflow) {
    List<UUID> runs =
        new ArrayList<>(
            database
                .sql()
                .queryForList(
                    "select correlation_id from track_coordination.run_overview where workflow = ? order by started_at",
                    UUID.class,
                    workflow));
    runs.removeAll(known);
    return runs;
  }

  /**
   * Makes a run the current one.
   *
   * @return this
   */
  public TrackTestKit in(UUID run) {
    use(run);
    return this;
  }

  /** The correlation id of the current run. */
  public UUID run() {
    if (current == null) {
      throw new IllegalStateException(
          "there is no run yet: start one with start(…), wait for one with awaitRun(…), or name one with in(…)");
    }
    return current;
  }

  private UUID use(UUID run) {
    current = run;
    known.add(run);
    return run;
  }

  /** Reports that a worker elsewhere began the track; from now on its timeout counts. */
  public void startTrack(String trackId) {
    report(trackId, "started", "{}");
  }

  /** Reports the first data of a track that goes on. */
  public void dataReady(String trackId, String payload) {
    report(trackId, "data_ready", JsonText.object("the payload of dataReady", payload));
  }

  /** Reports that a worker elsewhere completed the track, with nothing to hand on. */
  public void completeTrack(String trackId) {
    completeTrack(trackId, "{}");
  }

  /**
   * Reports that a worker elsewhere completed the track.
   *
   * @param payload what is handed on, a JSON object
   * @throws AssertionError if it is not the track's turn: it was not triggered, is held, not due
   *     yet, or over
   * @throws IllegalArgumentException if the workflow has no such track, or the payload is no JSON
   *     object
   * @throws IllegalStateException if a mock or route of this test performs the track
   */
  public void completeTrack(String trackId, String payload) {
    report(trackId, "completed", JsonText.object("the payload of completeTrack", payload));
  }

  /** Reports that an attempt of the track failed; its workflow file says what follows. */
  public void failTrack(String trackId, String message) {
    report(trackId, "failed", JsonText.error("error", message));
  }

  /** The same, with the class and message of an exception, as workers in Java report it. */
  public void failTrack(String trackId, Throwable failure) {
    report(
        trackId,
        "failed",
        JsonText.error(failure.getClass().getName(), String.valueOf(failure.getMessage())));
  }

  private void report(String trackId, String eventType, String payload) {
    ObservedRun run = current();
    String handler = run.handler(trackId);
    if (coordinator.servedHandlers().contains(handler)) {
      throw new IllegalStateException(
          "%s is performed by a mock or route of this test, for handler %s; only what nobody here performs is reported"
              .formatted(trackId, handler));
    }
    coordinator.rest().await();
    run.requireTurn(trackId, eventType);
    long event = run.record(trackId, eventType, payload);
    coordinator.rest().await();
    run.requireEffect(event, trackId, eventType);
  }

  /**
   * The mock of a handler (by default a track's id), which performs all its tracks from now until
   * the end of the test, in place of the project's routes.
   *
   * @throws IllegalArgumentException if no workflow of this test has such a handler
   */
  public HandlerMock mock(String handler) {
    coordinator.requireRunning();
    List<String> handlers =
        database
            .sql()
            .queryForList(
                "select distinct t.handler from track_coordination.workflows w"
                    + " join track_coordination.definition_tracks t using (definition_id) order by t.handler",
                String.class);
    if (!handlers.contains(handler)) {
      throw new IllegalArgumentException(
          "no workflow of this test has the handler '%s'; its handlers are: %s"
              .formatted(handler, String.join(", ", handlers)));
    }
    return coordinator.mocks().of(handler);
  }

  /**
   * Lets time pass.
   *
   * @param time such as {@code 24h}, {@code 1m30s} or {@code PT24H}
   */
  public void advanceTime(String time) {
    advanceTime(
        Durations.of(time)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "'%s' is no time that can pass, such as 24h, 1m30s or PT24H"
                            .formatted(time))));
  }

  /**
   * Lets time pass for retries, timeouts, leases, deadlines, circuits and rates. All that is due
   * meanwhile happens, one after the other, each when it is due.
   */
  public void advanceTime(Duration time) {
    coordinator.requireRunning();
    if (time.isNegative()) {
      throw new IllegalArgumentException("time does not go back: " + time);
    }
    coordinator.rest().pass(time);
  }

  /** The track was triggered. */
  public void assertTriggered(String trackId) {
    ObservedRun run = current();
    coordinator.rest().awaitUnless(() -> run.isTriggered(trackId));
    if (!run.isTriggered(trackId)) {
      run.failure(trackId + " was not triggered", trackId).buildAndThrow();
    }
  }

  /** The track was not triggered, and will not be unless somebody does something or time passes. */
  public void assertNotTriggered(String trackId) {
    ObservedRun run = atRest();
    if (run.isTriggered(trackId)) {
      run.failure(trackId + " was triggered", trackId).buildAndThrow();
    }
  }

  /**
   * The track is in this state: {@code waiting}, {@code held}, {@code triggered}, {@code started},
   * {@code completed}, {@code failed}, {@code timed_out}, {@code skipped} or {@code cancelled}.
   */
  public void assertTrackState(String trackId, String state) {
    ObservedRun run = atRest();
    run.requireEqual(trackId + " is in another state", trackId, state, run.state(trackId));
  }

  /**
   * The run is in this state: {@code running}, {@code completed}, {@code failed}, {@code cancelled}
   * or {@code timed_out}.
   */
  public void assertRunState(String state) {
    ObservedRun run = atRest();
    run.requireEqual("the run is in another state", null, state, run.state());
  }

  /** The track was triggered with this input, a JSON object; equal as {@code jsonb} is. */
  public void assertInput(String trackId, String json) {
    String expected = JsonText.object("the input that assertInput wants", json);
    ObservedRun run = atRest();
    run.requireJson(trackId + " has another input", trackId, expected, run.input(trackId));
  }

  /** The run completed with this result, a JSON object; equal as {@code jsonb} is. */
  public void assertResult(String json) {
    String expected = JsonText.object("the result that assertResult wants", json);
    ObservedRun run = atRest();
    run.requireJson("the run has another result", null, expected, run.result());
  }

  /**
   * What happened in the run, in order, each as {@code gmail completed}: of the types of events
   * that are named here exactly these; events of other types are left out, and those without
   * effect. {@code assertChain("gmail completed", "drive completed")} says that two tracks
   * completed, and no other.
   */
  public void assertChain(String... events) {
    requireSome(events);
    atRest().requireChain(List.of(events));
  }

  /** All that happened to one track, in order: {@code triggered}, {@code failed}, … */
  public void assertEvents(String trackId, String... events) {
    atRest().requireEvents(trackId, List.of(events));
  }

  private static void requireSome(String... events) {
    if (events.length == 0) {
      throw new IllegalArgumentException(
          "assertChain compares the types of events that it is given, and was given none");
    }
  }

  /** The events of the run that had an effect, in order, each as {@code gmail completed}. */
  public List<String> chain() {
    return atRest().chain();
  }

  /** Why a track is where it is, in a sentence. */
  public String why(String trackId) {
    return atRest().why(trackId);
  }

  /** What a track was triggered with, as JSON text. */
  public String input(String trackId) {
    return atRest().input(trackId);
  }

  /** What the run completed with, as JSON text. */
  public String result() {
    return atRest().result();
  }

  /** Waits for rest: until nothing happens any more by itself. */
  public void awaitRest() {
    coordinator.requireRunning();
    coordinator.rest().await();
  }

  /** Asks the database, or changes it, as any other program does. */
  public JdbcTemplate sql() {
    coordinator.requireRunning();
    return database.sql();
  }

  /** Where the routes run, for Camel's own means: {@code AdviceWith}, {@code mock:}, templates. */
  public CamelContext camelContext() {
    return coordinator.camel();
  }

  private ObservedRun current() {
    coordinator.requireRunning();
    return new ObservedRun(database.sql(), run());
  }

  private ObservedRun atRest() {
    ObservedRun run = current();
    coordinator.rest().await();
    return run;
  }
}
