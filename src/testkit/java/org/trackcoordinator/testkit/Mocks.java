package org.trackcoordinator.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.builder.RouteBuilder;
import org.trackcoordinator.coordinator.TrackWorkEndpoint;

/**
 * The mocks of a test, each behind a worker of its own. While one stands in for a handler, the
 * project's routes for that handler are stopped, until what the test left to do is gone. Workers
 * are kept from test to test, and stopped where there is no mock.
 */
final class Mocks {

  private static final String SCHEME = "track-work://";

  private final CamelContext camel;
  private final Duration patience;
  private final Map<String, HandlerMock> mocks = new ConcurrentHashMap<>();
  private final Map<String, String> workers = new HashMap<>(); // their routes, by handler
  private final List<String> stopped = new ArrayList<>(); // routes of the project

  /**
   * @param patience how long to wait for what routes have in hand when they are stopped
   */
  Mocks(CamelContext camel, Duration patience) {
    this.camel = camel;
    this.patience = patience;
  }

  /** The mock of a handler, made when first asked for in a test. */
  HandlerMock of(String handler) {
    HandlerMock known = mocks.get(handler);
    if (known != null) {
      return known;
    }
    HandlerMock mock = new HandlerMock(handler);
    mocks.put(handler, mock);
    try {
      stopRoutesOf(handler);
      if (workers.containsKey(handler)) {
        camel.getRouteController().startRoute(workers.get(handler));
      } else {
        workers.put(handler, addWorker(handler));
      }
    } catch (Exception e) {
      throw new IllegalStateException("no mock can take the work of handler " + handler, e);
    }
    return mock;
  }

  /** Ends all mocks. The routes for which they stood in are not started before there is no work. */
  void end() throws Exception {
    for (String handler : mocks.keySet()) {
      stop(workers.get(handler));
    }
    mocks.clear();
  }

  /** Starts the routes again for which mocks stood in. */
  void startRoutes() throws Exception {
    for (String route : stopped) {
      camel.getRouteController().startRoute(route);
    }
    stopped.clear();
  }

  private void stopRoutesOf(String handler) throws Exception {
    for (Route route : camel.getRoutes()) {
      boolean works =
          route.getEndpoint() instanceof TrackWorkEndpoint work
              && work.getEndpointBaseUri().equals(SCHEME + handler);
      String id = route.getRouteId();
      if (works
          && !workers.containsValue(id)
          && camel.getRouteController().getRouteStatus(id).isStarted()) {
        stop(id);
        stopped.add(id);
      }
    }
  }

  private void stop(String route) throws Exception {
    camel.getRouteController().stopRoute(route, patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Returns the id of the route that claims. */
  private String addWorker(String handler) throws Exception {
    String id = "mock-" + (workers.size() + 1);
    camel.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            errorHandler(noErrorHandler());
            from("kamelet:track-source/" + id + "?handler=" + handler)
                .routeId(id + "-of-" + handler)
                .description("Stands in for the handler " + handler + " in tests.")
                .process(exchange -> mocks.get(handler).perform(exchange.getMessage()));
          }
        });
    return id;
  }
}
