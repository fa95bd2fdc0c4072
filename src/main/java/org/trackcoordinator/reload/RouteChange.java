package org.trackcoordinator.reload;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.camel.Endpoint;
import org.apache.camel.FailedToStartRouteException;
import org.apache.camel.Route;
import org.apache.camel.component.kamelet.KameletEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumerAware;
import org.apache.camel.impl.engine.RouteService;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.RouteTemplateDefinition;
import org.apache.camel.model.rest.RestDefinition;
import org.apache.camel.model.rest.VerbDefinition;
import org.apache.camel.spi.NormalizedEndpointUri;
import org.apache.camel.support.service.ServiceHelper;

/**
 * Some routes of a context give way to others: all of them or none. {@link #prepare} builds the new
 * ones without touching what runs, {@link #commit} puts them in its place, at a moment.
 *
 * <p>Of one thread.
 */
final class RouteChange {

  /** How long a batch is waited for: nobody else's edits are live meanwhile. */
  private static final long BATCH_MILLIS = 2_000;

  private static final long LOOK_MILLIS = 10;

  private final EditableCamelContext context;
  private final Set<String> gone;
  private final List<RouteService> built = new ArrayList<>();
  private final List<Endpoint> created = new ArrayList<>();
  private final List<Map.Entry<NormalizedEndpointUri, Endpoint>> stale = new ArrayList<>();
  private final List<RouteDefinition> routesBefore;
  private final List<RouteConfigurationDefinition> configurationsBefore;
  private final List<RouteTemplateDefinition> templatesBefore;
  private final Map<String, Object> beansBefore = new TreeMap<>(); // null if there was none
  private final List<RestDefinition> restsBefore;
  private final Map<RestDefinition, List<VerbDefinition>> operationsBefore;

  /**
   * @param gone the ids of the routes that are replaced or removed
   * @param beans the names of the beans that are made, replaced or removed
   */
  RouteChange(EditableCamelContext context, Set<String> gone, Set<String> beans) {
    this.context = context;
    this.gone = Set.copyOf(gone);
    beans.forEach(name -> beansBefore.put(name, context.getRegistry().lookupByName(name)));
    Model model = context.model();
    routesBefore = List.copyOf(model.getRouteDefinitions());
    configurationsBefore = List.copyOf(model.getRouteConfigurationDefinitions());
    templatesBefore = List.copyOf(model.getRouteTemplateDefinitions());
    restsBefore = List.copyOf(model.getRestDefinitions());
    operationsBefore =
        restsBefore.stream()
            .collect(Collectors.toMap(rest -> rest, rest -> List.copyOf(rest.getVerbs())));
  }

  /** An endpoint that building made. */
  void created(Endpoint endpoint) {
    created.add(endpoint);
  }

  /** A route that building made. */
  void built(RouteService route) {
    built.add(route);
  }

  boolean hasBuilt(RouteDefinition definition) {
    return built.stream().anyMatch(route -> route.getId().equals(definition.getRouteId()));
  }

  /**
   * Builds the new routes, and whatever their steps and inputs need. Nothing runs, and nothing that
   * ran is touched, whether it can be done or not.
   *
   * @param isStale which endpoints are to be made anew, since what they were made from changed
   * @param work adds route configurations, kamelets and routes to the context
   * @throws Exception what is wrong with the new routes; everything is as it was before
   */
  void prepare(Predicate<Endpoint> isStale, EditableCamelContext.Preparation work)
      throws Exception {
    try {
      forget(isStale);
      context
          .model()
          .getRouteDefinitions()
          .removeIf(definition -> gone.contains(definition.getRouteId()));
      restsBefore.forEach(rest -> rest.getVerbs().removeIf(verb -> gone.contains(verb.getId())));
      context.model().getRestDefinitions().removeIf(rest -> rest.getVerbs().isEmpty());
      context.whilePreparing(
          this,
          () -> {
            work.run();
            for (int i = 0; i < built.size(); i++) { // setting one up may build more
              setUp(built.get(i));
            }
          });
    } catch (Throwable e) {
      undo();
      throw e;
    }
  }

  /** What takes requests looks into its own entry then, which may be faulty. */
  private static void setUp(RouteService service) throws Exception {
    service.setUp();
    Route route = service.getRoute();
    if (route.getConsumer() instanceof PlatformHttpConsumerAware) {
      try {
        ServiceHelper.initService(route.getConsumer());
      } catch (Exception e) {
        throw new FailedToStartRouteException(route.getRouteId(), route.getDescription(), e);
      }
    }
  }

