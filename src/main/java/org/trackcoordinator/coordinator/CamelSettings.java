package org.trackcoordinator.coordinator;

import java.time.Duration;
import org.apache.camel.main.Main;
import org.trackcoordinator.graph.WorkflowGraph;

/** What Camel and the placeholders of the routes are set to, unless a user sets it otherwise. */
final class CamelSettings {

  private static final String QUARTZ = "camel.component.quartz.";

  private final Main main;

  private CamelSettings(Main main) {
    this.main = main;
  }

  /**
   * @param instance its name
   * @param managed whether contexts, routes and jobs are shown by JMX
   */
  static void set(Main main, String instance, Pace pace, boolean managed) {
    CamelSettings settings = new CamelSettings(main);
    settings.placeholders(instance, pace);
    settings.camel(managed);
    settings.quartz(instance);
  }

  private void placeholders(String instance, Pace pace) {
    set("api.picture-policy", WorkflowGraph.SVG_POLICY);
    set("tracks.instance", instance);
    set("tracks.poll.interval", millis(pace.polls()));
    set("tracks.maintenance.interval", millis(pace.maintenance()));
    set("tracks.heartbeat.interval", millis(pace.heartbeats()));
  }

  private void camel(boolean managed) {
    set("camel.main.name", "track-coordinator");
    // leases and edits rest on it; a setting of camel-main, which else switches it off
    set("camel.main.inflightRepositoryBrowseEnabled", "true");
    set("camel.main.jmxEnabled", Boolean.toString(managed));
    if (managed) {
      set("camel.main.jmxManagementMBeansLevel", "RoutesOnly");
      set("camel.main.jmxManagementStatisticsLevel", "RoutesOnly");
    }
    // to these a suspended route is down, and with it the instance; see RoutesHealth
    set("camel.health.routesEnabled", "false");
    set("camel.health.consumersEnabled", "false");
  }

  private void quartz(String instance) {
    // Quartz shares schedulers of one name in a process, and one would run the jobs of both
    set(QUARTZ + "properties[org.quartz.scheduler.instanceName]", instance);
    set(QUARTZ + "properties[org.quartz.threadPool.threadCount]", "10");
    // when routes have had their time, jobs that wait for a database must not hold the stop up
    set(QUARTZ + "interruptJobsOnShutdown", "true");
  }

  private void set(String key, String value) {
    main.addInitialProperty(key, value);
  }

  private static String millis(Duration time) {
    return Long.toString(time.toMillis());
  }
}
