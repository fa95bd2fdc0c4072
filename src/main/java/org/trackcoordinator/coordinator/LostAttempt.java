package org.trackcoordinator.coordinator;

/** Ends the exchange of an attempt that is no longer this worker's. */
final class LostAttempt extends Exception {

  /**
   * @param step the one that is not done any more
   * @param why it is no longer this worker's
   */
  LostAttempt(String step, String why) {
    super("not done any further, from step %s on: %s".formatted(step, why));
  }
}
