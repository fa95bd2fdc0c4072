package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.ShutdownRunningTask;
import org.apache.camel.Suspendable;
import org.apache.camel.component.kamelet.KameletConsumerNotAvailableException;
import org.apache.camel.spi.ShutdownAware;
import org.apache.camel.support.DefaultConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.observe.TraceContext;

/**
 * The worker of one handler: claims as much as it may have in hand, runs each activation as an
 * exchange, and hands on how it ended.
 *
 * <p>It is suspendable so that Camel, before it stops this consumer, lets what runs be finished.
 */
final class TrackWorkConsumer extends DefaultConsumer implements ShutdownAware, Suspendable {

  private static final Logger LOG = LoggerFactory.getLogger(TrackWorkConsumer.class);
  private static final Duration LEAST_PAUSE = Duration.ofMillis(50); // of what a rate lets go on

  private final TrackWorkEndpoint endpoint;
  private final ConcurrentLinkedQueue<Attempt> claimed = new ConcurrentLinkedQueue<>();
  private final Set<RunningAttempt> running = ConcurrentHashMap.newKeySet();
  private final WorkInHand inHand;
  private final AtomicInteger runners = new AtomicInteger();
  private final AtomicBoolean claiming = new AtomicBoolean();
  private volatile boolean wanted;
  private volatile boolean hungry = true; // there may be work that no claim is about to get
  private volatile boolean open;
  private volatile int failedClaims;
  private volatile boolean waitsForAnEnd; // the limit of the handler kept the last claim from more
  private Long wakesAt; // because of its rate, by System.nanoTime; null: it need not
  private final Set<String> unanswered =
      ConcurrentHashMap.newKeySet(); // claims that may have got something
  private final IntConsumer whenRecorded = this::recorded; // one object, by which they are counted
  private ExecutorService executor;
  private Takers takers;

  TrackWorkConsumer(TrackWorkEndpoint endpoint, Processor processor) {
    super(endpoint, processor);
    this.endpoint = endpoint;
    inHand = new WorkInHand(endpoint.getConcurrency());
  }

  String handler() {
    return endpoint.getHandler();
  }

  Duration lease() {
    return endpoint.getLease();
  }

  boolean isIdle() {
    return open && !claiming.get() && inHand.hasFreeSlot() && takers.take();
  }

  /** Whether it does what is triggered: it has started, and its route is not suspended. */
  boolean isServing() {
    return open && takers.take();
  }

  /** Whether a claim failed, so that something may be claimed that nobody works on. */
  boolean awaitsAnswer() {
    return !unanswered.isEmpty() && !claiming.get();
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    takers = new Takers(getRoute());
    executor =
        endpoint
            .getCamelContext()
            .getExecutorServiceManager()
            .newCachedThreadPool(this, "track " + handler()); // runners are counted
    component().serves(handler());
    warnOfShortLease();
    // not before the routes that the work goes through have started, too
    endpoint.getCamelContext().addStartupListener((context, alreadyStarted) -> openAtStart());
  }

  /** Camel tells of its start again whenever a route is started: a suspended one stays so. */
  private void openAtStart() {
    if (!isSuspendingOrSuspended()) {
      open();
    }
  }

  private void open() {
    if (!isRunAllowed()) {
      return; // stopped before all routes had started
    }
    open = true;
    component().workers().add(this);
    wake();
  }

  private void warnOfShortLease() {
    Duration heartbeats = component().heartbeatInterval();
    if (endpoint.getLease().compareTo(heartbeats.multipliedBy(2)) < 0) {
      LOG.warn(
          "the lease of handler {} is {}, but leases are extended every {}: longer work loses it; set it to {} or more",
          handler(),
          endpoint.getLease(),
          heartbeats,
          heartbeats.multipliedBy(3));
    }
  }

