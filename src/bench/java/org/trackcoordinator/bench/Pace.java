package org.trackcoordinator.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A fixed rate that goes on whatever the system under it does: an open loop. */
final class Pace {

  private final long begun = System.nanoTime();
  private final double perSecond;

  Pace(double perSecond) {
    this.perSecond = perSecond;
  }

  /** When a piece of work, counted from 0, is meant to begin. */
  long due(long index) {
    return begun + (long) (index / perSecond * TimeUnit.SECONDS.toNanos(1));
  }

  /** Waits until then, not at all if that is over. */
  long await(long index) {
    long due = due(index);
    for (long rest = due - System.nanoTime(); rest > 0; rest = due - System.nanoTime()) {
      LockSupport.parkNanos(rest);
    }
    return due;
  }
}
