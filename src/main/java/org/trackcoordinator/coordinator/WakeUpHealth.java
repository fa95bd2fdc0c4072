package org.trackcoordinator.coordinator;

import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * The check {@code wake-up}: whether this instance is told of what others do ({@code push}) or has
 * to poll, and why. It is up either way: polling is slower by up to a second, and nothing is lost.
 */
final class WakeUpHealth extends AbstractHealthCheck {

  static final String ID = "wake-up";

  private final WakeUpMode mode;

  WakeUpHealth(WakeUpMode mode) {
    super("track-coordinator", ID);
    this.mode = mode;
  }

  @Override
  public boolean isLiveness() {
    return false;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    String why = mode.reason();
    builder.up().detail("mode", why == null ? "push" : "polling");
    if (why == null) {
      builder.message(WakeUpMode.PUSH);
    } else {
      builder.message(WakeUpMode.POLLING + ": " + why).detail("reason", why);
    }
  }
}
