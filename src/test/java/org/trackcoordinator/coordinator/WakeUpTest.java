package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What wakes the route that looks for events, each look held up until the test lets it go on. */
@Tag("track-coordination")
class WakeUpTest {

  private final WakeUps wakeUps = new WakeUps();
  private final DefaultCamelContext camel = new DefaultCamelContext();
  private final AtomicInteger looks = new AtomicInteger();
  private final Semaphore begun = new Semaphore(0);
  private final Semaphore goOn = new Semaphore(0);
  private final AtomicReference<Thread> looker = new AtomicReference<>();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  @BeforeEach
  void start() throws Exception {
    camel.addComponent("wake-up", new WakeUpComponent(wakeUps, () -> false));
    camel.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            from("wake-up:track-events?interval=1h").process(WakeUpTest.this::look);
          }
        });
    camel.start();
    awaitLook();
  }

  @AfterEach
  void stop() throws IOException {
    goOn.release(1_000_000);
    camel.close();
  }

  private void look(Exchange exchange) throws Exception {
    looker.set(Thread.currentThread());
    looks.incrementAndGet();
    begun.release();
    goOn.acquire();
    exchange.getMessage().setBody(null);
    if (failure.get() instanceof Error error) {
      throw error;
    }
  }

  private void awaitLook() throws InterruptedException {
    assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).as("a look began").isTrue();
  }

  /** It waits for a signal, and nothing else holds it up. */
  private void awaitSleep() {
    goOn.release(1_000_000);
    await().until(() -> looker.get().getState() == Thread.State.TIMED_WAITING);
  }

  @Test
  void aFloodOfSignalsDuringALookCausesOneMore() throws Exception {
    for (int i = 0; i < 10_000; i++) {
      wakeUps.signal(WakeUps.EVENTS, WakeUps.ALL);
    }
    goOn.release();
    awaitLook();
    awaitSleep();
    assertThat(looks).hasValue(2);
  }

  @Test
  void aSignalDuringALookIsNotLost() throws Exception {
    wakeUps.signal(WakeUps.EVENTS, WakeUps.ALL);
    goOn.release();
    awaitLook();
  }

  @Test
  void aLookThatEndsInAnErrorIsNotTheLast() throws Exception {
    failure.set(new OutOfMemoryError("a test"));
    awaitSleep();
    assertThat(wakeUps.turns().broken()).isEmpty();
    assertThat(camel.getInflightRepository().size()).isZero();
    wakeUps.signal(WakeUps.EVENTS, WakeUps.ALL);
    awaitLook();
  }
}
