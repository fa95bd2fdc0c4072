package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
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

/**
 * The worker of one handler: claims as much as it has free slots for, runs each activation as an
 * exchange, and hands on how it ended. Work that takes under {@value #FAST_MILLIS} ms is claimed
 * ahead, never more than that time's worth, and little of it while inputs are large.
 *
 * <p>It is suspendable so that Camel, before it stops this consumer, lets what runs be finished.
 */
final class TrackWorkConsumer extends DefaultConsumer implements ShutdownAware, Suspendable {

  private static final Logger LOG = LoggerFactory.getLogger(TrackWorkConsumer.class);
  private static final long FAST_MILLIS = 50;
  private static final int MOST_AHEAD = 4000;
  private static final int MOST_AT_ONCE = 1000; // what is large is seen before more is claimed
  private static final long MOST_CHARS_AHEAD = 16_000_000; // of inputs that lie in memory
  private static final Duration LEAST_PAUSE = Duration.ofMillis(50); // of what a rate lets go on

  private final TrackWorkEndpoint endpoint;
  private final ConcurrentLinkedQueue<Attempt> claimed = new ConcurrentLinkedQueue<>();
  private final Set<RunningAttempt> running = ConcurrentHashMap.newKeySet();
  private final AtomicInteger inHand =
      new AtomicInteger(); // kept free, or claimed and not recorded
  private final AtomicInteger runners = new AtomicInteger();
  private final AtomicBoolean claiming = new AtomicBoolean();
  private volatile boolean wanted;
  private volatile boolean hungry = true; // there may be work that no claim is about to get
  private volatile boolean open;
  private volatile long averageNanos = -1;
  private volatile long largeInput; // the longest of late, in characters
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
  }

  String handler() {
    return endpoint.getHandler();
  }

  Duration lease() {
    return endpoint.getLease();
  }

  boolean isIdle() {
    return open && !claiming.get() && inHand.get() < endpoint.getConcurrency() && takers.take();
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
    warnOfShortLease();
    // not before the routes that the work goes through have started, too
    endpoint.getCamelContext().addStartupListener((context, alreadyStarted) -> open());
  }

  private void open() {
    if (!isRunAllowed()) {
      return; // stopped before all routes had started
    }
    open = true;
    component().add(this);
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
    component().forget(this);
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
    return inHand.get() + (claiming.get() ? 1 : 0);
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
    component().remove(this);
    List<Attempt> notBegun = takeClaimed();
    inHand.addAndGet(-notBegun.size());
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
    if (open && takers.take() && claiming.compareAndSet(false, true)) {
      component().claimSoon(this::claimWhileThereIsWork);
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
    } catch (Exception e) {
      if (open && TransientFailure.isTransient(e)) {
        failedClaims++;
        component().retries().say("work of " + handler() + " is claimed", e);
      } else if (open && failedClaims++ % 10 == 0) {
        LOG.warn("work of {} can't be claimed, trying again: {}", handler(), Errors.message(e));
      }
    } finally {
      claiming.set(false);
    }
    if (open && failedClaims > 0) {
      component().wakeAfterFailures(this, failedClaims);
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
    return open && takers.take() && hasRoomToClaim();
  }

  /** Returns whether there may be more to claim than there was room for. */
  private boolean claim() throws Exception {
    int room = keepFree(MOST_AT_ONCE, mostAfterClaim());
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
      inHand.addAndGet(got - room);
    }
  }

  /** One timer is enough: it claims then, and learns when to do so again. */
  private synchronized void wakeIn(Duration time) {
    Duration pause = time.compareTo(LEAST_PAUSE) < 0 ? LEAST_PAUSE : time;
    long at = System.nanoTime() + pause.toNanos();
    if (wakesAt == null || at - wakesAt < -LEAST_PAUSE.toNanos()) {
      wakesAt = at;
      component().wakeIn(this, pause);
    }
  }

  /** What a transaction gave a worker that kept room for it. */
  void take(List<Attempt> attempts, long changesBefore) {
    component().learn(attempts.get(0), changesBefore);
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
    return mayTake ? keepFree(most, capacity()) : 0;
  }

  private int keepFree(int most, int mostInHand) {
    while (true) {
      int now = inHand.get();
      int room = Math.min(most, mostInHand - now);
      if (room <= 0) {
        return 0;
      }
      if (inHand.compareAndSet(now, now + room)) {
        return room;
      }
    }
  }

  /** Room that was kept free and not used, or whose work is recorded. */
  void release(int room) {
    inHand.addAndGet(-room);
    claimIfHungry();
  }

  /** Slots of the worker, and ahead of them what is done within 50 ms and is not too large. */
  private int capacity() {
    long average = averageNanos;
    long fast = TimeUnit.MILLISECONDS.toNanos(FAST_MILLIS);
    if (average < 0 || average >= fast) {
      return endpoint.getConcurrency();
    }
    long ahead =
        Math.min(
            fast * endpoint.getConcurrency() / Math.max(average, 1),
            MOST_CHARS_AHEAD / Math.max(largeInput, 1));
    return endpoint.getConcurrency() + (int) Math.min(MOST_AHEAD, ahead);
  }

  /**
   * How much may be in hand after a claim. While a backlog waits it is half of what may be ahead,
   * so that a worker leaves its successors room for what it hands over to them.
   */
  private int mostAfterClaim() {
    int slots = endpoint.getConcurrency();
    int ahead = capacity() - slots;
    return slots + (hungry ? ahead / 2 : ahead);
  }

  /** One free slot, or of a backlog half of what may be claimed: fewer and larger claims. */
  private boolean hasRoomToClaim() {
    int most = mostAfterClaim();
    boolean many = hungry && most > endpoint.getConcurrency();
    return most - inHand.get() >= (many ? Math.max(1, most / 2) : 1);
  }

  private void dispatch(List<Attempt> attempts) {
    if (attempts.isEmpty()) {
      return;
    }
    for (Attempt attempt : attempts) {
      largeInput = Math.max(attempt.payload().length(), largeInput - largeInput / 64);
    }
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
        executor.execute(this::runWhatIsClaimed);
        return true;
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
          run(attempt);
        }
      }
    } finally {
      runners.decrementAndGet();
    }
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
      averageNanos = Math.max(averageNanos, TimeUnit.MILLISECONDS.toNanos(FAST_MILLIS));
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
    inHand.addAndGet(-attempts.size());
    component().giveBack(attempts);
  }

  private void run(Attempt attempt) {
    long begun = System.nanoTime();
    Exchange exchange = createExchange(false);
    RunningAttempt work =
        new RunningAttempt(attempt, exchange.getExchangeId(), endpoint.getLease());
    exchange.setProperty(RunningAttempt.PROPERTY, work);
    running.add(work);
    Message message = exchange.getMessage();
    message.setHeader("trackCorrelationId", attempt.correlationId());
    message.setHeader("trackId", attempt.trackId());
    message.setHeader("trackAttempt", attempt.number());
    message.setHeader("trackIdempotencyKey", attempt.idempotencyKey());
    message.setHeader("trackUserId", attempt.userId());
    message.setBody(attempt.payload());
    try {
      getProcessor().process(exchange);
    } catch (Exception e) {
      exchange.setException(e);
    }
    long nanos = System.nanoTime() - begun;
    measure(nanos);
    if (!running.remove(work)) {
      release(1); // given back meanwhile: the next worker does it again
    } else if (wasNotTaken(exchange)) {
      giveBack(List.of(attempt)); // a look finds it when its route is there again
    } else {
      component().end(attempt, exchange, nanos, whenRecorded);
    }
    releaseExchange(exchange, false);
  }

  /** Its route was suspended just when it was about to begin. */
  private boolean wasNotTaken(Exchange exchange) {
    return exchange.getException() instanceof KameletConsumerNotAvailableException
        && !takers.take();
  }

  private void measure(long nanos) {
    long average = averageNanos;
    averageNanos = average < 0 ? nanos : average + (nanos - average) / 8;
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
