package org.trackcoordinator.bench;

import java.util.Collection;
import org.apache.camel.builder.RouteBuilder;

/** Tracks as users write them, which do nothing but set a body. */
final class NoOps extends RouteBuilder {

  private final Collection<String> handlers;
  private final String options;

  /**
   * @param handlers each gets a route
   * @param options of the kamelet, as {@code &concurrency=4}; may be empty
   */
  NoOps(Collection<String> handlers, String options) {
    this.handlers = handlers;
    this.options = options;
  }

  @Override
  public void configure() {
    for (String handler : handlers) {
      from("kamelet:track-source/source-of-%s?handler=%s%s".formatted(handler, handler, options))
          .routeId(handler)
          .setBody(constant(Payload.JSON));
    }
  }
}
