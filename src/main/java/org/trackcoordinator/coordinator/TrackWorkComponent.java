package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.support.DefaultComponent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code track-work:HANDLER}: one exchange per activation that this worker claims; see the kamelet
 * {@code track-source}. The component holds what all workers of an instance share: who claims, who
 * commits, and one look at the database for all that sleep.
 */
public final class TrackWorkComponent extends DefaultComponent {

  private static final Logger LOG = LoggerFactory.getLogger(TrackWorkComponent.class);

  private static final int CLAIMERS = 4;
  private static final long LOOK_MILLIS = 10;
  private static final long FIRST_PAUSE_MILLIS = 50;
  private static final int MOST_DOUBLINGS = 10;

  private final WakeUps wakeUps;
  private final Payloads payloads;
  private final Retries retries;
  private final Circuits circuits;
  private final LookAhead lookAhead;
  private final String worker;
  private final Duration pollInterval;
  private final Duration heartbeatInterval;
  private final Set<TrackWorkConsumer> consumers = ConcurrentHashMap.newKeySet(); // that claim
  private final Set<TrackWorkConsumer> workers = ConcurrentHashMap.newKeySet(); // that may run work
  private final java.util.function.Consumer<String> wakeWho = this::wake;
  private final AtomicLong claims = new AtomicLong();
  private AttemptEnds ends;
  private ExecutorService claimers;
  private ScheduledExecutorService safetyNet;
  private ProducerTemplate template;
  private Set<String> idle = Set.of(); // handlers whose workers had room at the last look

  /**
   * @param worker the name of this instance, written into the leases that it takes
   * @param pollInterval how often due work is looked for while nothing wakes the workers
   * @param heartbeatInterval how often {@link #heartbeats} are asked which leases to extend
   */
  public TrackWorkComponent(
      WakeUps wakeUps,
      Payloads payloads,
      Retries retries,
      Circuits circuits,
      LookAhead lookAhead,
      String worker,
      Duration pollInterval,
      Duration heartbeatInterval) {
    this.retries = retries;
    this.wakeUps = wakeUps;
    this.payloads = payloads;
    this.circuits = circuits;
    this.lookAhead = lookAhead;
    this.worker = worker;
    this.pollInterval = pollInterval;
    this.heartbeatInterval = heartbeatInterval;
  }

  Duration heartbeatInterval() {
    return heartbeatInterval;
  }

  /** For the route that extends the leases of what this instance works on. */
  public Heartbeats heartbeats() {
    return new Heartbeats(this);
  }

  /** What exchanges work on, also while the instance ends and claims no more. */
  Collection<RunningAttempt> running() {
    List<RunningAttempt> running = new ArrayList<>();
    workers.forEach(worker -> running.addAll(worker.running()));
    return running;
  }

  /** Gives back what was claimed ahead of work that then took longer. */
  void giveBackStale() {
    workers.forEach(TrackWorkConsumer::giveBackStale);
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
    var executors = getCamelContext().getExecutorServiceManager();
    template = getCamelContext().createProducerTemplate();
    getCamelContext().getInflightRepository().setInflightBrowseEnabled(true); // leases rest on it
    claimers = executors.newFixedThreadPool(this, "track-work-claimer", CLAIMERS);
    ends = new AttemptEnds(getCamelContext(), failure -> errorPayload(failure, true));
    ends.start();
    wakeUps.subscribe(WakeUps.WORK, wakeWho);
    safetyNet = executors.newSingleThreadScheduledExecutor(this, "track-work-safety-net");
    long millis = pollInterval.toMillis();
    safetyNet.scheduleWithFixedDelay(this::wakeDue, millis, millis, TimeUnit.MILLISECONDS);
  }

  @Override
  protected void doStop() throws Exception {
    wakeUps.unsubscribe(WakeUps.WORK, wakeWho);
    var executors = getCamelContext().getExecutorServiceManager();
    executors.shutdownNow(safetyNet);
    executors.shutdownNow(claimers);
    ends.stop();
    template.stop();
    super.doStop();
  }

  void add(TrackWorkConsumer consumer) {
    consumers.add(consumer);
    workers.add(consumer);
  }

  /** It claims no more; what it runs goes on. */
  void remove(TrackWorkConsumer consumer) {
    consumers.remove(consumer);
  }

  void forget(TrackWorkConsumer consumer) {
    workers.remove(consumer);
  }

  /** Those whose work is taken by a route of this id and group; null is any. */
  List<TrackWorkConsumer> workersFor(String route, String group) {
    return workers.stream().filter(worker -> worker.isTakenBy(route, group)).toList();
  }

  private void wake(String handler) {
    for (TrackWorkConsumer consumer : consumers) {
      if (handler == null || handler.isEmpty() || handler.equals(consumer.handler())) {
        consumer.wake();
      }
    }
  }

