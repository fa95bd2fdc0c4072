package org.trackcoordinator.coordinator;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeCompletedEvent;
import org.apache.camel.support.EventNotifierSupport;

/** Tells when a route of a running coordinator has come to its end. */
final class RouteEnds {

  private RouteEnds() {}

  /** Runs the task after each exchange that began at this route and went well. */
  static void after(Coordinator coordinator, String route, Runnable task) {
    var notifier =
        new EventNotifierSupport() {
          @Override
          public void notify(CamelEvent event) {
            if (event instanceof ExchangeCompletedEvent completed
                && route.equals(completed.getExchange().getFromRouteId())) {
              task.run();
            }
          }
        };
    notifier.start();
    coordinator.camel().getManagementStrategy().addEventNotifier(notifier);
  }

  /** How often that was from now on. */
  static LongSupplier count(Coordinator coordinator, String route) {
    AtomicLong times = new AtomicLong();
    after(coordinator, route, times::incrementAndGet);
    return times::get;
  }
}
