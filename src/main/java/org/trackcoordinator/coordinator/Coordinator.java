package org.trackcoordinator.coordinator;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import javax.sql.DataSource;
import org.apache.camel.CamelContext;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.Service;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.main.SimpleMainShutdownStrategy;
import org.apache.camel.model.ModelCamelContext;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.trackcoordinator.contact.Contact;
import org.trackcoordinator.graph.WorkflowGraph;
import org.trackcoordinator.workflow.Definition;

/**
 * A running instance: the routes of a folder on a database that is migrated already.
 *
 * <p>Configure, {@link #start()}, {@link #close()}. Any number of instances may run on one
 * database.
 */
public final class Coordinator implements AutoCloseable {

  private static final int MOST_EVENTS_IN_A_BATCH = 1000;

  private final String name = name();
  private final DataSource pool;
  private final DataSource connections;
  private final RoutesFolder routes;
  private final Main main = new Main();
  private final WakeUps wakeUps = new WakeUps();
  private final List<String> includes = new ArrayList<>();
  private final List<String> settings = new ArrayList<>();
  private Contact contact = new Contact();
  private List<Definition> loaded = List.of();
  private TrackWorkComponent work;
  private Duration pollInterval = Duration.ofSeconds(1);
  private Duration maintenanceInterval = Duration.ofSeconds(5);
  private Duration heartbeatInterval = Duration.ofSeconds(1);
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
    // Camel's own shutdown hook would race with the database's, which ends this coordinator first:
    // where both meet, the stop waits for itself until Camel's timeout of a minute is over
    main.setShutdownStrategy(new SimpleMainShutdownStrategy());
    include("", "errors.camel.yaml");
    include("coordinator", ".camel.yaml");
    include("maintenance", ".camel.yaml");
    settings.add(routes.location("maintenance") + "/maintenance.properties");
  }

  /** The name of this instance in leases and loads: process, host, and a random part. */
  public String instance() {
    return name;
  }

  /** Adds the tracks of the routes folder, and their settings as defaults. */
  public Coordinator withTracks() {
    include("tracks", ".camel.yaml");
    settings.add(routes.location("tracks") + "/tracks.properties;optional=true");
    return this;
  }

  /**
   * Adds the REST interface of the routes folder, and its settings as defaults. It needs the bean
   * {@code platform-http-engine}, which serves it.
   */
  public Coordinator withApi() {
    include("api", ".camel.yaml");
    settings.add(routes.location("api") + "/api.properties");
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

  /** How long sleepers sleep if nothing wakes them; 1 s by default. */
  public Coordinator pollEvery(Duration interval) {
    pollInterval = interval;
    return this;
  }

  /** How often clocks are looked at; 5 s by default. */
  public Coordinator maintainEvery(Duration interval) {
    maintenanceInterval = interval;
    return this;
  }

  /**
   * How often the leases of work in progress are looked at; 1 s by default. A lease is extended
   * when a third of it is over, or 5 s.
   */
  public Coordinator heartbeatEvery(Duration interval) {
    heartbeatInterval = interval;
    return this;
  }

  /** How long work in progress may take when the instance stops; 30 s by default. */
  public Coordinator finishWithin(Duration timeout) {
    shutdownTimeout = timeout;
    return this;
  }

  /**
   * Starts Camel and returns when all routes are started.
   *
   * @throws Exception what kept a route from being loaded or started
   */
  public Coordinator start() throws Exception {
    configure();
    main.start();
    return this;
  }

  @Override
  public void close() {
    main.stop();
  }

  public CamelContext camel() {
    return main.getCamelContext();
  }

  private void include(String subFolder, String ending) {
    includes.add(
        subFolder.isEmpty() ? routes.location("") + "/" + ending : routes.all(subFolder, ending));
  }

  private void configure() {
    ObjectMapper mapper =
        JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
    Payloads payloads = new Payloads(mapper);
    main.bind("dataSource", pool);
    main.bind("contact", contact);
    main.bind(
        "transaction",
        new TransactionPolicy(new DataSourceTransactionManager(pool), contact::heard));
    main.bind("transientFailure", new TransientFailure());
    Retries retries = new Retries(contact);
    main.bind("retries", retries);
    main.bind("cancelledStatement", new CancelledStatement());
    main.bind("failureReason", new FailureReason());
    main.bind("eventBatch", new EventBatch(MOST_EVENTS_IN_A_BATCH));
    main.bind("joinGroups", new JoinGroups());
    main.bind("askConditions", new AskConditions(this::camel));
    main.bind("objectMapper", mapper);
    main.bind("payloads", payloads);
    Circuits circuits = new Circuits(this::property);
    main.bind("circuits", circuits);
    LookAhead lookAhead =
        new LookAhead(wakeUps, contact, pollInterval, this::lookAheadInterval, this::isWorking);
    WakeUpMode mode = new WakeUpMode(lookAhead::hears);
    main.bind("lookAhead", lookAhead);
    main.bind("wake-up", new WakeUpComponent(wakeUps, lookAhead::isAtRest));
    work =
        new TrackWorkComponent(
            wakeUps, payloads, retries, circuits, lookAhead, name, pollInterval, heartbeatInterval);
    main.bind("track-work", work);
    main.bind("heartbeats", work.heartbeats());
    main.bind("freeWorkers", new FreeWorkers(work));
    Backpressure backpressure = new Backpressure(name, wakeUps);
    main.bind("backpressure", backpressure);
    Waiters runWaiters = Waiters.forRuns(wakeUps, lookAhead);
    main.bind("awaitRun", runWaiters);
    Waiters gateWaiters = Waiters.forGates(wakeUps, lookAhead);
    main.bind("awaitGate", gateWaiters);
    ClaimWaiters claimWaiters = new ClaimWaiters(wakeUps);
    main.bind("awaitWork", claimWaiters);
    main.bind("workflowGraph", new WorkflowGraph());
    main.addInitialProperty("api.picture-policy", WorkflowGraph.SVG_POLICY);
    RunEvents runEvents = new RunEvents(wakeUps);
    main.bind("runEvents", runEvents);
    main.bind("healthReport", new HealthReport(this::camel, mapper));
    main.setPropertyPlaceholderLocations(String.join(",", settings));
    main.addInitialProperty("tracks.poll.interval", Long.toString(pollInterval.toMillis()));
    main.addInitialProperty(
        "tracks.maintenance.interval", Long.toString(maintenanceInterval.toMillis()));
    main.addInitialProperty("tracks.instance", name);
    main.addInitialProperty(
        "tracks.heartbeat.interval", Long.toString(heartbeatInterval.toMillis()));
    main.addInitialProperty("camel.main.name", "track-coordinator");
    // Quartz shares schedulers of one name in a process, and one would run the jobs of both
    String quartz = "camel.component.quartz.properties[org.quartz.%s]";
    main.addInitialProperty(quartz.formatted("scheduler.instanceName"), name);
    main.addInitialProperty(quartz.formatted("threadPool.threadCount"), "10");
    // when routes have had their time, jobs that still wait for a database must not hold the stop
    // up
    main.addInitialProperty("camel.component.quartz.interruptJobsOnShutdown", "true");
    main.addInitialProperty("camel.main.routesIncludePattern", String.join(",", includes));
    main.addInitialProperty("camel.component.kamelet.location", routes.location("kamelets"));
    main.addMainListener(
        new MainListenerSupport() {
          @Override
          public void afterConfigure(BaseMainSupport support) {
            MaintenanceSettings.check(key -> property("?" + key));
          }

          @Override
          public void beforeConfigure(BaseMainSupport support) {
            CamelContext context = support.getCamelContext();
            context.getCamelContextExtension().addInterceptStrategy(new StopLostAttempts());
            context.addLifecycleStrategy(new ShutdownOrder(work, shutdownTimeout));
            context.addLifecycleStrategy(backpressure);
            context.addLifecycleStrategy(new WorkerHands(work));
            context.setApplicationContextClassLoader(
                routes.classLoader(Coordinator.class.getClassLoader()));
            ((ModelCamelContext) context).addModelLifecycleStrategy(new RestFailsAtOnce());
            registerHealth(context, mode);
            try {
              context.addService(lookAhead, true, false);
              for (Service waiters : List.of(runWaiters, gateWaiters, claimWaiters, runEvents)) {
                context.addService(waiters, true, false);
              }
              context.addService(
                  new EventListener(context, connections, wakeUps, lookAhead, mode, name, contact),
                  true,
                  false);
            } catch (Exception e) {
              throw new IllegalStateException("the listener can't be added", e);
            }
          }
        });
  }

  private void registerHealth(CamelContext context, WakeUpMode mode) {
    for (AbstractHealthCheck check :
        List.of(
            new DatabaseHealth(contact),
            new DefinitionsHealth(pool, contact, loaded),
            new WakeUpHealth(mode))) {
      check.setCamelContext(context);
      HealthCheckRegistry.get(context).register(check);
    }
  }

  private Duration lookAheadInterval() {
    String text = property("look-ahead.interval");
    return camel().getTypeConverter().convertTo(Duration.class, text);
  }

  private boolean isWorking() {
    return !work.running().isEmpty();
  }

  private String property(String key) {
    return camel().resolvePropertyPlaceholders("{{" + key + "}}");
  }

  private static String name() {
    // pid@host on the JVMs in use
    return ManagementFactory.getRuntimeMXBean().getName()
        + "/"
        + UUID.randomUUID().toString().substring(0, 8);
  }
}
