package org.trackcoordinator.reload;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Endpoint;
import org.apache.camel.Route;
import org.apache.camel.StatefulService;
import org.apache.camel.component.quartz.QuartzEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.impl.engine.RouteService;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.LifecycleStrategy;
import org.apache.camel.spi.NormalizedEndpointUri;
import org.apache.camel.spi.RouteController;
import org.apache.camel.spi.RouteStartupOrder;
import org.apache.camel.support.service.ServiceHelper;

/**
 * A context whose routes can be replaced while exchanges are in them. Camel itself stops a route
 * before it looks at what takes its place; here the new one is built beside it, and the old one's
 * exchanges go on to their end while the new one takes what comes next. See {@link RouteChange}.
 */
public final class EditableCamelContext extends DefaultCamelContext {

  private final ThreadLocal<RouteChange> preparing = new ThreadLocal<>();
  private final Object listed = new Object(); // Camel's own lock of its list is private
  private final LeavingRoutes leaving = new LeavingRoutes(this);

  /** Not built yet, as camel-main wants it. */
  public EditableCamelContext() {
    super(false);
    addRoutePolicyFactory((context, routeId, definition) -> new Occupancy());
    getCamelContextExtension()
        .registerEndpointCallback(
            (uri, endpoint) -> {
              RouteChange change = preparing.get();
              if (change != null) {
                change.created(endpoint);
              }
              return endpoint;
            });
  }

  /**
   * Does this with routes that are added only built, none started, and none stopped: they belong to
   * the change. Only this thread is concerned.
   */
  void whilePreparing(RouteChange change, Preparation work) throws Exception {
    preparing.set(change);
    try {
      work.run();
    } finally {
      preparing.remove();
    }
  }

  /** What builds routes. */
  interface Preparation {
    void run() throws Exception;
  }

  @Override
  public void startRouteService(RouteService route, boolean addingRoutes) throws Exception {
    RouteChange change = preparing.get();
    if (change == null) {
      synchronized (listed) {
        getRouteServices().put(route.getId(), route);
      }
      super.startRouteService(route, addingRoutes);
    } else {
      change.built(route);
    }
  }

  /** A kamelet's route is asked to start twice, unless it has: it is built once. */
  @Override
  public void startRouteDefinitions(List<RouteDefinition> definitions) throws Exception {
    RouteChange change = preparing.get();
    if (change == null || !definitions.stream().allMatch(change::hasBuilt)) {
      super.startRouteDefinitions(definitions);
    }
  }

  /** A job would begin when its endpoint starts: it waits for that of its route. */
  @Override
  public void addService(Object service) throws Exception {
    if (preparing.get() == null || !(service instanceof QuartzEndpoint)) {
      super.addService(service);
    }
  }

  @Override
  public RouteController getRouteController() {
    RouteController controller = super.getRouteController();
    return preparing.get() == null ? controller : UntouchedRoutes.of(controller);
  }

  @Override
  public boolean removeRoute(String routeId) throws Exception {
    return preparing.get() == null && super.removeRoute(routeId);
  }

  Model model() {
    return getCamelContextExtension().getContextPlugin(Model.class);
  }

  /** Null if there is none. */
  RouteService routeService(String id) {
    return getRouteServices().get(id);
  }

  List<RouteService> routeServices() {
    synchronized (listed) {
      return List.copyOf(getRouteServices().values());
    }
  }

  /** Takes a route out of all lists. It is not stopped. */
  void detach(OldRoute old) {
    Route route = old.route();
    List<RouteStartupOrder> orders = getCamelContextExtension().getRouteStartupOrder();
    List<RouteStartupOrder> order =
        orders.stream().filter(candidate -> candidate.getRoute() == route).toList();
    orders.removeAll(order);
    synchronized (listed) {
      getRouteServices().remove(route.getRouteId(), old.service());
    }
    getCamelContextExtension().removeRoute(route);
    for (LifecycleStrategy strategy : getLifecycleStrategies()) {
      Services.of(route).forEach(part -> strategy.onServiceRemove(this, part, route, true));
      strategy.onRoutesRemove(List.of(route));
    }
    old.detached(order);
  }

  /** Puts a route back, if it was taken out; it was never stopped. */
  void attach(OldRoute old) {
    if (old.order() == null) {
      return;
    }
    Route route = old.route();
    synchronized (listed) {
      getRouteServices().put(route.getRouteId(), old.service());
    }
    getCamelContextExtension().addRoute(route);
    getCamelContextExtension().getRouteStartupOrder().addAll(old.order());
    for (LifecycleStrategy strategy : getLifecycleStrategies()) {
      strategy.onRoutesAdd(List.of(route));
      Services.of(route).forEach(part -> strategy.onServiceAdd(this, part, route));
    }
  }

  /** The endpoints that some route of the lists uses. */
  Set<Endpoint> endpointsInUse() {
    return Services.endpoints(routeServices());
  }

  /** Out of the registry, but not stopped: somebody may be using it. */
  void forget(Endpoint endpoint) {
    List.copyOf(getEndpointRegistry().entrySet()).stream()
        .filter(known -> known.getValue() == endpoint)
        .forEach(known -> getEndpointRegistry().remove(known.getKey()));
  }

  /** Into the registry again. */
  void remember(Map.Entry<NormalizedEndpointUri, Endpoint> endpoint) {
    getEndpointRegistry().put(endpoint.getKey(), endpoint.getValue());
  }

  /** Stops an endpoint that nobody uses any more. */
  void discard(Endpoint endpoint) {
    if (endpoint instanceof StatefulService service && !service.isStarted()) {
      forget(endpoint); // a job of its name, which a stop would end, is another's
      return;
    }
    removeEndpoint(endpoint); // does nothing unless it is in the registry
    ServiceHelper.stopAndShutdownService(endpoint);
  }

  /** To be started by a hand only, whatever its file says. */
  void startStopped(RouteService service) throws Exception {
    boolean autoStartup = service.getRoute().isAutoStartup();
    service.getRoute().setAutoStartup(false);
    startRouteService(service, true);
    service.getRoute().setAutoStartup(autoStartup);
  }

  /** To be resumed. A source may look once before it is suspended. */
  void startSuspended(RouteService service) throws Exception {
    startRouteService(service, false);
    ServiceHelper.suspendService(service.getRoute().getConsumer());
    suspendRouteService(service);
    ServiceHelper.suspendService(service.getRoute());
  }

  /** These are to be ended when nothing is in them any more. */
  void leave(List<OldRoute> routes) {
    leaving.add(routes);
  }

  /** Routes that were replaced or removed, and are not ended yet. */
  List<OldRoute> leaving() {
    return leaving.all();
  }

  /** Ends routes that were replaced or removed, if they are done with. To be called repeatedly. */
  void lookAtLeaving() {
    leaving.look();
  }

  @Override
  protected void doStop() throws Exception {
    super.doStop(); // has given exchanges their time
    leaving.endAll();
  }
}
