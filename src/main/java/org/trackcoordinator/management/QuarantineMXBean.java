package org.trackcoordinator.management;

import org.trackcoordinator.jmx.Description;

/** Quarantine by JMX. */
@Description("Events that could not be coordinated, and wait for an operator.")
public interface QuarantineMXBean {

  @Description("How many events wait for an operator, at the moment of asking.")
  long getWaiting();

  @Description("When the first of them came there, as ISO 8601; empty if none waits.")
  String getOldest();
}
