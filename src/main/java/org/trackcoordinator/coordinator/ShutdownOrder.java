package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.ShutdownStrategy;
import org.apache.camel.support.LifecycleStrategySupport;

/**
 * Stops within one timeout: first the work ends, while all routes still serve it, then Camel stops
 * the routes. A part of the time, at most {@value #MOST_RESERVE_MILLIS} ms, is kept for giving back
 * what takes too long, for the routes, and for whatever ends after them.
 */
final class ShutdownOrder extends LifecycleStrategySupport {

  private static final long MOST_RESERVE_MILLIS = 3_000;
  private static final long LEAST_FOR_ROUTES_MILLIS = 250;

  private final TrackWorkComponent work;
  private final Duration timeout;

  /**
   * @param timeout for everything; Camel's own takes what the work leaves of it
   */
  ShutdownOrder(TrackWorkComponent work, Duration timeout) {
    this.work = work;
    this.timeout = timeout;
  }

  @Override
  public void onContextStopping(CamelContext context) {
    long begun = System.nanoTime();
    long reserve = Math.min(timeout.toMillis() / 4, MOST_RESERVE_MILLIS);
    try {
      work.finish(timeout.minusMillis(reserve), Duration.ofMillis(reserve / 4));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    long passed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    long left = Math.max(LEAST_FOR_ROUTES_MILLIS, timeout.toMillis() - passed - reserve / 2);
    ShutdownStrategy routes = context.getShutdownStrategy();
    routes.setTimeUnit(TimeUnit.MILLISECONDS);
    routes.setTimeout(left);
  }
}
