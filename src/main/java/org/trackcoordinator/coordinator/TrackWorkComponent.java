package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultComponent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.observe.Metrics;
import org.trackcoordinator.observe.TraceContext;
import org.trackcoordinator.observe.Traces;

/**
 * {@code track-work:HANDLER}: one exchange per activation that this worker claims; see the kamelet
 * {@code track-source}. The component holds what all workers of an instance share: who claims, who
 * commits, and one look at the database for all that sleep.
 */
public final class TrackWorkComponent extends DefaultComponent {

  private static final Logger LOG = LoggerFactory.getLogger(TrackWorkComponent.class);

  private static final int CLAIMERS = 4;

  private final WakeUps wakeUps;
  private final Payloads payloads;
  private final Retries retries;
  private final Circuits circuits;
  private final LookAhead lookAhead;
  private final Metrics metrics;
  private final Traces traces; // null: none are recorded
  private final String instance;
  private final Pace pace;
  private final Workers workers = new Workers();
  private final java.util.function.Consumer<String> wakeWho = workers::wake;
  private final AtomicLong claims = new AtomicLong();
  private WorkRoutes routes;
  private Outcomes outcomes;
  private AttemptEnds ends;
  private DueWork dueWork;
  private ExecutorService claimers;

  /**
   * @param traces null if none are recorded
   * @param instance its name, written into the leases that its workers take
   */
  TrackWorkComponent(
      WakeUps wakeUps,
      Payloads payloads,
      Retries retries,
      Circuits circuits,
      LookAhead lookAhead,
      Metrics metrics,
      Traces traces,
      String instance,
      Pace pace) {
    this.retries = retries;
    this.wakeUps = wakeUps;
    this.payloads = payloads;
    this.circuits = circuits;
    this.lookAhead = lookAhead;
    this.metrics = metrics;
    this.traces = traces;
    this.instance = instance;
    this.pace = pace;
  }

  /** How often {@link #heartbeats} are asked which leases to extend. */
  Duration heartbeatInterval() {
    return pace.heartbeats();
  }

  /** For the route that extends the leases of what this instance works on. */
  public Heartbeats heartbeats() {
    return new Heartbeats(this);
  }

  Workers workers() {
    return workers;
  }

  /** What exchanges work on, also while the instance ends and claims no more. */
  Collection<RunningAttempt> running() {
    return workers.running();
  }

  /** Gives back what was claimed ahead of work that then took longer. */
  void giveBackStale() {
    workers.all().forEach(TrackWorkConsumer::giveBackStale);
  }

  @Override
  protected Endpoint createEndpoint(String uri, String handler, Map<String, Object> parameters)
      throws Exception {
    TrackWorkEndpoint endpoint = new TrackWorkEndpoint(uri, this, handler);
    setProperties(endpoint, parameters);
    return endpoint;
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    CamelContext context = getCamelContext();
    routes = new WorkRoutes(context);
    routes.start();
    claimers =
        context
            .getExecutorServiceManager()
            .newFixedThreadPool(this, "track-work-claimer", CLAIMERS);
    outcomes = new Outcomes(context, payloads);
    ends = new AttemptEnds(context, outcomes::errorPayload, metrics);
    ends.start();
    wakeUps.subscribe(WakeUps.WORK, wakeWho);
    dueWork = new DueWork(context, workers, routes, wakeUps, lookAhead, pace.polls(), this::goOn);
    dueWork.start();
  }

  @Override
  protected void doStop() throws Exception {
    wakeUps.unsubscribe(WakeUps.WORK, wakeWho);
    dueWork.stop();
    getCamelContext().getExecutorServiceManager().shutdownNow(claimers);
    ends.stop();
    routes.stop();
    super.doStop();
  }

  /** What could not be done at its time is done now. */
  private void goOn() {
    tryToReportOpenCircuits();
    ends.goOn();
    workers.all().forEach(TrackWorkConsumer::goOn);
  }

  /** Routes came or went: there may be one now that takes what waits. */
  void routesChanged() {
    workers.wake(WakeUps.ALL);
  }

  DueWork dueWork() {
    return dueWork;
  }

  /** Whether workers are told of room that the end of an attempt made. */
  boolean hearsOfRoom() {
    return lookAhead.hears();
  }

  Retries retries() {
    return retries;
  }

  /** Where an attempt is in a trace; null if its run is in none. */
  TraceContext contextOf(Attempt attempt) {
    String startedBy = attempt.traceparent();
    if (traces != null) {
      return traces.ofAttempt(
          attempt.correlationId(), attempt.trackId(), attempt.number(), startedBy);
    }
    return startedBy == null
        ? null
        : TraceContext.ofAttempt(
            attempt.correlationId(), attempt.trackId(), attempt.number(), startedBy);
  }

