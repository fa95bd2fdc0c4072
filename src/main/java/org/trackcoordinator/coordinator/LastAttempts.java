package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attempts that run when an instance is told to stop: they may be finished, and are given back
 * if they take too long.
 */
final class LastAttempts {

  private static final Logger LOG = LoggerFactory.getLogger(LastAttempts.class);
  private static final long LOOK_MILLIS = 10;

  private final List<TrackWorkConsumer> workers;
  private final ExecutorService threads;
  private final Consumer<List<Attempt>> giveBack;

  /**
   * @param giveBack asks the database, which may not answer: done on these threads
   */
  LastAttempts(
      List<TrackWorkConsumer> workers, ExecutorService threads, Consumer<List<Attempt>> giveBack) {
    this.workers = workers;
    this.threads = threads;
    this.giveBack = giveBack;
  }

  /**
   * Lets the workers claim no more, waits for what runs, and gives back what takes too long.
   * Returns at the latest when both times have passed, whatever the database does.
   *
   * @param patience how long to wait for what runs
   * @param toGiveBack how long giving back may take
   */
  void finish(Duration patience, Duration toGiveBack) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    List<Attempt> notBegun = new ArrayList<>();
    workers.forEach(worker -> notBegun.addAll(worker.stopClaiming()));
    Future<?> givenBack = threads.submit(() -> giveBack.accept(notBegun));
    while (System.nanoTime() < deadline
        && !(givenBack.isDone() && workers.stream().noneMatch(TrackWorkConsumer::isBusy))) {
      Thread.sleep(LOOK_MILLIS);
    }
    List<Attempt> unfinished = new ArrayList<>();
    workers.forEach(worker -> unfinished.addAll(worker.abandon()));
    try {
      threads
          .submit(() -> giveBack.accept(unfinished))
          .get(toGiveBack.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn(
          "{} activations can't be given back in time; their leases will end, and they are done again",
          unfinished.size());
    }
  }
}