  private void wakeDue() {
    tryToReportOpenCircuits();
    consumers.stream().filter(TrackWorkConsumer::awaitsAnswer).forEach(TrackWorkConsumer::wake);
    Set<String> handlers =
        consumers.stream()
            .filter(TrackWorkConsumer::isIdle)
            .map(TrackWorkConsumer::handler)
            .collect(Collectors.toSet());
    boolean known = idle.containsAll(handlers); // else a worker has room again, or is new
    idle = handlers;
    if (handlers.isEmpty() || (!lookAhead.isTime(LookAhead.WORK) && known)) {
      return;
    }
    try {
      String[] asked = handlers.toArray(String[]::new);
      for (Map<?, ?> row : rows("direct:find-due-work", Map.of("handlers", asked))) {
        wake((String) row.get("handler"));
      }
    } catch (Exception e) {
      LOG.debug("due work can't be looked for", e); // a claim that fails says so
    }
  }

  /** Lets it try again soon, and less soon the more often it failed. */
  void wakeAfterFailures(TrackWorkConsumer consumer, int failures) {
    long pause = FIRST_PAUSE_MILLIS << Math.min(failures - 1, MOST_DOUBLINGS);
    safetyNet.schedule(
        consumer::wake, Math.min(pause, pollInterval.toMillis()), TimeUnit.MILLISECONDS);
  }

