package org.trackcoordinator.reload;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.camel.Endpoint;

/**
 * The routes that were replaced or removed, each until the exchanges that are in it have come to
 * their end.
 */
final class LeavingRoutes {

  private final EditableCamelContext context;
  private final List<List<OldRoute>> groups = new ArrayList<>(); // that left together, in order

  LeavingRoutes(EditableCamelContext context) {
    this.context = context;
  }

  /** These are to be ended when nothing is in them any more. */
  synchronized void add(List<OldRoute> routes) {
    groups.add(new ArrayList<>(routes));
  }

  /** Those that are not ended yet. */
  synchronized List<OldRoute> all() {
    return groups.stream().flatMap(List::stream).toList();
  }

  /** Ends those that are done with. To be called repeatedly. */
  synchronized void look() {
    boolean callersAreQuiet = true; // of this group and of all before it
    List<OldRoute> done = new ArrayList<>();
    for (List<OldRoute> group : groups) {
      group.forEach(OldRoute::look);
      callersAreQuiet &= group.stream().allMatch(OldRoute::isQuiet);
      for (OldRoute route : group) {
        // what is still in one that left before, or with it, may be sent to it
        if (route.isQuiet() && (callersAreQuiet || !route.isStillServing())) {
          done.add(route);
        }
      }
    }
    end(done);
  }

  /** Ends all, whatever is in them. */
  synchronized void endAll() {
    end(all());
  }

  private void end(List<OldRoute> routes) {
    Set<Endpoint> unused = endpoints(routes);
    for (OldRoute route : routes) {
      route.end();
      if (context.getRoute(route.id()) == null) {
        context.getInflightRepository().removeRoute(route.id());
      }
    }
    groups.forEach(group -> group.removeAll(routes));
    groups.removeIf(List::isEmpty);
    unused.removeAll(context.endpointsInUse());
    groups.forEach(group -> unused.removeAll(endpoints(group)));
    unused.forEach(context::discard);
  }

  private static Set<Endpoint> endpoints(List<OldRoute> routes) {
    return Services.endpoints(routes.stream().map(OldRoute::service).toList());
  }
}
