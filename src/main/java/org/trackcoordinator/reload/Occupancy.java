package org.trackcoordinator.reload;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.apache.camel.Ordered;
import org.apache.camel.Route;
import org.apache.camel.support.RoutePolicySupport;
import org.apache.camel.support.SynchronizationAdapter;

/**
 * How many exchanges are in a route at this moment. Camel itself counts by the ids of routes, and
 * an old route has its id in common with the one that took its place.
 */
final class Occupancy extends RoutePolicySupport {

  private final AtomicInteger inside = new AtomicInteger();

  static boolean isEmpty(Route route) {
    return route.getRoutePolicyList().stream()
        .noneMatch(policy -> policy instanceof Occupancy own && own.inside.get() > 0);
  }

  @Override
  public void onExchangeBegin(Route route, Exchange exchange) {
    inside.incrementAndGet();
    if (hasMoreToCome(route)) {
      exchange.getExchangeExtension().addOnCompletion(new AfterCompletions());
    }
  }

  @Override
  public void onExchangeDone(Route route, Exchange exchange) {
    if (!hasMoreToCome(route)) {
      inside.decrementAndGet();
    }
  }

  /** Whether steps of the route follow when the exchange is done. */
  private static boolean hasMoreToCome(Route route) {
    return !route.getOnCompletions().isEmpty();
  }

  /** The last: added first, and of the lowest order. */
  private final class AfterCompletions extends SynchronizationAdapter {

    @Override
    public int getOrder() {
      return Ordered.LOWEST;
    }

    @Override
    public void onDone(Exchange exchange) {
      inside.decrementAndGet();
    }
  }
}