  /** Whoever names such an endpoint gets another from now on. */
  private void forget(Predicate<Endpoint> which) {
    List.copyOf(context.getEndpointRegistry().entrySet()).stream()
        .filter(entry -> which.test(entry.getValue()))
        .forEach(
            entry -> {
              stale.add(Map.entry(entry.getKey(), entry.getValue()));
              context.forget(entry.getValue());
            });
  }

  /** Takes back what was prepared. */
  void undo() {
    built.forEach(Services::end);
    created.forEach(context::discard);
    stale.forEach(context::remember);
    restore();
  }

  private void restore() {
    Model model = context.model();
    reset(model.getRouteDefinitions(), routesBefore);
    reset(model.getRouteConfigurationDefinitions(), configurationsBefore);
    reset(model.getRouteTemplateDefinitions(), templatesBefore);
    reset(model.getRestDefinitions(), restsBefore);
    operationsBefore.forEach((rest, operations) -> reset(rest.getVerbs(), operations));
    beansBefore.forEach(
        (name, bean) -> {
          context.getRegistry().unbind(name);
          if (bean != null) {
            context.getRegistry().bind(name, bean);
          }
        });
  }

  private static <T> void reset(List<T> list, List<T> before) {
    list.clear();
    list.addAll(before);
  }

  /**
   * Lets the new routes take over. One that has a predecessor rests if that did: started, suspended
   * or stopped, whoever did it.
   *
   * @throws Exception why it can't be done; the old ones go on. With {@link NotYetException} as the
   *     cause: why it can't be done now
   */
  void commit() throws Exception {
    Set<String> inputs = built.stream().map(RouteChange::input).collect(Collectors.toSet());
    Set<String> ids = new LinkedHashSet<>(gone);
    built.forEach(route -> ids.add(route.getId()));
    List<OldRoute> old = leaving(ids).stream().map(this::old).toList();
    List<OldRoute> closed = new ArrayList<>();
    // no exchange is to come into one that is suspended, nor into its kamelets
    built.sort(Comparator.comparing(service -> !hasSuspendedPredecessor(service)));
    int started = 0;
    try {
      refuseToLoseGroups(old);
      close(old, OldRoute::isBatchConsumer, closed);
      awaitBatches(closed);
      close(
          old,
          route ->
              !route.servesRequests() && (!route.servesRoutes() || inputs.contains(route.input())),
          closed);
      // one that was removed before is brought back while what it served is not done with
      close(
          context.leaving(),
          route -> route.isStillServing() && inputs.contains(route.input()),
          closed);
      old.forEach(context::detach);
      Set<String> detached = old.stream().map(OldRoute::id).collect(Collectors.toSet());
      forget( // their worker, say, takes nothing any more
          endpoint ->
              endpoint instanceof KameletEndpoint kamelet
                  && detached.contains(kamelet.getRouteId()));
      for (RouteService service : built) {
        started++;
        start(service, old);
      }
      close(old, OldRoute::servesRequests, closed);
    } catch (Throwable e) {
      takeBack(started, old, closed);
      throw e;
    }
    context.leave(old);
  }

  private boolean hasSuspendedPredecessor(RouteService service) {
    RouteService predecessor = context.routeService(service.getId());
    return predecessor != null && predecessor.isSuspended();
  }

  private OldRoute old(RouteService service) {
    return new OldRoute(
        service,
        routesBefore.stream()
            .filter(definition -> service.getId().equals(definition.getRouteId()))
            .findFirst()
            .orElse(null));
  }

  /** In the order of the list, kamelets first: what they began is still taken. */
  private void close(List<OldRoute> routes, Predicate<OldRoute> which, List<OldRoute> closed) {
    for (OldRoute route : routes) {
      if (route.isOpen() && which.test(route)) {
        closed.add(route);
        route.close(built);
      }
    }
  }

  private static void refuseToLoseGroups(List<OldRoute> routes) throws Exception {
    for (OldRoute route : routes) {
      int groups = route.groups().toBeLost();
      if (groups > 0) {
        throw notYet(
            route,
            "%d groups in an aggregate of the route that runs are not complete, and would be lost; it is tried again until they are. With completionTimeout, completionInterval or forceCompletionOnStop none would be"
                .formatted(groups));
      }
    }
  }

