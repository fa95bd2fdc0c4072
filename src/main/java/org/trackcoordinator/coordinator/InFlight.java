package org.trackcoordinator.coordinator;

import java.util.HashMap;
import java.util.Map;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.spi.InflightRepository;
import org.apache.camel.spi.InflightRepository.InflightExchange;

/** What Camel's inflight registry held at one moment, by exchange id. */
final class InFlight {

  private static final int ALL = -1;
  private static final int DEEPEST = 100;

  private final Map<String, InflightExchange> exchanges = new HashMap<>();
  private final Map<String, InflightExchange> oldestParts = new HashMap<>();

  /**
   * @param registry browsing must be enabled
   */
  InFlight(InflightRepository registry) {
    for (InflightExchange entry : registry.browse(ALL, false)) {
      exchanges.put(entry.getExchange().getExchangeId(), entry);
      String whole =
          entry.getExchange().getProperty(ExchangePropertyKey.CORRELATION_ID, String.class);
      if (whole != null) {
        oldestParts.merge(whole, entry, InFlight::older);
      }
    }
  }

  boolean has(String exchangeId) {
    return exchanges.containsKey(exchangeId);
  }

  /**
   * Where it is, as {@code <route id>/<node id>}. Of an exchange that waits for the parts of a
   * split or multicast: where the oldest of these is. Null if it is not in flight.
   */
  String step(String exchangeId) {
    InflightExchange at = exchanges.get(exchangeId);
    for (int depth = 0; at != null && depth < DEEPEST; depth++) {
      InflightExchange part = oldestParts.get(at.getExchange().getExchangeId());
      if (part == null) {
        return step(at);
      }
      at = part;
    }
    return at == null ? null : step(at);
  }

  /** The registry can't sort them: it compares durations, which change while it does so. */
  private static InflightExchange older(InflightExchange one, InflightExchange other) {
    return created(one) <= created(other) ? one : other;
  }

  private static long created(InflightExchange entry) {
    return entry.getExchange().getClock().getCreated();
  }

  private static String step(InflightExchange at) {
    String route = at.getAtRouteId() == null ? at.getFromRouteId() : at.getAtRouteId();
    return at.getNodeId() == null ? route : route + "/" + at.getNodeId();
  }
}
