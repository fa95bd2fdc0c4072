package org.trackcoordinator.observe;

import io.micrometer.core.instrument.Counter;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;

/**
 * Counts the exchanges of each route. Camel's own policy for Micrometer formats a text for each
 * exchange and forgets its counts when a route is replaced; this one does neither. How long routes
 * take is shown by JMX.
 *
 * <p>Ids that Camel makes up are others after each start and each edit, and would be new series
 * each time: routes of a kamelet are counted together under its name, unless their user named one
 * ({@code kamelet:track-source/mine}), and routes without an id as {@value #UNNAMED}.
 */
public final class RouteExchanges implements RoutePolicyFactory {

  private static final String UNNAMED = "(unnamed)";

  private final Metrics metrics;

  public RouteExchanges(Metrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public RoutePolicy createRoutePolicy(CamelContext context, String routeId, NamedNode definition) {
    String name = definition instanceof RouteDefinition route ? name(route, routeId) : routeId;
    Counter done = metrics.exchanges(name, "done");
    Counter failed = metrics.exchanges(name, "failed");
    return new RoutePolicySupport() {
      @Override
      public void onExchangeDone(Route route, Exchange exchange) {
        (exchange.isFailed() ? failed : done).increment();
      }
    };
  }

  private static String name(RouteDefinition route, String id) {
    if (Boolean.TRUE.equals(route.isKamelet())) {
      String madeUp = "-" + route.getNodePrefixId();
      return id.endsWith(madeUp) ? id.substring(0, id.length() - madeUp.length()) : id;
    }
    return route.hasCustomIdAssigned() ? id : UNNAMED;
  }
}
