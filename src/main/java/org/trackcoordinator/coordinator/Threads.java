package org.trackcoordinator.coordinator;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tasks for threads, of which none may be forgotten whatever happens to this process. */
final class Threads {

  private static final Logger LOG = LoggerFactory.getLogger(Threads.class);
  private static final long TELL_EVERY_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final AtomicLong toldAt = new AtomicLong(System.nanoTime() - TELL_EVERY_NANOS);

  private Threads() {}

  /**
   * Begins a task, now or when one of the executor's threads is free.
   *
   * @return false if nobody will do it: the executor ends, or the process can't have another
   *     thread, which is logged once in 30 s
   */
  static boolean begin(Executor executor, Runnable task) {
    try {
      executor.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      LOG.debug("a task comes too late", e);
    } catch (OutOfMemoryError e) {
      tell(e);
    }
    return false;
  }

  /** As a task of a schedule, which would end for good at the first failure that escapes. */
  static Runnable again(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        LOG.warn("A look failed and is taken again at its next turn", e);
      }
    };
  }

  private static void tell(OutOfMemoryError e) {
    long now = System.nanoTime();
    long before = toldAt.get();
    if (now - before >= TELL_EVERY_NANOS && toldAt.compareAndSet(before, now)) {
      LOG.error(
          "No thread can be started, work waits until one can: {}. Give the process more memory, or"
              + " let it have more threads (ulimit -u, pids of a container), or lower the"
              + " concurrency of its handlers",
          e.getMessage());
    }
  }
}
