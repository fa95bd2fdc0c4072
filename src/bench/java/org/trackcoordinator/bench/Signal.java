package org.trackcoordinator.bench;

/** Wakes threads of this process that have found nothing to do. */
final class Signal {

  private long count;

  /** To be asked for before one looks for work. */
  synchronized long now() {
    return count;
  }

  synchronized void give() {
    count++;
    notifyAll();
  }

  /** Returns when a signal was given since, or after a while. */
  synchronized void await(long since, long millis) throws InterruptedException {
    if (count == since) {
      wait(millis);
    }
  }
}
