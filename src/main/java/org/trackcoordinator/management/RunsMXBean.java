package org.trackcoordinator.management;

import java.util.SortedMap;
import org.trackcoordinator.jmx.Description;

/** Runs by JMX. */
@Description("The runs of all instances, as the database has them at the moment of asking.")
public interface RunsMXBean {

  @Description(
      "How many runs are running, and how many that are not cleaned up yet completed, failed, were"
          + " cancelled or timed out.")
  SortedMap<String, Long> getByState();

  @Description("How many runs are running.")
  long getRunning();

  @Description(
      "Why is a track of a run where it is, why did it not start, and what would change that?")
  String why(
      @Description("The run's correlation id.") String correlationId,
      @Description("The track; empty for all that stand in the run's way.") String trackId);
}
