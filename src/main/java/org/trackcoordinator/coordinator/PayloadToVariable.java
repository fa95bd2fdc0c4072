package org.trackcoordinator.coordinator;

import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.trackcoordinator.observe.TraceContext;

/**
 * For the sinks: puts the body as checked JSON text into the variable {@code trackPayload}, and the
 * optional headers into variables of their names; what is in the header {@code traceparent} into
 * {@code trackTraceparent}, if it is one. Their SQL binds variables only: a plain parameter would
 * be looked for in the body and the headers first.
 */
public final class PayloadToVariable implements Processor, CamelContextAware {

  private static final List<String> HEADERS =
      List.of("trackCorrelationId", "trackUserId", "trackIdempotencyKey", "trackPriority");

  private CamelContext context;

  @Override
  public void process(Exchange exchange) {
    exchange.setVariable("trackPayload", payloads().text(exchange));
    for (String name : HEADERS) {
      Object value = exchange.getMessage().getHeader(name);
      exchange.setVariable(name, value == null ? null : value.toString());
    }
    String traceparent = exchange.getMessage().getHeader("traceparent", String.class);
    exchange.setVariable("trackTraceparent", TraceContext.valid(traceparent).orElse(null));
  }

  private Payloads payloads() {
    return context.getRegistry().lookupByNameAndType("payloads", Payloads.class);
  }

  @Override
  public CamelContext getCamelContext() {
    return context;
  }

  @Override
  public void setCamelContext(CamelContext context) {
    this.context = context;
  }
}
