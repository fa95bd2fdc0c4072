package org.trackcoordinator.management;

import java.util.List;
import org.trackcoordinator.coordinator.BackpressureMXBean.Depth;
import org.trackcoordinator.jmx.Description;

/** Queues by JMX. */
@Description("What waits for the coordinator and for workers, at the moment of asking.")
public interface QueuesMXBean {

  @Description(
      "One entry for the events, one for each handler that has work: how much waits and for how"
          + " long; milliseconds.")
  List<Depth> getDepths();

  @Description("All that waits in any queue.")
  long getDepth();
}
