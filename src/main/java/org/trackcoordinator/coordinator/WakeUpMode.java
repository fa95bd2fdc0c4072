package org.trackcoordinator.coordinator;

import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How this instance learns of what others do: it is told by NOTIFY as soon as that was proven to
 * come through, else it polls. Each change is logged once.
 */
final class WakeUpMode {

  static final String PUSH = "push";
  static final String POLLING = "polling, LISTEN not delivered";

  private static final Logger LOG = LoggerFactory.getLogger(WakeUpMode.class);
  private static final String BEGINS = "not proven yet";

  private final BooleanSupplier hears;
  private volatile String obstacle = BEGINS;
  private String told = BEGINS;

  /**
   * @param hears whether NOTIFY came through lately
   */
  WakeUpMode(BooleanSupplier hears) {
    this.hears = hears;
  }

  /** LISTEN is not even possible. */
  void isKeptFromListening(String why) {
    obstacle = why;
  }

  /** There is a connection that listens. */
  void listens() {
    obstacle = BEGINS;
  }

  /** What was sent so long ago should have been heard. */
  void isDeaf() {
    if (obstacle.equals(BEGINS)) {
      obstacle = "a NOTIFY that this instance sent itself was not heard";
    }
  }

  boolean isPush() {
    return hears.getAsBoolean();
  }

  /** Why it polls; null while it is told. */
  String reason() {
    return isPush() ? null : obstacle;
  }

  @Override
  public String toString() {
    String why = reason();
    return why == null ? PUSH : POLLING + ": " + why;
  }

  /** Logs what changed since the last time. */
  synchronized void tell() {
    String why = reason();
    String now = why == null ? PUSH : why;
    if (now.equals(told) || now.equals(BEGINS)) {
      return;
    }
    boolean first = told.equals(BEGINS);
    told = now;
    if (why != null) {
      LOG.info(
          "Events and work of others are looked for each second, LISTEN is not delivered: {}", why);
    } else if (!first) {
      LOG.info("Events and work of others are told by NOTIFY again");
    }
  }
}