  /** Wakes it when this time has passed, if it still claims then. */
  void wakeIn(TrackWorkConsumer consumer, Duration time) {
    safetyNet.schedule(consumer::wakeNow, time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Whether workers are told of room that the end of an attempt made. */
  boolean hearsOfRoom() {
    return lookAhead.hears();
  }

  Retries retries() {
    return retries;
  }

  void moved() {
    wakeUps.moved();
  }

  void claimSoon(Runnable claim) {
    claimers.execute(claim);
  }

  /** A name for the next claim: whatever it gets is known by it. */
  String nextClaim() {
    return worker + "#" + claims.incrementAndGet();
  }

  /**
   * Claims up to {@code most} activations.
   *
   * @param claim its name, a new one each time
   * @throws Exception what the database answered; the claim may have been committed
   */
  Claimed claim(String handler, String claim, int most, Duration lease) throws Exception {
    Map<String, Object> body =
        Map.of("handler", handler, "worker", claim, "max", most, "lease", lease.toString());
    reportOpenCircuits();
    long changesBefore = circuits.changes();
    Claimed claimed = Claimed.of(rows("direct:claim-work", body), System.nanoTime());
    if (!claimed.attempts().isEmpty()) {
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
    for (TrackWorkConsumer consumer : consumers) {
      int room = consumer.handler().equals(handler) ? consumer.reserve(most) : 0;
      if (room > 0) {
        return new HandOver(consumer, room, nextClaim(), circuits.changes());
      }
    }
    return null;
  }

  /** The handlers that have a worker here whose route takes work, in order. */
  String[] servedHandlers() {
    return consumers.stream()
        .filter(TrackWorkConsumer::isServing)
        .map(TrackWorkConsumer::handler)
        .distinct()
        .sorted()
        .toArray(String[]::new);
  }

  /** Whether the circuit of an attempt lets it begin; else it is to be given back. */
  boolean mayBegin(Attempt attempt) {
    return circuits.mayBegin(attempt);
  }

  private void reportOpenCircuits() throws Exception {
    circuits.report(
        (circuit, reason) -> {
          send("direct:open-circuit", Map.of("circuit", circuit, "reason", reason, "who", worker));
          LOG.warn("{}", reason);
        });
  }

  private void tryToReportOpenCircuits() {
    try {
      reportOpenCircuits();
    } catch (Exception e) {
      LOG.warn("an open circuit can't be reported yet: {}", Errors.message(e));
    }
  }

  /**
   * Gives back whatever a claim got that was never answered.
   *
   * @throws Exception what the database answered
   */
  void giveBackClaim(String handler, String claim) throws Exception {
    Map<String, Object> body = Map.of("handler", handler, "worker", claim);
    long got = send("direct:give-back-claim", body).getMessage().getBody(Long.class);
    if (got > 0) {
      LOG.info("gave {} activations of {} back that an unanswered claim got", got, handler);
    }
  }

  /**
   * Ends all work of this instance: claims no more, lets what runs be finished, and gives back what
   * takes too long. Returns at the latest when both times have passed, whatever the database does.
   *
   * @param patience how long to wait for what runs
   * @param toGiveBack how long giving back may take
   */
  void finish(Duration patience, Duration toGiveBack) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    List<TrackWorkConsumer> all = List.copyOf(consumers);
    if (all.isEmpty()) {
      return; // an instance without workers; the component was never started
    }
    List<Attempt> notBegun = new ArrayList<>();
    all.forEach(consumer -> notBegun.addAll(consumer.stopClaiming()));
    Future<?> givenBack = claimers.submit(() -> giveBack(notBegun));
    while (System.nanoTime() < deadline
        && !(givenBack.isDone() && all.stream().noneMatch(TrackWorkConsumer::isBusy))) {
      Thread.sleep(LOOK_MILLIS);
    }
    List<Attempt> unfinished = new ArrayList<>();
    all.forEach(consumer -> unfinished.addAll(consumer.abandon()));
    try {
      claimers.submit(() -> giveBack(unfinished)).get(toGiveBack.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn(
          "{} activations can't be given back in time, their leases will end", unfinished.size());
    }
  }

  void giveBack(List<Attempt> attempts) {
    if (attempts.isEmpty()) {
      return;
    }
    Map<String, Object> body =
        Map.of(
            "correlation_ids",
            attempts.stream().map(Attempt::correlationId).toArray(String[]::new),
            "track_ids",
            attempts.stream().map(Attempt::trackId).toArray(String[]::new),
            "attempts",
            attempts.stream().mapToInt(Attempt::number).toArray());
    Exchange answer =
        template.send("direct:give-back", exchange -> exchange.getMessage().setBody(body));
    if (answer.getException() != null) {
      LOG.warn(
          "{} activations can't be given back, their leases will end: {}",
          attempts.size(),
          answer.getException().getMessage());
    } else {
      LOG.info("gave {} activations back", attempts.size());
    }
  }

  /**
   * Records what came back of an attempt: completed with its body, or failed. One that an open
   * circuit refused is given back.
   */
  void end(Attempt attempt, Exchange exchange, long nanos, IntConsumer recorded) {
    Throwable failure = failureOf(exchange);
    String refusedBy = Errors.refusedBy(failure);
    if (refusedBy != null) {
      circuits.refused(attempt, refusedBy);
      tryToReportOpenCircuits(); // first, so that it is not claimed again at once
      giveBack(List.of(attempt));
      recorded.accept(1);
    } else {
      boolean retryable =
          !Boolean.FALSE.equals(exchange.getMessage().getHeader("trackRetry", Boolean.class));
      if (failure == null
          || (retryable
              && !(failure instanceof LostAttempt)
              && Errors.blamesTarget(Errors.status(getCamelContext(), failure)))) {
        circuits.ended(attempt, failure, nanos);
        tryToReportOpenCircuits(); // first, so that this failure costs nothing any more
      }
      ends.add(endOf(attempt, exchange, failure, retryable, recorded));
    }
  }

  private static Throwable failureOf(Exchange exchange) {
    Throwable failure = exchange.getException();
    if (failure == null && exchange.isRollbackOnly()) {
      failure = new IllegalStateException("the route rolled the exchange back");
    }
    boolean reported =
        "failed".equals(exchange.getMessage().getHeader("trackOutcome", String.class));
    if (failure == null && reported) {
      failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
      if (failure == null) {
        String text = exchange.getMessage().getBody(String.class);
        failure = new ReportedFailure(text == null ? "" : text);
      }
    }
    return failure;
  }

  private AttemptEnd endOf(
      Attempt attempt,
      Exchange exchange,
      Throwable thrown,
      boolean retryable,
      IntConsumer recorded) {
    Throwable failure = thrown;
    if (failure == null) {
      try {
        return new AttemptEnd(attempt, "completed", payloads.text(exchange), recorded);
      } catch (IllegalArgumentException e) {
        failure = e;
      }
    }
    if (!(failure instanceof LostAttempt)) { // that was told when it was learned
      LOG.warn(
          "attempt {} of track {} in run {} failed: {}",
          attempt.number(),
          attempt.trackId(),
          attempt.correlationId(),
          Errors.message(failure));
    }
    return new AttemptEnd(attempt, "failed", errorPayload(failure, retryable), recorded);
  }

  private String errorPayload(Throwable failure, boolean retryable) {
    return payloads.error(
        Errors.className(failure),
        Errors.message(failure),
        Errors.status(getCamelContext(), failure),
        retryable);
  }

  private Exchange send(String uri, Object body) throws Exception {
    Exchange answer = template.send(uri, exchange -> exchange.getMessage().setBody(body));
    if (answer.getException() != null) {
      throw answer.getException();
    }
    return answer;
  }

  private List<Map<?, ?>> rows(String uri, Object body) throws Exception {
    List<Map<?, ?>> rows = new ArrayList<>();
    for (Object row : send(uri, body).getMessage().getBody(List.class)) {
      rows.add((Map<?, ?>) row);
    }
    return rows;
  }

  /** A route said by itself, with the header {@code trackOutcome}, that its attempt failed. */
  static final class ReportedFailure extends Exception {
    ReportedFailure(String message) {
      super(message);
    }
  }
}
