package org.trackcoordinator.coordinator;

import java.util.Collection;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;

/** One thread that sleeps until its channel is signalled, and fires until there is nothing left. */
final class WakeUpConsumer extends DefaultConsumer {

  private final WakeUpEndpoint endpoint;
  private final Semaphore signal = new Semaphore(0);
  private final java.util.function.Consumer<String> sleeper = subject -> signal.release();
  private volatile Thread thread;

  WakeUpConsumer(WakeUpEndpoint endpoint, Processor processor) {
    super(endpoint, processor);
    this.endpoint = endpoint;
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    endpoint.getWakeUps().subscribe(endpoint.getChannel(), sleeper);
    thread =
        endpoint
            .getCamelContext()
            .getExecutorServiceManager()
            .newThread("wake-up-" + endpoint.getChannel(), this::run);
    thread.start();
  }

  @Override
  protected void doStop() throws Exception {
    endpoint.getWakeUps().unsubscribe(endpoint.getChannel(), sleeper);
    Thread running = thread;
    thread = null;
    signal.release();
    if (running != null) {
      running.join(TimeUnit.SECONDS.toMillis(30));
    }
    super.doStop();
  }

  @Override
  protected void doSuspend() throws Exception {
    doStop();
  }

  @Override
  protected void doResume() throws Exception {
    doStart();
  }

  private boolean isWanted() {
    return thread == Thread.currentThread();
  }

  private void run() {
    while (isWanted()) {
      signal.drainPermits();
      while (isWanted() && fire()) {
        signal.drainPermits();
      }
      endpoint.getWakeUps().setAsleep(endpoint.getChannel(), true);
      try {
        if (isWanted()) {
          signal.tryAcquire(endpoint.getInterval().toMillis(), TimeUnit.MILLISECONDS);
        }
      } catch (InterruptedException e) {
        return;
      } finally {
        endpoint.getWakeUps().setAsleep(endpoint.getChannel(), false);
      }
    }
  }

  /** Returns whether there may be more to do. */
  private boolean fire() {
    Exchange exchange = createExchange(false);
    try {
      getProcessor().process(exchange);
    } catch (Exception e) {
      exchange.setException(e);
    }
    Object body = exchange.getMessage().getBody();
    Exception failure = exchange.getException();
    releaseExchange(exchange, false);
    if (failure != null) {
      if (isWanted()) {
        getExceptionHandler().handleException("a wake-up failed", failure);
      }
      return false;
    }
    return body instanceof Collection<?> rows ? !rows.isEmpty() : body != null;
  }
}
