package org.trackcoordinator.reload;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.camel.BatchConsumer;
import org.apache.camel.Consumer;
import org.apache.camel.Route;
import org.apache.camel.Service;
import org.apache.camel.ShutdownRunningTask;
import org.apache.camel.StatefulService;
import org.apache.camel.Suspendable;
import org.apache.camel.component.kamelet.KameletEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumerAware;
import org.apache.camel.component.quartz.QuartzEndpoint;
import org.apache.camel.impl.engine.RouteService;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.processor.Resequencer;
import org.apache.camel.processor.StreamResequencer;
import org.apache.camel.spi.RouteStartupOrder;
import org.apache.camel.spi.ShutdownAware;
import org.apache.camel.support.service.ServiceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A route that gives way to another, or to none: from then on the context does not know it, while
 * exchanges may still be in it.
 *
 * <p>Of one thread.
 */
final class OldRoute {

  private static final Logger LOG = LoggerFactory.getLogger(OldRoute.class);

  /** Edits may follow one another at once, and so may looks. */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final RouteService service;
  private final Consumer consumer;
  private final boolean servesRoutes;
  private final Set<Service> parts;
  private final HeldGroups groups;
  private List<RouteStartupOrder> order; // null while the context knows it
  private boolean closed;
  private Long quietSince; // by System.nanoTime

  /**
   * @param definition what it was made of; null if that is not known
   */
  OldRoute(RouteService service, RouteDefinition definition) {
    this.service = service;
    consumer = route().getConsumer();
    servesRoutes =
        !isBatchConsumer()
            && consumer instanceof ShutdownAware aware
            && aware.deferShutdown(ShutdownRunningTask.CompleteCurrentTaskOnly);
    parts = Services.of(route());
    groups = new HeldGroups(route(), definition);
  }

  RouteService service() {
    return service;
  }

  /** Its place among the started routes, empty if it never was; null while it has it. */
  List<RouteStartupOrder> order() {
    return order;
  }

  void detached(List<RouteStartupOrder> from) {
    order = from;
  }

  Route route() {
    return service.getRoute();
  }

  String id() {
    return route().getRouteId();
  }

  HeldGroups groups() {
    return groups;
  }

  String input() {
    return route().getEndpoint().getEndpointUri();
  }

  /**
   * Whether other routes of this program send to it, by {@code direct}, {@code seda} or as a
   * kamelet: it is needed as long as exchanges are in those, and Camel stops it last for that.
   */
  boolean servesRoutes() {
    return servesRoutes;
  }

  /** Whether no other has taken that over from it. */
  boolean isStillServing() {
    return servesRoutes && !closed;
  }

  boolean isOpen() {
    return consumer instanceof StatefulService stateful && stateful.isStarted();
  }

  /**
   * Whether requests from outside come to it. Its successor has them as soon as it is there: none
   * is to find nobody.
   */
  boolean servesRequests() {
    return server() != null;
  }

  /** What takes requests for it; null if nothing does. */
  private PlatformHttpConsumer server() {
    return consumer instanceof PlatformHttpConsumerAware http
        ? http.getPlatformHttpConsumer()
        : null;
  }

  /** Whether it polls, and hands what it finds on one by one. */
  boolean isBatchConsumer() {
    return consumer instanceof BatchConsumer;
  }

  /** Whether its consumer polls a batch, or is at one of the exchanges of a batch. */
  boolean isInBatch() {
    return isBatchConsumer() && pending(consumer) > 0;
  }

  /**
   * Nothing more comes in from now on; what came in goes on.
   *
   * @param successors the routes that take its place
   */
  void close(Collection<RouteService> successors) {
    closed = true;
    if (server() != null) {
      ServiceHelper.stopService(server()); // those that it has let in go on
      return;
    }
    boolean sharesEndpoint =
        successors.stream()
            .anyMatch(other -> other.getRoute().getEndpoint() == route().getEndpoint());
    if (isBatchConsumer() && consumer instanceof ShutdownAware batch) {
      // what it has in hand and not begun is left for the next poll, which is the successor's
      batch.deferShutdown(ShutdownRunningTask.CompleteCurrentTaskOnly);
    }
    // what is the endpoint's, such as a job, would be taken from the successor by a later stop
    boolean isOfEndpoint = sharesEndpoint && !(consumer instanceof ShutdownAware);
    if (consumer instanceof Suspendable && !isOfEndpoint) {
      // first, as Camel does: stopping would interrupt what some consumers do at this moment
      ServiceHelper.suspendService(consumer);
    } else {
      ServiceHelper.stopService(consumer);
    }
    if (hasJob() && !sharesEndpoint) {
      ServiceHelper.stopService(route().getEndpoint()); // a successor's job may have its name
    }
  }

  private boolean hasJob() {
    return route().getEndpoint() instanceof QuartzEndpoint;
  }

  /** Takes what comes in again. */
  void open() {
    closed = false;
    if (server() != null) {
      ServiceHelper.startService(server());
      return;
    }
    if (isBatchConsumer() && consumer instanceof ShutdownAware batch) {
      batch.prepareShutdown(true, false); // it forgets that it was to come to its end
    }
    if (hasJob()) {
      ServiceHelper.startService(route().getEndpoint());
    }
    if (consumer instanceof StatefulService stateful && stateful.isSuspended()) {
      ServiceHelper.resumeService(consumer);
    } else {
      ServiceHelper.startService(consumer);
    }
  }

  /** Looks whether anything is in it. */
  void look() {
    if (isBusy()) {
      quietSince = null;
    } else {
      groups.force();
      quietSince = quietSince == null ? Long.valueOf(System.nanoTime()) : quietSince;
    }
  }

  /** Nothing was in it at the last looks; what was about to enter it at the first has. */
  boolean isQuiet() {
    return quietSince != null && System.nanoTime() - quietSince >= QUIET_NANOS;
  }

  private boolean isBusy() {
    return !Occupancy.isEmpty(route())
        || groups.areToCome()
        || pending(server()) > 0
        || parts.stream().filter(this::isAsked).anyMatch(part -> pending(part) > 0);
  }

  private boolean isAsked(Service part) {
    if (part != consumer || !servesRoutes) {
      return true;
    }
    // what waits for one that is closed waits for its successor; a kamelet counts by the id, which
    // its successor has, too
    return isStillServing() && !(route().getEndpoint() instanceof KameletEndpoint);
  }

  private static int pending(Object part) {
    return part instanceof ShutdownAware aware ? aware.getPendingExchangesSize() : 0;
  }

  /** Ends it, whatever is in it; its endpoints are left as they are. */
  void end() {
    if (groups.toBeLost() > 0) {
      LOG.warn(
          "The route {} that was replaced or removed held back {} groups in an aggregate; they are lost",
          id(),
          groups.toBeLost());
    }
    if (parts.stream()
        .anyMatch(part -> part instanceof Resequencer || part instanceof StreamResequencer)) {
      LOG.warn(
          "What the resequence of the route {} that was replaced or removed still held back is lost",
          id());
    }
    Services.end(service);
  }
}
