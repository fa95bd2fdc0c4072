package org.trackcoordinator.coordinator;

import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.spi.InflightRepository;
import org.apache.camel.spi.UnitOfWork;

/** An exchange that an error flew out of: Camel does nothing of what it does at the end of one. */
final class CutOffExchange {

  private CutOffExchange() {}

  /** The exchange is in none of its routes any more; else a stop would wait for it in vain. */
  static void leave(Exchange exchange) {
    leave(
        exchange,
        route -> route.getRoutePolicyList().forEach(p -> p.onExchangeDone(route, exchange)));
  }

  /**
   * The same of its parts, such as those of a split that could not be joined. Not for those that
   * other threads may be at work on: they leave by themselves.
   *
   * @param isPart of all that is in flight
   */
  static void leaveParts(Exchange exchange, Predicate<Exchange> isPart) {
    exchange.getContext().getInflightRepository().browse().stream()
        .map(InflightRepository.InflightExchange::getExchange)
        .filter(part -> part != exchange && isPart.test(part))
        .forEach(part -> leave(part, route -> {}));
  }

  private static void leave(Exchange exchange, Consumer<Route> left) {
    InflightRepository inFlight = exchange.getContext().getInflightRepository();
    inFlight.remove(exchange);
    UnitOfWork work = exchange.getUnitOfWork();
    for (Route route = work == null ? null : work.popRoute();
        route != null;
        route = work.popRoute()) {
      inFlight.remove(exchange, route.getRouteId());
      left.accept(route);
    }
  }
}
