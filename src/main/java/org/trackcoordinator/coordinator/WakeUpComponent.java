package org.trackcoordinator.coordinator;

import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultComponent;

/**
 * {@code wake-up:CHANNEL}. As a source: one exchange whenever the channel is signalled, at the
 * latest every {@code interval}, and at once again while the exchange comes back with a body that
 * is not empty. As a sink: signals the channel when the running transaction has committed; a body
 * with {@code handlers}, a collection, wakes only those; {@code moved=false} says that this is only
 * a reminder.
 */
public final class WakeUpComponent extends DefaultComponent {

  private final WakeUps wakeUps;
  private final BooleanSupplier isAtRest;

  public WakeUpComponent(WakeUps wakeUps) {
    this(wakeUps, () -> false);
  }

  /**
   * @param isAtRest whether all that may happen will be told, so that sleepers need not look
   */
  WakeUpComponent(WakeUps wakeUps, BooleanSupplier isAtRest) {
    this.wakeUps = wakeUps;
    this.isAtRest = isAtRest;
  }

  @Override
  protected Endpoint createEndpoint(String uri, String channel, Map<String, Object> parameters)
      throws Exception {
    WakeUpEndpoint endpoint = new WakeUpEndpoint(uri, this, channel, wakeUps, isAtRest);
    setProperties(endpoint, parameters);
    return endpoint;
  }
}
