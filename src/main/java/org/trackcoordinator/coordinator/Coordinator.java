package org.trackcoordinator.coordinator;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.apache.camel.CamelContext;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;
import org.trackcoordinator.contact.Contact;
import org.trackcoordinator.observe.Figures;
import org.trackcoordinator.observe.Metrics;
import org.trackcoordinator.observe.TraceExport;
import org.trackcoordinator.observe.Traces;
import org.trackcoordinator.reload.EditedFiles;
import org.trackcoordinator.reload.EditedFilesHealth;
import org.trackcoordinator.workflow.Definition;

/**
 * A running instance: the routes of a folder on a database that is migrated already.
 *
 * <p>Configure, {@link #start()}, {@link #close()}. Any number of instances may run on one
 * database.
 */
public final class Coordinator implements AutoCloseable {

  /** The routes that Java code sends to: edits can't take them away. */
  static final Set<String> CALLED_ROUTES =
      Set.of(
          "direct:claim-remotely",
          "direct:claim-work",
          "direct:find-due-work",
          "direct:find-ended-runs",
          "direct:find-open-gates",
          "direct:finish-work",
          "direct:forget-sources",
          "direct:give-back",
          "direct:give-back-claim",
          "direct:open-circuit",
          "direct:read-run-events");

  private final String name = name();
  private final DataSource pool;
  private final DataSource connections;
  private final RoutesFolder routes;
  private final IncludedFiles files;
  private final Main main = new EditableMain();
  private final Metrics metrics = new Metrics().withJvm();
  private boolean managed;
  private Contact contact = new Contact();
  private List<Definition> loaded = List.of();
  private Figures figures;
  private Traces traces;
  private TraceExport traceExport;
  private Path editedWorkflows; // null if files are not watched
  private EditedFiles edited;
  private Duration editQuiet = Duration.ofMillis(150);
  private Pace pace = Pace.USUAL;
  private Duration shutdownTimeout = Duration.ofSeconds(30);

  /**
   * @param pool for the routes; its sessions have {@code track.own} set
   * @param connections gives the connection that listens; not pooled
   * @param routes the folder whose coordinator, kamelets and SQL are used
   */
  public Coordinator(DataSource pool, DataSource connections, RoutesFolder routes) {
    this.pool = pool;
    this.connections = connections;
    this.routes = routes;
    this.files = new IncludedFiles(routes);
    // Camel's own shutdown hook would race with the database's, which ends this coordinator first:
    // where both meet, the stop waits for itself until Camel's timeout of a minute is over
    main.setShutdownStrategy(new SimpleMainShutdownStrategy());
  }

  /** The name of this instance in leases and loads: process, host, and a random part. */
  public String instance() {
    return name;
  }

  /** Adds the tracks of the routes folder, and their settings as defaults. */
  public Coordinator withTracks() {
    files.tracks();
    return this;
  }

  /**
   * Adds the REST interface of the routes folder, and its settings as defaults. It needs the bean
   * {@code platform-http-engine}, which serves it.
   */
  public Coordinator withApi() {
    files.api();
    return this;
  }

  /** Shows the contexts, routes and jobs of this instance by JMX; without it nothing is counted. */
  public Coordinator managed() {
    managed = true;
    return this;
  }

  /** Adds routes written in Java. */
  public Coordinator with(RoutesBuilder builder) {
    main.configure().addRoutesBuilder(builder);
    return this;
  }

  /** Adds a bean that the routes refer to by this name. */
  public Coordinator with(String bean, Object instance) {
    main.bind(bean, instance);
    return this;
  }

  /** Settings for Camel and values for the placeholders of the routes; they win over all others. */
  public Coordinator with(Properties properties) {
    properties.forEach((key, value) -> main.addOverrideProperty((String) key, (String) value));
    return this;
  }

  /** What is known of the database's being there: for the health check, and to go on at once. */
  public Coordinator watching(Contact known) {
    contact = known;
    return this;
  }

  /** The definitions that this instance made current: its health says when they are no longer. */
  public Coordinator loaded(List<Definition> definitions) {
    loaded = List.copyOf(definitions);
    return this;
  }

