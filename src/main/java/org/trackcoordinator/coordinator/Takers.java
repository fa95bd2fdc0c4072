package org.trackcoordinator.coordinator;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.StatefulService;
import org.apache.camel.component.kamelet.KameletEndpoint;

/**
 * Whether the exchanges of a route are taken. Those of a kamelet's route are taken by the route
 * that begins with the kamelet, unless somebody suspended, stopped or removed it. Camel suspends
 * only that one; the kamelet's own route goes on.
 */
final class Takers {

  private final CamelContext context;
  private final Route source;
  private final AtomicInteger rests = new AtomicInteger();
  private volatile Route last; // looked for again only when it takes no more

  Takers(Route source) {
    this.context = source.getCamelContext();
    this.source = source;
  }

  /** Whether an exchange that begins now would be taken. */
  boolean take() {
    if (rests.get() > 0) {
      return false;
    }
    Route known = last;
    if (known == null || !isStarted(known)) {
      known = taker(source);
      last = known == null ? last : known;
    }
    return known != null;
  }

  /** From now on nothing is taken, until {@link #restNoMore} was called as often. */
  void rest() {
    rests.incrementAndGet();
  }

  void restNoMore() {
    rests.decrementAndGet();
  }

  /**
   * Whether this is, or was last, the route that takes.
   *
   * @param id its id, or null for any
   * @param group its group, or null for any
   */
  boolean are(String id, String group) {
    Route known = last;
    return known != null
        && (id == null || id.equals(known.getRouteId()))
        && (group == null || group.equals(known.getGroup()));
  }

  /** The started route at the end of a chain of kamelets; null if there is none. */
  private Route taker(Route route) {
    if (!route.isCreatedByKamelet()) {
      return route;
    }
    for (Route candidate : context.getRoutes()) {
      if (candidate.getEndpoint() instanceof KameletEndpoint kamelet
          && kamelet.getRouteId().equals(route.getRouteId())
          && isStarted(candidate)) {
        return taker(candidate);
      }
    }
    return null;
  }

  private static boolean isStarted(Route route) {
    return route.getConsumer() instanceof StatefulService consumer && consumer.isStarted();
  }
}
