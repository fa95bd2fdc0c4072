package org.trackcoordinator.coordinator;

import java.util.List;
import org.trackcoordinator.jmx.Description;

/** {@link Backpressure} by JMX. */
@Description(
    "Depth and age of the queues as this instance saw them last, and what it does about them: it"
        + " suspends its sources while the queues are too full.")
public interface BackpressureMXBean {

  @Description("One entry for the events, one for each handler that has work.")
  List<Depth> getQueues();

  @Description("The greatest depth of any queue.")
  long getDepth();

  @Description("The greatest age of any queue, in milliseconds.")
  long getOldestMillis();

  @Description(
      "When the queues were looked at last, by this process's clock, in milliseconds since 1970.")
  long getLookedAtMillis();

  @Description("How often the queues were looked at.")
  long getLooks();

  @Description("Whether a high mark was reached and the low marks not yet.")
  boolean isOverloaded();

  @Description("The routes that are suspended because of it; none that a hand suspended.")
  List<String> getSuspendedRoutes();

  @Description("How often a route was suspended.")
  long getTimesSuspended();

  @Description("How often a route was resumed.")
  long getTimesResumed();

  @Description("Suspends a route by hand: only a hand resumes it.")
  void suspendRoute(@Description("The id of the route.") String routeId) throws Exception;

  @Description(
      "Resumes a route by hand: it is left running until the queues are below the low marks.")
  void resumeRoute(@Description("The id of the route.") String routeId) throws Exception;

  /** How much waits in one queue. */
  final class Depth {
    private final QueueDepth queue;

    public Depth(QueueDepth queue) {
      this.queue = queue;
    }

    public String getQueue() {
      return queue.queue();
    }

    public String getHandler() {
      return queue.handler();
    }

    public long getDepth() {
      return queue.depth();
    }

    public long getReady() {
      return queue.ready();
    }

    public long getInProgress() {
      return queue.inProgress();
    }

    public long getHeld() {
      return queue.held();
    }

    public long getOldestMillis() {
      return queue.oldest().toMillis();
    }
  }
}
