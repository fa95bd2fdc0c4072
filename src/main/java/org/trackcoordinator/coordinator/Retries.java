package org.trackcoordinator.coordinator;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.contact.Contact;
import org.trackcoordinator.contact.Suspicion;

/**
 * Says that something is tried again because of the database, such as after a deadlock: one line in
 * 10 s for the whole process. Of a database that is away, and of lost connections, {@link Contact}
 * speaks.
 */
public final class Retries implements Processor {

  private static final Logger LOG = LoggerFactory.getLogger(Retries.class);
  private static final long TELL_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Contact contact;
  private final AtomicLong toldAt = new AtomicLong(System.nanoTime() - TELL_EVERY_NANOS);
  private final AtomicLong untold = new AtomicLong();

  Retries(Contact contact) {
    this.contact = contact;
  }

  /** For {@code onRedeliveryRef} in the routes. */
  @Override
  public void process(Exchange exchange) {
    Throwable failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
    say("a transaction is taken", failure == null ? exchange.getException() : failure);
  }

  /**
   * Says it if it is due.
   *
   * @param what is tried again: {@code work is claimed}
   */
  void say(String what, Throwable failure) {
    if (contact.absence().isPresent() || Suspicion.in(failure).isPresent()) {
      LOG.debug("{} again", what, failure);
      return;
    }
    long now = System.nanoTime();
    long before = toldAt.get();
    if (now - before >= TELL_EVERY_NANOS && toldAt.compareAndSet(before, now)) {
      LOG.warn(
          "{} again: {} ({} such retries since the last line)",
          what,
          Errors.forLog(failure).lines().findFirst().orElse(""),
          untold.getAndSet(0));
    } else {
      untold.incrementAndGet();
    }
  }
}
