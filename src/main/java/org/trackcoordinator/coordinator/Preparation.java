package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.Service;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.support.service.ServiceHelper;
import org.trackcoordinator.observe.RouteExchanges;

/** Prepares Camel's context for the routes, before any is loaded; checks settings once they are. */
final class Preparation extends MainListenerSupport {

  private final Surroundings around;
  private final Parts parts;
  private final List<AbstractHealthCheck> checks;
  private final RoutesFolder routes;
  private final Duration shutdownTimeout;

  /**
   * @param checks of the instance's health
   * @param shutdownTimeout how long work in progress may take when the instance stops
   */
  Preparation(
      Surroundings around,
      Parts parts,
      List<AbstractHealthCheck> checks,
      RoutesFolder routes,
      Duration shutdownTimeout) {
    this.around = around;
    this.parts = parts;
    this.checks = checks;
    this.routes = routes;
    this.shutdownTimeout = shutdownTimeout;
  }

  @Override
  public void beforeConfigure(BaseMainSupport main) {
    CamelContext context = main.getCamelContext();
    context.setApplicationContextClassLoader(
        routes.classLoader(Coordinator.class.getClassLoader()));
    parts.lifecycles(shutdownTimeout).forEach(context::addLifecycleStrategy);
    context.getCamelContextExtension().addInterceptStrategy(new StopLostAttempts());
    context.addRoutePolicyFactory(new RouteExchanges(around.metrics()));
    ((ModelCamelContext) context).addModelLifecycleStrategy(new RestFailsAtOnce());
    for (AbstractHealthCheck check : checks) {
      check.setCamelContext(context);
      HealthCheckRegistry.get(context).register(check);
    }
    try {
      for (Service service : parts.services(context)) {
        context.addService(service, true, false);
      }
    } catch (Exception e) {
      throw new IllegalStateException("the services of the coordinator can't be added", e);
    }
  }

  @Override
  public void afterConfigure(BaseMainSupport main) {
    MaintenanceSettings.check(key -> around.property("?" + key));
    // not before it is started does it remember the beans' methods: each mention in a route
    // would look for them again, which was a quarter of a start
    ServiceHelper.startService(main.getCamelContext().getComponent("bean"));
  }
}
