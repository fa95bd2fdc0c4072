package org.trackcoordinator.coordinator;

import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultComponent;

/**
 * {@code wake-up:CHANNEL}. As a source: one exchange whenever the channel is signalled, at the
 * latest every {@code interval}, and at once again while the exchange comes back with a body that
 * is not empty. As a sink: signals the channel when the running transaction has committed; a body
 * with {@code handlers}, an array or a collection, wakes only those.
 */
public final class WakeUpComponent extends DefaultComponent {

  private final WakeUps wakeUps;

  public WakeUpComponent(WakeUps wakeUps) {
    this.wakeUps = wakeUps;
  }

  @Override
  protected Endpoint createEndpoint(String uri, String channel, Map<String, Object> parameters)
      throws Exception {
    WakeUpEndpoint endpoint = new WakeUpEndpoint(uri, this, channel, wakeUps);
    setProperties(endpoint, parameters);
    return endpoint;
  }
}