  /** Work of this handler is done here: what may come of it is shown from 0 on. */
  void serves(String handler) {
    metrics.serves(handler);
  }

  /** What a transaction gave a worker. */
  void handedOver(String handler, int attempts) {
    metrics.handedOver(handler, attempts);
  }

  void moved() {
    wakeUps.moved();
  }

  /** Returns false if nobody will do it. */
  boolean claimSoon(Runnable claim) {
    return Threads.begin(claimers, claim);
  }

  /** A name for the next claim: whatever it gets is known by it. */
  String nextClaim() {
    return instance + "#" + claims.incrementAndGet();
  }

  /**
   * Claims up to {@code most} activations.
   *
   * @param claim its name, a new one each time
   * @throws Exception what the database answered; the claim may have been committed
   */
  Claimed claim(String handler, String claim, int most, Duration lease) throws Exception {
    reportOpenCircuits();
    long changesBefore = circuits.changes();
    Claimed claimed = routes.claim(handler, claim, most, lease);
    if (!claimed.attempts().isEmpty()) {
      metrics.claimed(handler, claimed.waited());
      learn(claimed.attempts().get(0), changesBefore);
    }
    return claimed;
  }

  /**
   * Learns from what a worker got.
   *
   * @param changesBefore {@link Circuits#changes} before the gates were asked for it
   */
  void learn(Attempt got, long changesBefore) {
    wakeUps.moved();
    circuits.claimed(got, changesBefore);
  }

  /**
   * Keeps room free for what is about to be triggered.
   *
   * @param most how many activations there are
   * @return null if no worker of this handler has any
   */
  HandOver offer(String handler, int most) {
    if (circuits.anyToReport()) {
      return null;
    }
    Workers.Room room = workers.reserve(handler, most);
    return room == null
        ? null
        : new HandOver(room.worker(), room.slots(), nextClaim(), circuits.changes());
  }

  /** Whether the circuit of an attempt lets it begin; else it is to be given back. */
  boolean mayBegin(Attempt attempt) {
    return circuits.mayBegin(attempt);
  }

  private void reportOpenCircuits() throws Exception {
    circuits.report(
        (circuit, reason) -> {
          routes.openCircuit(circuit, reason, instance);
          LOG.warn("circuit {} is open, the view gates says why", circuit);
        });
  }

  private void tryToReportOpenCircuits() {
    try {
      reportOpenCircuits();
    } catch (Exception e) {
      LOG.warn(
          "an open circuit can't be reported yet, it is tried again within a second: {}",
          Errors.forLog(e));
    }
  }

  /**
   * Gives back whatever a claim got that was never answered.
   *
   * @throws Exception what the database answered
   */
  void giveBackClaim(String handler, String claim) throws Exception {
    long got = routes.giveBackClaim(handler, claim);
    if (got > 0) {
      LOG.info("gave {} activations of {} back that an unanswered claim got", got, handler);
    }
  }

  /** Gives attempts back, or leaves them to the end of their leases. */
  void giveBack(List<Attempt> attempts) {
    if (attempts.isEmpty()) {
      return;
    }
    try {
      routes.giveBack(attempts);
      LOG.info("gave {} activations back", attempts.size());
      attempts.forEach(attempt -> metrics.attemptsEnded(attempt.handler(), "given_back", 1));
    } catch (Exception e) {
      LOG.warn(
          "{} activations can't be given back; their leases will end, and they are done again: {}",
          attempts.size(),
          Errors.forLog(e));
    }
  }

  /** Ends all work of this instance, see {@link LastAttempts#finish}. */
  void finish(Duration patience, Duration toGiveBack) throws InterruptedException {
    List<TrackWorkConsumer> all = workers.all();
    if (!all.isEmpty()) { // else the component may never have been started
      new LastAttempts(all, claimers, this::giveBack).finish(patience, toGiveBack);
    }
  }

  /**
   * Records what came back of an attempt. One that an open circuit refused is given back.
   *
   * @param recorded told when it is recorded, or given back
   */
  void end(Attempt attempt, Exchange exchange, long nanos, IntConsumer recorded) {
    Outcomes.Outcome outcome = outcomes.of(exchange);
    String refusedBy = Errors.refusedBy(outcome.thrown());
    if (refusedBy != null) {
      circuits.refused(attempt, refusedBy);
      tryToReportOpenCircuits(); // first, so that it is not claimed again at once
      giveBack(List.of(attempt));
      recorded.accept(1);
      return;
    }
    if (outcomes.speaksOfTarget(outcome)) {
      circuits.ended(attempt, outcome.thrown(), nanos);
      tryToReportOpenCircuits(); // first, so that this failure costs nothing any more
    }
    if (outcome.failure() != null) {
      Outcomes.tell(attempt, outcome.failure());
    }
    ends.add(new AttemptEnd(attempt, outcome.eventType(), outcome.payload(), nanos, recorded));
  }
}
