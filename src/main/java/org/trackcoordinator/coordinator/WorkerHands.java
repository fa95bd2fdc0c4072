package org.trackcoordinator.coordinator;

import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.support.LifecycleStrategySupport;

/**
 * Lets workers rest as soon as a hand suspends or stops the route that takes their work, and go on
 * as soon as it runs again. Without this Camel would wait in vain for the route to be done: its
 * worker would feed it until the time for suspending is over.
 */
final class WorkerHands extends LifecycleStrategySupport implements RouteHands.Watcher {

  private final TrackWorkComponent work;

  WorkerHands(TrackWorkComponent work) {
    this.work = work;
  }

  @Override
  public void onContextStarting(CamelContext context) {
    context.setRouteController(RouteHands.before(context.getRouteController(), this));
  }

  @Override
  public Object byHand(RouteHands.Command command, String route, String group, RouteHands.Call call)
      throws Throwable {
    boolean rest = command == RouteHands.Command.SUSPEND;
    List<TrackWorkConsumer> touched = rest ? work.workers().takenBy(route, group) : List.of();
    touched.forEach(TrackWorkConsumer::rest);
    try {
      return call.run();
    } finally {
      touched.forEach(TrackWorkConsumer::restNoMore);
      work.workers().takenBy(route, group).forEach(TrackWorkConsumer::wake);
    }
  }
}
