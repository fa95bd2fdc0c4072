package org.trackcoordinator.management;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.function.Function;
import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.coordinator.HealthReport;
import org.trackcoordinator.doors.Caller;

/**
 * Health as JSON, {@code {"status": "UP", "checks": [{"name", "status", "message", …details}]}},
 * with the status 503 if a check is down. Who has no token sees the status only.
 */
final class HealthPage implements Page {

  private static final String JSON = "application/json";

  private final CamelContext context;
  private final Function<CamelContext, Collection<HealthCheck.Result>> checks;

  private HealthPage(
      CamelContext context, Function<CamelContext, Collection<HealthCheck.Result>> checks) {
    this.context = context;
    this.checks = checks;
  }

  /** All checks. */
  static HealthPage all(CamelContext context) {
    return new HealthPage(context, camel -> HealthCheckHelper.invoke(camel, "full"));
  }

  /** Whether a restart would help. */
  static HealthPage live(CamelContext context) {
    return new HealthPage(context, camel -> HealthCheckHelper.invokeLiveness(camel, "full"));
  }

  /** Whether it can do its work now. */
  static HealthPage ready(CamelContext context) {
    return new HealthPage(context, camel -> HealthCheckHelper.invokeReadiness(camel, "full"));
  }

  @Override
  public Answer answer(Caller caller) {
    ObjectNode report = HealthReport.of(checks.apply(context));
    int status = HealthReport.isDown(report) ? 503 : 200;
    if (!caller.mayDo(Role.READER)) {
      report.retain("status");
    }
    return new Answer(status, JSON, report.toString());
  }
}
