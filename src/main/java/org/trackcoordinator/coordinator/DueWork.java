package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.support.service.ServiceSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The safety net of the workers: looks now and then, once for all of them, whether work is due that
 * nobody told them of, and wakes each one when the time comes that it named.
 */
final class DueWork extends ServiceSupport {

  private static final Logger LOG = LoggerFactory.getLogger(DueWork.class);
  private static final long FIRST_PAUSE_MILLIS = 50;
  private static final int MOST_DOUBLINGS = 10;

  private final CamelContext context;
  private final Workers workers;
  private final WorkRoutes routes;
  private final WakeUps wakeUps;
  private final LookAhead lookAhead;
  private final Duration pollInterval;
  private final Runnable atEachTurn;
  private ScheduledExecutorService clock;
  private Set<String> idle = Set.of(); // handlers whose workers had room at the last look

  /**
   * @param pollInterval the time between two looks
   * @param atEachTurn is done before each look, also while all is at rest
   */
  DueWork(
      CamelContext context,
      Workers workers,
      WorkRoutes routes,
      WakeUps wakeUps,
      LookAhead lookAhead,
      Duration pollInterval,
      Runnable atEachTurn) {
    this.context = context;
    this.workers = workers;
    this.routes = routes;
    this.wakeUps = wakeUps;
    this.lookAhead = lookAhead;
    this.pollInterval = pollInterval;
    this.atEachTurn = atEachTurn;
  }

  @Override
  protected void doStart() {
    clock =
        context
            .getExecutorServiceManager()
            .newSingleThreadScheduledExecutor(this, "track-work-safety-net");
    long millis = pollInterval.toMillis();
    wakeUps.turns().took(WakeUps.WORK);
    Runnable look = Threads.again(this::look);
    clock.scheduleWithFixedDelay(look, millis, millis, TimeUnit.MILLISECONDS);
  }

  @Override
  protected void doStop() {
    context.getExecutorServiceManager().shutdownNow(clock);
    wakeUps.turns().ended(WakeUps.WORK);
  }

  private void look() {
    wakeUps.turns().took(WakeUps.WORK);
    atEachTurn.run();
    workers.wakeUnanswered();
    Set<String> handlers = workers.idleHandlers();
    boolean known = idle.containsAll(handlers); // else a worker has room again, or is new
    idle = handlers;
    if (handlers.isEmpty() || (!lookAhead.isTime(LookAhead.WORK) && known)) {
      return;
    }
    try {
      routes.findDue(handlers).forEach(workers::wake);
    } catch (Exception e) {
      LOG.debug("due work can't be looked for", e); // a claim that fails says so
    }
  }

  /** Lets a worker try again soon, and less soon the more often it failed. */
  void wakeAfterFailures(TrackWorkConsumer worker, int failures) {
    long pause = FIRST_PAUSE_MILLIS << Math.min(failures - 1, MOST_DOUBLINGS);
    clock.schedule(worker::wake, Math.min(pause, pollInterval.toMillis()), TimeUnit.MILLISECONDS);
  }

  /** Wakes it when this time has passed, if it still claims then. */
  void wakeIn(TrackWorkConsumer worker, Duration time) {
    clock.schedule(worker::wakeNow, time.toNanos(), TimeUnit.NANOSECONDS);
  }
}
