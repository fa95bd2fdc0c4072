package org.trackcoordinator.coordinator;

import java.time.Duration;
import org.apache.camel.Consumer;
import org.apache.camel.MultipleConsumersSupport;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultEndpoint;

/** See {@link TrackWorkComponent}. */
public final class TrackWorkEndpoint extends DefaultEndpoint implements MultipleConsumersSupport {

  private final String handler;
  private int concurrency = 10;
  private Duration lease = Duration.ofMinutes(1);

  TrackWorkEndpoint(String uri, TrackWorkComponent component, String handler) {
    super(uri, component);
    this.handler = handler;
  }

  @Override
  public Producer createProducer() {
    throw new UnsupportedOperationException(
        "track-work is a source: to start a run use kamelet:track-start-sink");
  }

  @Override
  public Consumer createConsumer(Processor processor) throws Exception {
    TrackWorkConsumer consumer = new TrackWorkConsumer(this, processor);
    configureConsumer(consumer);
    return consumer;
  }

  /** A route that is replaced may overlap with its successor. */
  @Override
  public boolean isMultipleConsumersSupported() {
    return true;
  }

  TrackWorkComponent component() {
    return (TrackWorkComponent) getComponent();
  }

  String getHandler() {
    return handler;
  }

  public int getConcurrency() {
    return concurrency;
  }

  /** How many activations are worked on at the same time, at least 1. */
  public void setConcurrency(int concurrency) {
    if (concurrency < 1) {
      throw new IllegalArgumentException(
          "concurrency of handler %s is %d, it must be at least 1".formatted(handler, concurrency));
    }
    this.concurrency = concurrency;
  }

  public Duration getLease() {
    return lease;
  }

  /** How long a claim holds unless it is extended, such as {@code 1m}; longer than 0. */
  public void setLease(Duration lease) {
    if (lease.isZero() || lease.isNegative()) {
      throw new IllegalArgumentException(
          "lease of handler %s is %s, it must be longer than 0".formatted(handler, lease));
    }
    this.lease = lease;
  }
}
