package org.trackcoordinator.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.ServiceStatus;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * The readiness check {@code started-routes}: down while a route is missing that should be there,
 * see {@link ExpectedRoutes}, or is stopped: what looks so has failed to start as a rule. A
 * suspended route, by backpressure or by hand, is told and no more: somebody means it, and requests
 * are answered as before.
 */
final class RoutesHealth extends AbstractHealthCheck {

  static final String ID = "started-routes";

  private final ExpectedRoutes expected;

  RoutesHealth(ExpectedRoutes expected) {
    super("track-coordinator", ID);
    this.expected = expected;
  }

  @Override
  public boolean isLiveness() {
    return false;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    CamelContext context = getCamelContext();
    List<String> missing = new ArrayList<>();
    List<String> stopped = new ArrayList<>();
    List<String> suspended = new ArrayList<>();
    for (String id : expected.ids()) {
      Route route = context.getRoute(id);
      ServiceStatus status = route == null ? null : context.getRouteController().getRouteStatus(id);
      if (status == null) {
        missing.add(id);
      } else if (status.isSuspended() || status.isSuspending()) {
        suspended.add(id);
      } else if (!status.isStarted() && !status.isStarting()) {
        stopped.add(id);
      }
    }
    List<String> sentences = new ArrayList<>();
    tell(builder, sentences, "missing", missing);
    tell(builder, sentences, "stopped", stopped);
    tell(builder, sentences, "suspended", suspended);
    if (!sentences.isEmpty()) {
      builder.message(String.join("; ", sentences));
    }
    builder.state(missing.isEmpty() && stopped.isEmpty() ? State.UP : State.DOWN);
  }

  private static void tell(
      HealthCheckResultBuilder builder, List<String> sentences, String how, List<String> routes) {
    if (!routes.isEmpty()) {
      String names = String.join(", ", routes);
      builder.detail(how, names);
      sentences.add(how + ": " + names);
    }
  }
}
