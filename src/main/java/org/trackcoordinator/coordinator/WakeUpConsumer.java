package org.trackcoordinator.coordinator;

import java.util.Collection;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;

/**
 * One thread that sleeps until its channel is signalled, and fires until there is nothing left. It
 * is suspendable so that Camel lets it finish what it does before the routes that it needs end.
 */
final class WakeUpConsumer extends DefaultConsumer implements Suspendable {

  private static final long MOST_WAIT_MILLIS = 1_000;

  private final WakeUpEndpoint endpoint;
  private final Semaphore signal = new Semaphore(0);
  private final java.util.function.Consumer<String> sleeper = subject -> signal.release();
  private volatile Thread thread;
  private volatile boolean wanted;

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
    wanted = true;
    turns().took(endpoint.getChannel());
    thread.start();
  }

  @Override
  protected void doStop() throws Exception {
    Thread running = askToEnd();
    if (running != null && running.isAlive()) {
      running.interrupt(); // Camel has waited; what it does will be rolled back
    }
    super.doStop();
  }

  @Override
  protected void doSuspend() throws Exception {
    Thread running = askToEnd();
    try {
      if (running != null) {
        running.join(MOST_WAIT_MILLIS); // mostly it is done by then, and Camel need not look again
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Camel's time is up, it goes on by force
    }
    super.doSuspend();
  }

  @Override
  protected void doResume() throws Exception {
    doStart();
  }

  /** Returns the thread that ends after what it does now, null if there never was one. */
  private Thread askToEnd() {
    endpoint.getWakeUps().unsubscribe(endpoint.getChannel(), sleeper);
    wanted = false;
    turns().ended(endpoint.getChannel());
    signal.release();
    return thread;
  }

  private Turns turns() {
    return endpoint.getWakeUps().turns();
  }

  private boolean isWanted() {
    return wanted && thread == Thread.currentThread();
  }

  private void run() {
    try {
      while (isWanted()) {
        iAm(WakeUps.Server.AWAKE);
        signal.drainPermits();
        while (isWanted() && fire()) {
          signal.drainPermits();
        }
        iAm(WakeUps.Server.ASLEEP);
        sleep();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // stopped
    } finally {
      if (isWanted() && !Thread.currentThread().isInterrupted()) {
        turns().broke(endpoint.getChannel()); // an error that no exchange carries: out of memory
      }
      if (thread == Thread.currentThread()) { // else it was resumed meanwhile
        endpoint.getWakeUps().setServer(endpoint.getChannel(), WakeUps.Server.AWAY);
      }
    }
  }

  private void sleep() throws InterruptedException {
    while (isWanted()) {
      turn();
      if (signal.tryAcquire(endpoint.getInterval().toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
      if (!endpoint.isAtRest()) {
        endpoint.getWakeUps().wokenBy("interval");
        return;
      }
      // whatever comes will be told
    }
  }

  private void turn() {
    if (isWanted()) {
      turns().took(endpoint.getChannel());
    }
  }

  private void iAm(WakeUps.Server state) {
    if (isWanted()) {
      endpoint.getWakeUps().setServer(endpoint.getChannel(), state);
    }
  }

  /** Returns whether there may be more to do. */
  private boolean fire() {
    turn();
    try {
      boolean more = look();
      if (more) {
        endpoint.getWakeUps().moved();
      }
      return more;
    } catch (Exception | Error e) { // a loop that ends takes a restart to be there again
      if (isWanted() && !TransientFailure.isTransient(e)) {
        getExceptionHandler().handleException("a wake-up failed", e);
      }
      return false;
    }
  }

  private boolean look() throws Exception {
    Exchange exchange = createExchange(false);
    try {
      process(exchange);
      if (exchange.getException() != null) {
        throw exchange.getException();
      }
      Object body = exchange.getMessage().getBody();
      return body instanceof Collection<?> rows ? !rows.isEmpty() : body != null;
    } finally {
      releaseExchange(exchange, false);
    }
  }

  private void process(Exchange exchange) throws Exception {
    try {
      getProcessor().process(exchange);
    } catch (Exception | Error e) {
      exchange.setException(e);
      CutOffExchange.leave(exchange);
      throw e;
    }
  }
}
