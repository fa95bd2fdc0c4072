package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.DefaultProducer;

/** See {@link WakeUpComponent}. */
public final class WakeUpEndpoint extends DefaultEndpoint {

  private final String channel;
  private final WakeUps wakeUps;
  private final BooleanSupplier isAtRest;
  private Duration interval = Duration.ofSeconds(1);
  private boolean moved = true;

  WakeUpEndpoint(
      String uri,
      WakeUpComponent component,
      String channel,
      WakeUps wakeUps,
      BooleanSupplier isAtRest) {
    super(uri, component);
    this.isAtRest = isAtRest;
    this.channel = channel;
    this.wakeUps = wakeUps;
  }

  @Override
  public Producer createProducer() {
    return new DefaultProducer(this) {
      @Override
      public void process(Exchange exchange) {
        Object body = exchange.getMessage().getBody();
        wakeUps.signalAfterCommit(channel, subjects(body), moved);
      }
    };
  }

  private static Collection<String> subjects(Object body) {
    Object handlers = body instanceof Map<?, ?> map ? map.get("handlers") : null;
    return handlers instanceof Collection<?> names
        ? names.stream().map(String.class::cast).toList()
        : List.of(WakeUps.ALL);
  }

  @Override
  public Consumer createConsumer(Processor processor) throws Exception {
    WakeUpConsumer consumer = new WakeUpConsumer(this, processor);
    configureConsumer(consumer);
    return consumer;
  }

  @Override
  public boolean isSingleton() {
    return true;
  }

  String getChannel() {
    return channel;
  }

  WakeUps getWakeUps() {
    return wakeUps;
  }

  public Duration getInterval() {
    return interval;
  }

  /** The longest sleep, such as {@code 1s}; at rest only a signal ends it. */
  public void setInterval(Duration interval) {
    this.interval = interval;
  }

  boolean isAtRest() {
    return isAtRest.getAsBoolean();
  }

  public boolean isMoved() {
    return moved;
  }

  /** Of a sink: whether something in the queues came or went; true by default. */
  public void setMoved(boolean moved) {
    this.moved = moved;
  }
}