  @Override
  protected void doStop() throws Exception {
    component().giveBack(stopClaiming());
    component().giveBack(abandon());
    component().workers().forget(this);
    endpoint.getCamelContext().getExecutorServiceManager().shutdownNow(executor);
    super.doStop();
  }

  @Override
  protected void doSuspend() throws Exception {
    component().giveBack(stopClaiming());
    super.doSuspend();
  }

  @Override
  protected void doResume() throws Exception {
    super.doResume();
    open();
  }

  @Override
  public boolean deferShutdown(ShutdownRunningTask task) {
    return false;
  }

  @Override
  public int getPendingExchangesSize() {
    return inHand.count() + (claiming.get() ? 1 : 0);
  }

  @Override
  public void prepareShutdown(boolean suspendOnly, boolean forced) {
    component().giveBack(stopClaiming());
  }

  /** Whether anything is claimed, or about to be, whose end is not recorded yet. */
  boolean isBusy() {
    return getPendingExchangesSize() > 0;
  }

  /** From now on nothing is claimed or begun. Returns what was claimed and not begun. */
  List<Attempt> stopClaiming() {
    open = false;
    component().workers().claimsNoMore(this);
    List<Attempt> notBegun = takeClaimed();
    inHand.free(notBegun.size());
    return notBegun;
  }

  private List<Attempt> takeClaimed() {
    List<Attempt> notBegun = new ArrayList<>();
    Attempt attempt;
    while ((attempt = claimed.poll()) != null) {
      notBegun.add(attempt);
    }
    return notBegun;
  }

  /** Returns what runs still; whatever comes of it, this worker records it no more. */
  List<Attempt> abandon() {
    List<Attempt> abandoned = new ArrayList<>();
    for (RunningAttempt work : running) {
      if (running.remove(work)) {
        abandoned.add(work.attempt());
      }
    }
    return abandoned;
  }

  boolean isTakenBy(String route, String group) {
    return takers.are(route, group);
  }

  /** From now on nothing is claimed or begun; what was claimed ahead is given back. */
  void rest() {
    takers.rest();
    giveBack(takeClaimed());
  }

  /** Goes on, if its work is taken. */
  void restNoMore() {
    takers.restNoMore();
    wake();
  }

  /** What exchanges of this worker work on at the moment. */
  Collection<RunningAttempt> running() {
    return running;
  }

  private TrackWorkComponent component() {
    return endpoint.component();
  }

  /** The time came that a rate gave. */
  void wakeNow() {
    synchronized (this) {
      if (wakesAt != null && System.nanoTime() - wakesAt >= 0) {
        wakesAt = null;
      }
    }
    wake();
  }

  /** There may be work: claims unless a claim is under way, which then looks again. */
  void wake() {
    wanted = true;
    if (open
        && takers.take()
        && claiming.compareAndSet(false, true)
        && !component().claimSoon(this::claimWhileThereIsWork)) {
      claiming.set(false); // the next look for due work wakes it again
    }
  }

  private void claimWhileThereIsWork() {
    try {
      while (open && wanted) {
        wanted = false;
        giveBackUnanswered();
        boolean more = true;
        while (more && mayClaim()) {
          more = claim();
          hungry = more;
        }
        hungry = more;
      }
    } catch (Exception | Error e) {
      if (open && TransientFailure.isTransient(e)) {
        failedClaims++;
        component().retries().say("work of " + handler() + " is claimed", e);
      } else if (open && failedClaims++ % 10 == 0) {
        LOG.warn("work of {} can't be claimed, trying again: {}", handler(), Errors.forLog(e));
      }
    } finally {
      claiming.set(false);
    }
    if (open && failedClaims > 0) {
      component().dueWork().wakeAfterFailures(this, failedClaims);
    } else if (wanted || (hungry && mayClaim())) {
      wake(); // something changed between the last look and the end
    }
  }

  private void giveBackUnanswered() throws Exception {
    for (String claim : unanswered) {
      component().giveBackClaim(handler(), claim);
      unanswered.remove(claim);
    }
  }

