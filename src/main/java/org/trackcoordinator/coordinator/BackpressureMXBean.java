package org.trackcoordinator.coordinator;

import java.util.List;

/**
 * Depth and age of the queues as this instance saw them last, and what it does about them: {@code
 * org.trackcoordinator:type=Backpressure,instance=…}.
 */
public interface BackpressureMXBean {

  /** One entry for the events, one for each handler that has work. */
  List<Depth> getQueues();

  /** The greatest depth of any queue. */
  long getDepth();

  /** The greatest age of any queue, in milliseconds. */
  long getOldestMillis();

  /** When the queues were looked at last, by this process's clock, in milliseconds since 1970. */
  long getLookedAtMillis();

  /** How often the queues were looked at. */
  long getLooks();

  /** Whether a high mark was reached and the low marks not yet. */
  boolean isOverloaded();

  /** The routes that are suspended because of it; none that a hand suspended. */
  List<String> getSuspendedRoutes();

  /** How often a route was suspended. */
  long getTimesSuspended();

  /** How often a route was resumed. */
  long getTimesResumed();

  /** Suspends a route by hand: only a hand resumes it. */
  void suspendRoute(String routeId) throws Exception;

  /** Resumes a route by hand: it is left running until the queues are below the low marks. */
  void resumeRoute(String routeId) throws Exception;

  /** How much waits in one queue. */
  final class Depth {
    private final QueueDepth queue;

    Depth(QueueDepth queue) {
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