  /** What a consumer has in hand would be taken by its successor, too. */
  private static void awaitBatches(List<OldRoute> routes) throws Exception {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BATCH_MILLIS);
    int idleLooks = routes.isEmpty() ? 2 : 0;
    while (idleLooks < 2) { // a poll may be about to begin at the first
      Thread.sleep(LOOK_MILLIS);
      idleLooks++;
      for (OldRoute route : routes) {
        if (route.isInBatch()) {
          idleLooks = 0;
          if (System.nanoTime() > end) {
            throw notYet(
                route,
                "the route that runs is at work on a part of a batch, which the new one would take, too; it is tried again until that is done");
          }
        }
      }
    }
  }

  private static Exception notYet(OldRoute route, String why) {
    return new FailedToStartRouteException(
        route.id(), route.route().getDescription(), new NotYetException(why));
  }

  private void start(RouteService service, List<OldRoute> old) throws Exception {
    RouteService predecessor =
        old.stream()
            .map(OldRoute::service)
            .filter(candidate -> candidate.getId().equals(service.getId()))
            .filter(candidate -> candidate.isAutoStartup() == service.isAutoStartup())
            .findFirst()
            .orElse(null);
    if (predecessor == null) {
      context.startRouteService(service, true); // unless the file says that it isn't to start
    } else if (predecessor.isStarted()) {
      context.startRouteService(service, false);
    } else if (predecessor.isSuspended() && service.getRoute().supportsSuspension()) {
      context.startSuspended(service);
    } else {
      context.startStopped(service);
    }
  }

  /** The routes of kamelets that no other route uses, then these. */
  private List<RouteService> leaving(Set<String> ids) {
    List<RouteService> leaving = new ArrayList<>();
    for (String id : ids) {
      RouteService service = context.routeService(id);
      if (service != null) {
        leaving.add(service);
      }
    }
    List<RouteService> staying = new ArrayList<>(context.routeServices());
    staying.removeAll(leaving);
    int known = 0;
    while (known < leaving.size()) {
      known = leaving.size();
      Set<String> unused = kamelets(leaving);
      unused.removeAll(kamelets(staying));
      unused.removeAll(kamelets(built));
      for (RouteService service : List.copyOf(staying)) {
        if (service.getRoute().isCreatedByKamelet() && unused.contains(service.getId())) {
          staying.remove(service);
          leaving.add(0, service); // what it uses itself may be unused now
        }
      }
    }
    List<String> unused = leaving.stream().map(RouteService::getId).toList();
    context
        .model()
        .getRouteDefinitions()
        .removeIf(
            definition ->
                Boolean.TRUE.equals(definition.isKamelet())
                    && unused.contains(definition.getRouteId())
                    && built.stream()
                        .noneMatch(route -> route.getRoute().getRoute() == definition));
    return leaving;
  }

  /** The ids of the routes that are made of the kamelets which these use. */
  private static Set<String> kamelets(List<RouteService> services) {
    return Services.endpoints(services).stream()
        .filter(KameletEndpoint.class::isInstance)
        .map(KameletEndpoint.class::cast)
        .filter(endpoint -> !isInsideOfKamelet(endpoint))
        .map(KameletEndpoint::getRouteId)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static boolean isInsideOfKamelet(KameletEndpoint endpoint) {
    String uri = endpoint.getEndpointUri();
    return uri.startsWith("kamelet://source?") || uri.startsWith("kamelet://sink?");
  }

  private void takeBack(int started, List<OldRoute> old, List<OldRoute> closed) {
    List<OldRoute> failed = built.subList(0, started).stream().map(this::old).toList();
    failed.forEach(context::detach);
    failed.forEach(route -> route.close(old.stream().map(OldRoute::service).toList()));
    built.subList(started, built.size()).forEach(Services::end);
    restore();
    old.forEach(context::attach);
    closed.forEach(OldRoute::open);
    created.forEach(started == 0 ? context::discard : context::forget);
    stale.forEach(context::remember);
    // an exchange may have come into one that was started before another failed
    context.leave(failed);
  }

  private static String input(RouteService service) {
    return service.getRoute().getEndpoint().getEndpointUri();
  }
}
