package org.trackcoordinator.coordinator;

import org.apache.camel.CamelContext;
import org.apache.camel.ServiceStatus;
import org.apache.camel.spi.RouteController;
import org.apache.camel.support.service.ServiceHelper;

/**
 * A route that starts runs, and who decides whether it does. Whoever uses the route controller (a
 * program, JMX, a console) is a hand, and hands come first:
 *
 * <ul>
 *   <li>What a hand suspended or stopped is never resumed here, even if it was suspended here
 *       before.
 *   <li>What a hand resumed or started while the queues are too full is left running until they are
 *       not.
 * </ul>
 *
 * <p>Not thread-safe: {@link Backpressure} locks.
 */
final class SourceRoute {

  private enum Held {
    BY_NOBODY,
    BY_US,
    BY_HAND,
    LEFT_RUNNING
  }

  private final String id;
  private final RouteController routes;
  private Held held = Held.BY_NOBODY;
  private ServiceStatus left; // what our suspension made of it: stopped, if it can't be suspended
  private String reason; // of our last suspension or its end; null before the first

  /**
   * @param routes the controller that no hand uses
   */
  SourceRoute(String id, RouteController routes) {
    this.id = id;
    this.routes = routes;
  }

  String id() {
    return id;
  }

  String reason() {
    return reason;
  }

  boolean isHeldByUs() {
    return held == Held.BY_US;
  }

  private boolean isToBeSuspended() {
    return held != Held.LEFT_RUNNING && routes.getRouteStatus(id) == ServiceStatus.Started;
  }

  /** If it is to be suspended, nothing more comes in; what came in goes on. */
  void close(CamelContext context) {
    if (isToBeSuspended()) {
      ServiceHelper.suspendService(context.getRoute(id).getConsumer());
    }
  }

  /** Waits until what came in is done. Returns whether it was running and no longer is. */
  boolean suspend(CamelContext context, String why) throws Exception {
    if (!isToBeSuspended()) {
      return false;
    }
    try {
      routes.suspendRoute(id);
    } catch (Exception e) {
      ServiceHelper.resumeService(context.getRoute(id).getConsumer());
      throw e;
    }
    left = routes.getRouteStatus(id);
    held = Held.BY_US;
    reason = why;
    return true;
  }

  /** Returns whether it runs again: only what we suspended and nobody touched since. */
  boolean resume(String why) throws Exception {
    if (held == Held.LEFT_RUNNING) {
      held = Held.BY_NOBODY;
    }
    if (held != Held.BY_US) {
      return false;
    }
    routes.resumeRoute(id);
    held = Held.BY_NOBODY;
    reason = why;
    return true;
  }

  /** An edit may have put another in its place, which rests, too, but maybe in another way. */
  void replaced() {
    if (held == Held.BY_US && !routes.getRouteStatus(id).isStarted()) {
      left = routes.getRouteStatus(id);
    }
  }

  /** Gives up what is no longer as we left it. Returns whether it was. */
  boolean giveUpIfChanged() {
    if (held == Held.BY_US && routes.getRouteStatus(id) != left) {
      held = Held.BY_NOBODY;
      reason = "no longer as it was left: " + routes.getRouteStatus(id);
      return true;
    }
    return false;
  }

  /** A hand is about to suspend or stop it. Returns whether that takes it from us. */
  boolean suspendedByHand() {
    boolean ours = isHeldByUs();
    held = Held.BY_HAND;
    if (ours) {
      reason = "suspended or stopped by hand, which alone resumes it";
    }
    return ours;
  }

  /**
   * A hand has resumed or started it.
   *
   * @param overloaded whether it would be suspended at once
   * @return whether that takes it from us
   */
  boolean resumedByHand(boolean overloaded) {
    boolean ours = isHeldByUs();
    held = overloaded ? Held.LEFT_RUNNING : Held.BY_NOBODY;
    if (ours) {
      reason = "resumed by hand, and left running until the queues are below the low marks";
    }
    return ours;
  }
}
