package org.trackcoordinator.coordinator;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.Lock;
import org.apache.camel.CamelContext;
import org.apache.camel.Service;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.apache.camel.main.Main;
import org.apache.camel.spi.LifecycleStrategy;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.trackcoordinator.graph.WorkflowGraph;
import org.trackcoordinator.observe.Traces;
import org.trackcoordinator.workflow.Definition;

/**
 * The parts of an instance beside its routes, and who knows whom. They are made once, before
 * Camel's context; some are beans that the routes name, some services, some both.
 */
final class Parts {

  private static final int MOST_EVENTS_IN_A_BATCH = 1000;

  private final Surroundings around;
  private final ObjectMapper mapper =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
  private final Payloads payloads = new Payloads(mapper);
  private final Retries retries;
  private final Circuits circuits;
  private final LookAhead lookAhead;
  private final WakeUpMode mode;
  private final WakeUps wakeUps;
  private final TrackWorkComponent work;
  private final Backpressure backpressure;
  private final Waiters runWaiters;
  private final Waiters gateWaiters;
  private final ClaimWaiters claimWaiters;
  private final RunEvents runEvents;
  private final ExpectedRoutes expectedRoutes = new ExpectedRoutes();
  private final DefinitionsHealth definitions;

  /**
   * @param traces null if none are recorded
   * @param loaded the definitions that this instance made current
   */
  Parts(Surroundings around, Pace pace, Traces traces, List<Definition> loaded) {
    this.around = around;
    wakeUps = new WakeUps(around.metrics());
    retries = new Retries(around.contact());
    circuits = new Circuits(around::property);
    lookAhead =
        new LookAhead(
            wakeUps, around.contact(), pace.polls(), this::lookAheadInterval, this::isWorking);
    mode = new WakeUpMode(lookAhead::hears);
    work =
        new TrackWorkComponent(
            wakeUps,
            payloads,
            retries,
            circuits,
            lookAhead,
            around.metrics(),
            traces,
            around.instance(),
            pace);
    backpressure = new Backpressure(around.instance(), wakeUps);
    runWaiters = Waiters.forRuns(wakeUps, lookAhead);
    gateWaiters = Waiters.forGates(wakeUps, lookAhead);
    claimWaiters = new ClaimWaiters(wakeUps);
    runEvents = new RunEvents(wakeUps);
    definitions = new DefinitionsHealth(around.pool(), around.contact(), loaded);
    InstanceGauges.show(around.metrics(), mode, work.workers(), wakeUps.turns());
  }

  /** Gives them the names by which routes know them. */
  void bind(Main main) {
    main.bind("dataSource", around.pool());
    main.bind("contact", around.contact());
    main.bind(
        "transaction",
        new TransactionPolicy(
            new DataSourceTransactionManager(around.pool()), around.contact()::heard));
    main.bind("transientFailure", new TransientFailure());
    main.bind("retries", retries);
    main.bind("limitReached", new LimitReached());
    main.bind("failureReason", new FailureReason());
    main.bind("eventBatch", new EventBatch(MOST_EVENTS_IN_A_BATCH, around.metrics()));
    main.bind("joinGroups", new JoinGroups());
    main.bind("askConditions", new AskConditions(around.camel()));
    main.bind("objectMapper", mapper);
    main.bind("payloads", payloads);
    main.bind("circuits", circuits);
    main.bind("lookAhead", lookAhead);
    main.bind("wake-up", new WakeUpComponent(wakeUps, lookAhead::isAtRest));
    main.bind("track-work", work);
    main.bind("heartbeats", work.heartbeats());
    main.bind("freeWorkers", new FreeWorkers(work, around.metrics()));
    main.bind("backpressure", backpressure);
    main.bind("awaitRun", runWaiters);
    main.bind("awaitGate", gateWaiters);
    main.bind("awaitWork", claimWaiters);
    main.bind("workflowGraph", new WorkflowGraph());
    main.bind("runEvents", runEvents);
    main.bind("healthReport", new HealthReport(around.camel()));
    main.bind("metrics", around.metrics());
    main.bind("attemptCount", new AttemptCount(around.metrics()));
    main.bind("expectedRoutes", expectedRoutes);
  }

  /** What takes part in the life of the context, in this order. */
  List<LifecycleStrategy> lifecycles(Duration shutdownTimeout) {
    return List.of(
        new ShutdownOrder(work, shutdownTimeout),
        backpressure,
        new FewMBeans(),
        expectedRoutes,
        new WorkerHands(work));
  }

  /** What starts with the context and stops with it, in this order. */
  List<Service> services(CamelContext context) {
    EventListener listener =
        new EventListener(
            context,
            around.connections(),
            wakeUps,
            lookAhead,
            mode,
            around.instance(),
            around.contact());
    return List.of(lookAhead, runWaiters, gateWaiters, claimWaiters, runEvents, listener);
  }

  List<AbstractHealthCheck> checks() {
    return List.of(
        new DatabaseHealth(around.contact()),
        new RoutesHealth(expectedRoutes),
        PollingHealth.readiness(wakeUps.turns(), around.contact()::isThereFor),
        PollingHealth.liveness(wakeUps.turns(), around.contact()::isThereFor),
        definitions,
        new WakeUpHealth(mode));
  }

  WakeUps wakeUps() {
    return wakeUps;
  }

  /** A definition was made current here: the health check goes by it. */
  void madeCurrent(Definition definition) {
    definitions.loaded(definition);
  }

  /** The lock under which routes are told to start, rest or stop. */
  Lock commands() {
    return backpressure.commands();
  }

  /** Routes came or went on purpose; these are not to be missed. */
  void routesChanged(Collection<String> unexpected) {
    backpressure.routesChanged();
    expectedRoutes.forget(unexpected);
    work.routesChanged();
  }

  private Duration lookAheadInterval() {
    String text = around.property("look-ahead.interval");
    return around.camel().get().getTypeConverter().convertTo(Duration.class, text);
  }

  private boolean isWorking() {
    return !work.running().isEmpty();
  }
}
