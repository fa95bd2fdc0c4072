package org.trackcoordinator.coordinator;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.apache.camel.Route;
import org.apache.camel.support.LifecycleStrategySupport;

/**
 * The bean {@code expectedRoutes}: which routes there should be. All that came and start by
 * themselves, until somebody who means it says that they are gone; routes of kamelets come and go
 * with those that use them.
 */
public final class ExpectedRoutes extends LifecycleStrategySupport {

  private final Set<String> ids = new ConcurrentSkipListSet<>();

  ExpectedRoutes() {}

  @Override
  public void onRoutesAdd(Collection<Route> routes) {
    for (Route route : routes) {
      if (!route.isCreatedByKamelet() && route.isAutoStartup()) {
        ids.add(route.getRouteId());
      }
    }
  }

  /** Routes were taken away on purpose, such as with their file, or are to be started by hand. */
  public void forget(Collection<String> routeIds) {
    ids.removeAll(routeIds);
  }

  /** In order. */
  Set<String> ids() {
    return ids;
  }
}
