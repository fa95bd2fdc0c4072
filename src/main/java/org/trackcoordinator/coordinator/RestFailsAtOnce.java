package org.trackcoordinator.coordinator;

import org.apache.camel.model.ModelLifecycleStrategySupport;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.errorhandler.NoErrorHandlerDefinition;

/**
 * A {@code rest} entry can't name a routeConfiguration, as routes do. This is what {@code
 * answer-requests} is for those: an error is told to the caller, neither logged nor tried again.
 */
final class RestFailsAtOnce extends ModelLifecycleStrategySupport {

  @Override
  public void onAddRouteDefinition(RouteDefinition route) {
    if (Boolean.TRUE.equals(route.isRest())) {
      route.setErrorHandlerFactory(new NoErrorHandlerDefinition());
    }
  }
}
