package org.trackcoordinator.api;

import java.util.concurrent.atomic.AtomicLong;
import org.trackcoordinator.doors.RefusedRequest;

/**
 * The memory that bodies and answers may take together: what comes slowly, and what is read slowly,
 * lies there for as long.
 */
final class Room {

  private final long most;
  private final AtomicLong taken = new AtomicLong();

  /**
   * @param most bytes
   */
  Room(long most) {
    this.most = most;
  }

  /**
   * Takes so many bytes, to be left again. What is larger than all of the room is let in alone.
   *
   * @throws RefusedRequest if others have taken too much
   */
  Place take(long bytes) {
    long others = taken.getAndAdd(bytes);
    if (others > 0 && others + bytes > most) {
      taken.addAndGet(-bytes);
      throw new RefusedRequest(
          503,
          "Too much is being sent, or is not read yet",
          "Try again after the time in Retry-After.");
    }
    return new Place(bytes);
  }

  /** How many bytes are taken. */
  long taken() {
    return taken.get();
  }

  /** What one body or answer takes. */
  final class Place {

    private final AtomicLong bytes;

    private Place(long bytes) {
      this.bytes = new AtomicLong(bytes);
    }

    /** It turned out to be no larger than this. */
    void shrinkTo(long fewer) {
      long before = bytes.getAndUpdate(now -> Math.min(now, fewer));
      taken.addAndGet(Math.min(before, fewer) - before);
    }

    /** May be called again. */
    void leave() {
      shrinkTo(0);
    }
  }
}
