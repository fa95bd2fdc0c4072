package org.trackcoordinator.reload;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.Service;
import org.apache.camel.StatefulService;
import org.apache.camel.impl.engine.RouteService;
import org.apache.camel.support.service.ServiceHelper;

/** What a route consists of: its consumer, its steps, and what handles their errors. */
final class Services {

  private Services() {}

  /** All parts, the consumer included. */
  static Set<Service> of(Route route) {
    List<Service> tops = new ArrayList<>(route.getServices());
    for (Collection<Processor> more : List.of(route.getOnExceptions(), route.getOnCompletions())) {
      more.stream().filter(Service.class::isInstance).map(Service.class::cast).forEach(tops::add);
    }
    Set<Service> parts = new LinkedHashSet<>();
    tops.forEach(top -> parts.addAll(ServiceHelper.getChildServices(top, true)));
    return parts;
  }

  /** Ends a route that no exchange is in any more; its endpoints are left as they are. */
  static void end(RouteService service) {
    Route route = service.getRoute();
    Set<Service> parts = of(route);
    // what one that never started would stop is its endpoint's, which another route may be using
    parts.removeIf(part -> part instanceof Consumer && !hasBegun(part));
    parts.stream()
        .filter(Consumer.class::isInstance)
        .forEach(ServiceHelper::stopAndShutdownService);
    parts.forEach(ServiceHelper::stopAndShutdownService);
    ServiceHelper.stopAndShutdownService(route);
  }

  private static boolean hasBegun(Service part) {
    return !(part instanceof StatefulService consumer)
        || consumer.isStarted()
        || consumer.isSuspended();
  }

  /** The endpoints that these routes read from and send to. */
  static Set<Endpoint> endpoints(Collection<RouteService> services) {
    Set<Endpoint> endpoints = new LinkedHashSet<>();
    for (RouteService service : services) {
      endpoints.add(service.getRoute().getEndpoint());
      endpoints.addAll(service.gatherEndpoints());
    }
    return endpoints;
  }
}