  private boolean mayClaim() {
    return open && takers.take() && inHand.hasRoomToClaim(hungry);
  }

  /** Returns whether there may be more to claim than there was room for. */
  private boolean claim() throws Exception {
    int room = inHand.reserveForClaim(hungry);
    if (room == 0) {
      return true; // something was handed over meanwhile
    }
    String claim = component().nextClaim();
    int got = 0;
    boolean answered = false;
    try {
      Claimed claimed = component().claim(handler(), claim, room, endpoint.getLease());
      answered = true;
      failedClaims = 0;
      got = claimed.attempts().size();
      waitsForAnEnd = claimed.waitsForAnEnd();
      if (claimed.againIn() != null) {
        wakeIn(claimed.againIn());
      }
      dispatch(claimed.attempts());
      return got == room; // what a limit kept back is claimed when there is room for it
    } finally {
      if (!answered) {
        unanswered.add(claim);
      }
      inHand.free(room - got);
    }
  }

  /** One timer is enough: it claims then, and learns when to do so again. */
  private synchronized void wakeIn(Duration time) {
    Duration pause = time.compareTo(LEAST_PAUSE) < 0 ? LEAST_PAUSE : time;
    long at = System.nanoTime() + pause.toNanos();
    if (wakesAt == null || at - wakesAt < -LEAST_PAUSE.toNanos()) {
      wakesAt = at;
      component().dueWork().wakeIn(this, pause);
    }
  }

  /** What a transaction gave a worker that kept room for it. */
  void take(List<Attempt> attempts, long changesBefore) {
    component().learn(attempts.get(0), changesBefore);
    component().handedOver(handler(), attempts.size());
    dispatch(attempts);
  }

  /** A transaction that may have given this worker something under this name was not answered. */
  void doubt(String claim) {
    unanswered.add(claim);
    wake();
  }

  /**
   * Keeps room free for what is about to be triggered; to be released.
   *
   * @param most how much is wanted
   * @return how much there is, 0 if work may wait in the queue that is older
   */
  int reserve(int most) {
    boolean mayTake = open && !hungry && unanswered.isEmpty() && takers.take();
    return mayTake ? inHand.reserve(most) : 0;
  }

  /** Room that was kept free and not used, or whose work is recorded. */
  void release(int room) {
    inHand.free(room);
    claimIfHungry();
  }

  private void dispatch(List<Attempt> attempts) {
    if (attempts.isEmpty()) {
      return;
    }
    attempts.forEach(attempt -> inHand.came(attempt.payload()));
    claimed.addAll(attempts);
    boolean room = true;
    for (int i = Math.min(attempts.size(), endpoint.getConcurrency()); open && room && i > 0; i--) {
      room = startRunner();
    }
    if (!open) { // closed while the claim was under way; a thread that just committed must not ask
      component().claimSoon(() -> component().giveBack(stopClaiming()));
    }
  }

  private boolean startRunner() {
    int now = runners.get();
    while (now < endpoint.getConcurrency()) {
      if (runners.compareAndSet(now, now + 1)) {
        boolean begun = Threads.begin(executor, this::runWhatIsClaimed);
        if (!begun) {
          runners.decrementAndGet(); // see goOn
        }
        return begun;
      }
      now = runners.get();
    }
    return false;
  }

  private void runWhatIsClaimed() {
    try {
      Attempt attempt;
      while ((attempt = claimed.poll()) != null) {
        if (isStale(attempt) || !takers.take() || !component().mayBegin(attempt)) {
          giveBackWhatIsAhead(attempt);
        } else {
          runOrLetGo(attempt);
        }
      }
    } finally {
      runners.decrementAndGet();
    }
    if (!claimed.isEmpty()) {
      startRunner();
    }
  }

  /** What was claimed is begun, if there was no thread for it before. */
  void goOn() {
    if (!claimed.isEmpty()) {
      startRunner();
    }
  }

