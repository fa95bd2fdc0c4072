package org.trackcoordinator.coordinator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Handler;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;

/**
 * The bean {@code healthReport}: answers with what the readiness checks of this instance say, as
 * JSON text: {@code {"status": "UP", "checks": [{"name", "status", "message", …details}]}}; with
 * the HTTP status 503 if one is down.
 */
public final class HealthReport {

  private static final String OURS = "track-coordinator"; // the group of our checks

  private final Supplier<CamelContext> context;

  HealthReport(Supplier<CamelContext> context) {
    this.context = context;
  }

  /** Asks all checks; none of ours waits. */
  @Handler
  public void answer(Exchange exchange) {
    ObjectNode report = of(HealthCheckHelper.invokeReadiness(context.get(), "full"));
    if (isDown(report)) {
      exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, 503);
    }
    exchange.getMessage().setBody(report.toString());
  }

  /** What checks said: all of ours, and of others those that are down. */
  public static ObjectNode of(Collection<HealthCheck.Result> results) {
    ObjectNode report = JsonNodeFactory.instance.objectNode().put("status", "UP");
    var checks = report.putArray("checks");
    for (HealthCheck.Result result : results) {
      boolean isDown = result.getState() == HealthCheck.State.DOWN;
      if (!isDown && !OURS.equals(result.getCheck().getGroup())) {
        continue;
      }
      ObjectNode check =
          checks
              .addObject()
              .put("name", result.getCheck().getId())
              .put("status", result.getState().name())
              .put("message", result.getMessage().orElse(null));
      result.getDetails().forEach((key, value) -> detail(check, key, value));
      if (isDown) {
        report.put("status", "DOWN");
      }
    }
    return report;
  }

  /** Whether a check is down. */
  public static boolean isDown(ObjectNode report) {
    return "DOWN".equals(report.path("status").asText());
  }

  /** Only what a check says itself: Camel adds how it was asked, with stamps of time. */
  private static void detail(ObjectNode check, String key, Object value) {
    if (!key.contains(".") && value instanceof String text) {
      check.put(key, text);
    }
  }
}
