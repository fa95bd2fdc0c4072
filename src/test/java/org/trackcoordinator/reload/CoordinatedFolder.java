package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumerAware;
import org.apache.camel.spi.ShutdownAware;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.trackcoordinator.api.ApiServer;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * A copy of the project's routes with two small tracks, gmail and drive, and the workflow pair,
 * that an instance runs on an empty database.
 */
final class CoordinatedFolder extends EditedFolder
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

  static final String GMAIL = "tracks/gmail.camel.yaml";
  static final String DRIVE = "tracks/drive.camel.yaml";
  static final String PAIR = "workflows/pair.yaml";

  private static final String MARK = "tracks/mark.camel.yaml";
  private static final Duration QUIET = Duration.ofMillis(25);

  private final CoordinatedDatabase database = new CoordinatedDatabase();
  private final RoutesBuilder[] more;
  private final boolean shared;
  private Map<String, String> original;
  private boolean serving;
  private ApiServer server;
  private int marks;
  private Coordinator coordinator;

  private CoordinatedFolder(boolean shared, RoutesBuilder... more) {
    this.shared = shared;
    this.more = more;
  }

  /** One for each test, which starts it. */
  static CoordinatedFolder started() {
    return new CoordinatedFolder(false);
  }

  /** One for all tests of a class, as it was before each; for a static field. */
  static CoordinatedFolder shared(RoutesBuilder... more) {
    return new CoordinatedFolder(true, more);
  }

  /** With its REST interface on a free port. */
  CoordinatedFolder withInterface() {
    serving = true;
    return this;
  }

  /** A file with a track that answers with {@code {"was": …}}. */
  static String track(String handler, String was) {
    return """
        - route:
            id: %1$s
            description: The track %1$s.
            routeConfigurationId: one-attempt
            from:
              uri: kamelet:track-source
              parameters:
                handler: %1$s
              steps:
                - setBody:
                    id: %1$s-body
                    expression:
                      constant:
                        expression: '{"was": "%2$s"}'
        """
        .formatted(handler, was);
  }

  @Override
  public void beforeAll(ExtensionContext test) throws Exception {
    if (shared) {
      copy();
    }
  }

  @Override
  public void beforeEach(ExtensionContext test) throws Exception {
    database.beforeEach(test);
    if (!shared) {
      copy();
    }
    listen();
    if (coordinator != null) {
      load();
    } else if (shared) {
      start();
    }
  }

  @Override
  public void afterEach(ExtensionContext test) throws Exception {
    try {
      if (shared) {
        restore();
      } else {
        stop();
        delete();
      }
    } finally {
      deafen();
    }
    database.afterEach(test);
  }

  @Override
  public void afterAll(ExtensionContext test) throws Exception {
    if (shared) {
      stop();
      delete();
    }
  }

  private void copy() throws IOException {
    make();
    try (Stream<Path> files = Files.walk(Path.of("routes"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = Path.of("routes").relativize(file).toString();
        if (!name.startsWith("tracks/") && !name.startsWith("workflows/")) {
          write(name, Files.readString(file));
        }
      }
    }
    write("tracks/tracks.properties", "books.name=ledger\n");
    write(GMAIL, track("gmail", "fetched"));
    write(DRIVE, track("drive", "stored"));
    write(
        PAIR,
        """
        workflow: pair
        tracks:
          gmail: {}
          drive: {dependsOn: [gmail]}
        """);
    original = texts();
  }

  private Map<String, String> texts() throws IOException {
    Map<String, String> texts = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        texts.put(root().relativize(file).toString(), Files.readString(file));
      }
    }
    return texts;
  }

  /** Files that are saved together go together: when the mark is there, all is as it was. */
  private void restore() throws IOException {
    for (String file : texts().keySet()) {
      if (!original.containsKey(file)) {
        delete(file);
      }
    }
    Map<String, String> now = texts();
    original.forEach(
        (file, text) -> {
          if (!text.equals(now.get(file))) {
            write(file, text);
          }
        });
    String mark = "mark-" + ++marks;
    write(
        MARK,
        "- route: {id: %s, from: {uri: 'direct:%s', steps: [{stop: {}}]}}%n".formatted(mark, mark));
    awaitRoute(mark);
    awaitNothingRefused();
  }

  private List<Definition> load() {
    List<Definition> definitions = WorkflowFiles.readAll(path("workflows"));
    definitions.forEach(database::load);
    return definitions;
  }

  /** Starts as the command run does, with the definitions of the folder current. */
  Coordinator start() throws Exception {
    if (serving) {
      server = new ApiServer("127.0.0.1", 0, List.of());
    }
    coordinator = another(load());
    if (serving) {
      server.listen();
    }
    return coordinator;
  }

  /** Starts an instance on the folder beside the one that runs; close it yourself. */
  Coordinator another() throws Exception {
    return another(WorkflowFiles.readAll(path("workflows")));
  }

  private Coordinator another(List<Definition> loaded) throws Exception {
    Coordinator starting =
        database
            .coordinator(RoutesFolder.at(root()))
            .withTracks()
            .loaded(loaded)
            .editable(path("workflows"))
            .takeEditsAfter(QUIET);
    for (RoutesBuilder builder : more) {
      starting.with(builder);
    }
    if (serving) {
      Properties unlimited = new Properties();
      unlimited.setProperty("api.reads.per-second", "100000");
      starting.withApi().with(ApiServer.BEAN, server).with(unlimited);
    }
    return starting.start();
  }

  void stop() {
    if (server != null) {
      server.close();
      server = null;
    }
    if (coordinator != null) {
      coordinator.close();
      coordinator = null;
    }
  }

  Coordinator coordinator() {
    return coordinator;
  }

  /** Where its REST interface is. */
  int port() {
    return server.port();
  }

  /** How many requests the operation has let in that are not answered yet. */
  int requestsInside(String operation) {
    return route(operation).getConsumer() instanceof PlatformHttpConsumerAware http
            && http.getPlatformHttpConsumer() instanceof ShutdownAware consumer
        ? consumer.getPendingExchangesSize()
        : 0;
  }

  CoordinatedDatabase database() {
    return database;
  }

  @Override
  CamelContext camel() {
    return coordinator.camel();
  }

  /** All commands take their turn, also those for no route. */
  @Override
  void awaitTurn() {
    try {
      camel().getRouteController().startRoute("no-such-route");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the last track of a new run of the workflow says that it was. */
  String result() {
    UUID run = database.startRun("pair");
    awaitCompleted(run);
    return database
        .texts(
            """
            select payload ->> 'was' from processing_logs
            where correlation_id = ? and event_type = 'completed' order by event_id desc limit 1
            """,
            run)
        .get(0);
  }

  void awaitCompleted(UUID run) {
    soon("the run is completed").until(() -> database.state(run), "completed"::equals);
  }

  /** How many workers claim: the routes that are made of the kamelet track-source. */
  long workers() {
    return routes().keySet().stream().filter(id -> id.startsWith("track-source")).count();
  }

  void awaitWorkers(int number) {
    soon(number + " workers").until(() -> workers() == number);
  }

  /** Workflows that were made current since the test began, each time. */
  void awaitDefinitions(int number) {
    soon("definitions are live").until(() -> definitions() >= number);
    assertThat(definitions()).isEqualTo(number);
  }

  long definitions() {
    return log("INFO .* is live: definition .*").size();
  }
}