  /** Work that suddenly takes longer must not use up the leases of what was claimed ahead of it. */
  private boolean isStale(Attempt attempt) {
    return System.nanoTime() - attempt.claimedNanos() > endpoint.getLease().toNanos() / 2;
  }

  /** Gives back what waits behind work that takes longer than was thought. */
  void giveBackStale() {
    List<Attempt> stale = new ArrayList<>();
    for (Attempt attempt : claimed) {
      if (isStale(attempt) && claimed.remove(attempt)) {
        stale.add(attempt);
      }
    }
    if (!stale.isEmpty()) {
      inHand.isSlow();
      giveBack(stale);
    }
  }

  private void giveBackWhatIsAhead(Attempt stale) {
    List<Attempt> ahead = takeClaimed();
    ahead.add(stale);
    giveBack(ahead);
    wake();
  }

  private void giveBack(List<Attempt> attempts) {
    inHand.free(attempts.size());
    component().giveBack(attempts);
  }

  /** Whatever happens here, its slot is free again; out of memory, say, no code is safe. */
  private void runOrLetGo(Attempt attempt) {
    try {
      run(attempt);
    } catch (Exception | Error e) {
      running.removeIf(work -> work.attempt() == attempt);
      release(1);
      LOG.error(
          "the end of attempt {} of track {} in run {} can't be recorded; its lease will end, and it is done again: {}",
          attempt.number(),
          attempt.trackId(),
          attempt.correlationId(),
          Errors.className(e));
      LOG.debug("attempt {} of track {} is let go", attempt.number(), attempt.trackId(), e);
    }
  }

  private void run(Attempt attempt) {
    long begun = System.nanoTime();
    Exchange exchange = createExchange(false);
    TraceContext context = component().contextOf(attempt);
    RunningAttempt work =
        new RunningAttempt(attempt, context, exchange.getExchangeId(), endpoint.getLease());
    exchange.setProperty(RunningAttempt.PROPERTY, work);
    running.add(work);
    Message message = exchange.getMessage();
    message.setHeader("trackCorrelationId", attempt.correlationId());
    message.setHeader("trackId", attempt.trackId());
    message.setHeader("trackAttempt", attempt.number());
    message.setHeader("trackIdempotencyKey", attempt.idempotencyKey());
    message.setHeader("trackUserId", attempt.userId());
    if (context != null) { // whatever it calls is seen within it
      message.setHeader("traceparent", context.traceparent());
    }
    message.setBody(attempt.payload());
    AttemptLog.begin(attempt, context);
    try {
      getProcessor().process(exchange);
    } catch (Exception | Error e) { // else nobody would end this attempt
      exchange.setException(e);
      CutOffExchange.leave(exchange);
      CutOffExchange.leaveParts(
          exchange, part -> part.getProperty(RunningAttempt.PROPERTY) == work);
    }
    long nanos = System.nanoTime() - begun;
    inHand.took(nanos);
    if (!running.remove(work)) {
      release(1); // given back meanwhile: the next worker does it again
    } else if (wasNotTaken(exchange)) {
      giveBack(List.of(attempt)); // a look finds it when its route is there again
    } else {
      component().end(attempt, exchange, nanos, whenRecorded);
    }
    AttemptLog.end();
    releaseExchange(exchange, false);
  }

  /** Its route was suspended just when it was about to begin. */
  private boolean wasNotTaken(Exchange exchange) {
    return exchange.getException() instanceof KameletConsumerNotAvailableException
        && !takers.take();
  }

  private void recorded(int ends) {
    component().moved();
    release(ends);
    if (waitsForAnEnd && !component().hearsOfRoom()) {
      wake(); // else all workers of the handler are told, this one too
    }
  }

  private void claimIfHungry() {
    if (hungry && !claiming.get() && mayClaim()) {
      wake();
    }
  }
}