  /** Exports what runs and their attempts did, with whatever routes record in it. */
  public Coordinator tracing(Traces recorded) {
    traces = recorded;
    return this;
  }

  /** How long sleepers sleep if nothing wakes them; 1 s by default. */
  public Coordinator pollEvery(Duration interval) {
    pace = pace.pollEvery(interval);
    return this;
  }

  /** How often clocks are looked at; 5 s by default. */
  public Coordinator maintainEvery(Duration interval) {
    pace = pace.maintainEvery(interval);
    return this;
  }

  /**
   * How often the leases of work in progress are looked at; 1 s by default. A lease is extended
   * when a third of it is over, or 5 s.
   */
  public Coordinator heartbeatEvery(Duration interval) {
    pace = pace.heartbeatEvery(interval);
    return this;
  }

  /** How long work in progress may take when the instance stops; 30 s by default. */
  public Coordinator finishWithin(Duration timeout) {
    shutdownTimeout = timeout;
    return this;
  }

  /**
   * What is saved in the folder of routes, or here, while it runs, goes live; nothing is watched if
   * the routes are those in the jar.
   *
   * @param workflows the folder, or file, whose definitions were made current
   */
  public Coordinator editable(Path workflows) {
    editedWorkflows = workflows;
    return this;
  }

  /** How long a saved file must not have changed to be taken; 150 ms by default. */
  public Coordinator takeEditsAfter(Duration quiet) {
    editQuiet = quiet;
    return this;
  }

  /**
   * Starts Camel and returns when all routes are started.
   *
   * @throws Exception what kept a route from being loaded or started: {@code
   *     InvalidWorkflowException} if it is in a file that may be edited
   */
  public Coordinator start() throws Exception {
    Parts parts = configure();
    if (edited != null) {
      edited.lookBefore(); // what is changed from now on is an edit
    }
    try {
      main.start();
    } catch (Exception e) {
      throw edited == null || camel() == null ? e : edited.explain(camel(), e);
    }
    if (traces != null) {
      traceExport = new TraceExport(traces, pool, metrics, contact, parts.wakeUps()::movements);
    }
    if (edited != null) {
      edited.begin(camel());
    }
    return this;
  }

  @Override
  public void close() {
    if (edited != null) {
      edited.close();
    }
    main.stop();
    if (traceExport != null) {
      traceExport.close();
    }
    if (figures != null) {
      figures.close();
    }
    metrics.close();
  }

  /** What is measured of this instance. */
  public Metrics metrics() {
    return metrics;
  }

  public CamelContext camel() {
    return main.getCamelContext();
  }

  private Parts configure() {
    Surroundings around = new Surroundings(name, pool, connections, contact, metrics, this::camel);
    Parts parts = new Parts(around, pace, traces, loaded);
    parts.bind(main);
    figures = new Figures(metrics, pool, contact);
    List<AbstractHealthCheck> checks = new ArrayList<>(parts.checks());
    if (editedWorkflows != null && routes.onDisk().isPresent()) {
      EditedFilesHealth refused = new EditedFilesHealth();
      checks.add(refused);
      edited = new EditedFiles(routes.onDisk().get(), editedWorkflows, refused, edits(parts));
    }
    files.loadWith(main);
    CamelSettings.set(main, name, pace, managed);
    main.addMainListener(new Preparation(around, parts, checks, routes, shutdownTimeout));
    return parts;
  }

  private EditedFiles.Settings edits(Parts parts) {
    DefinitionStore store = new DefinitionStore(pool, name);
    return new EditedFiles.Settings(
        files.folders(),
        CALLED_ROUTES,
        key -> camel().getPropertiesComponent().resolveProperty(key).orElse(null),
        definition -> {
          store.makeCurrent(definition);
          parts.madeCurrent(definition);
        },
        loaded,
        parts.commands(),
        parts::routesChanged,
        editQuiet);
  }

  private static String name() {
    // pid@host on the JVMs in use
    return ManagementFactory.getRuntimeMXBean().getName()
        + "/"
        + UUID.randomUUID().toString().substring(0, 8);
  }
}
