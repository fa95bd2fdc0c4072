package org.trackcoordinator.observe;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.trackcoordinator.contact.Contact;

/**
 * Exports the traces of runs that ended, whoever ended them: looks for them each second while
 * something moves. Of several instances one does it at a time; a run is marked in the transaction
 * that exported it. So none is left out when an instance is killed, and one whose export was under
 * way then may be exported again, with the same ids. While the collector is away, traces of the
 * last ten minutes are kept for it, in the log; those before are lost, and counted.
 */
public final class TraceExport implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TraceExport.class);

  private static final int MOST_RUNS = 200;
  private static final int MOST_SPANS = 500; // in one export
  private static final Duration LONGEST_EXPORT = Duration.ofSeconds(2);
  private static final Duration EACH = Duration.ofSeconds(1);
  private static final Duration AT_LEAST_EACH = Duration.ofSeconds(30);
  private static final Duration LOOK_BACK_EACH = Duration.ofSeconds(15);
  private static final Duration TIDY_EACH = Duration.ofMinutes(5);

  /**
   * A transaction that ends a run may be committed up to a minute after the time that it gives: so
   * far back all are looked at again.
   */
  private static final Duration LATEST_COMMIT = Duration.ofSeconds(75);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration TELL_AGAIN = Duration.ofMinutes(5);
  private static final Duration LAST_EXPORT = Duration.ofSeconds(3);

  private final Traces traces;
  private final EndedSpans ended = new EndedSpans();
  private final RunSpans spans;
  private final EndedRuns runs;
  private final TransactionTemplate transaction;
  private final Metrics metrics;
  private final Contact contact;
  private final LongSupplier movements;
  private final ScheduledExecutorService thread;
  private OffsetDateTime
      upTo; // all that ended before is exported, or was not committed; null: no look yet
  private long movementsSeen = -1;
  private Long lookedAt; // by System.nanoTime, null: not yet; so the next ones
  private Long lookedBackAt;
  private Long tidiedAt;
  private Long toldAt; // of failures that go on
  private long lost; // meanwhile
  private volatile int failures;

  /**
   * What one transaction did.
   *
   * @param upTo all that ended before, and was committed, is exported
   * @param isMore whether there may be more
   */
  private record Step(OffsetDateTime upTo, boolean isMore) {}

  /**
   * Exports from now on, until it is closed.
   *
   * @param movements changes whenever something in the queues came or went
   */
  public TraceExport(
      Traces traces, DataSource pool, Metrics metrics, Contact contact, LongSupplier movements) {
    this.traces = traces;
    this.metrics = metrics;
    SpanIds ids = new SpanIds();
    this.spans = new RunSpans(traces.into(ended, ids), ids);
    this.runs = new EndedRuns(pool);
    this.transaction = new TransactionTemplate(new DataSourceTransactionManager(pool));
    this.contact = contact;
    this.movements = movements;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread made = new Thread(task, "trace-export");
              made.setDaemon(true);
              return made;
            });
    thread.scheduleWithFixedDelay(this::turn, 0, EACH.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Exports what ended up to now, if that is soon done, and then no more. */
  @Override
  public void close() {
    try {
      if (contact.absence().isEmpty() && failures == 0) {
        thread.submit(this::exportAll).get(LAST_EXPORT.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("the last traces are left to others", e);
    }
    thread.shutdownNow();
    try {
      thread.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void turn() {
    try {
      if (isTime()) {
        exportAll();
      }
    } catch (RuntimeException | Error e) { // whatever it was, a later turn may go well
      afterFailure(e);
    }
  }

  private boolean isTime() {
    long moved = movements.getAsLong();
    boolean isWanted =
        failures > 0
            ? isOver(lookedAt, pause())
            : moved != movementsSeen || isOver(lookedAt, AT_LEAST_EACH);
    if (!isWanted || contact.absence().isPresent()) {
      return false;
    }
    movementsSeen = moved;
    lookedAt = System.nanoTime();
    return true;
  }

  private Duration pause() {
    Duration pause = EACH.multipliedBy(1L << Math.min(failures, 5));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }

  private static boolean isOver(Long since, Duration time) {
    return since == null || System.nanoTime() - since >= time.toNanos();
  }

  private void afterFailure(Throwable failure) {
    failures++;
    lookedAt = System.nanoTime();
    if (contact.absence().isEmpty() && !thread.isShutdown() && isOver(toldAt, TELL_AGAIN)) {
      toldAt = System.nanoTime();
      LOG.warn(
          "Traces can't be exported, those of the last ten minutes are kept, those of {} runs are lost:"
              + " {}",
          lost,
          String.valueOf(failure.getMessage()));
    }
  }

  private void wentWell() {
    failures = 0;
    if (toldAt != null) {
      toldAt = null;
      LOG.info("Traces are exported again; those of {} runs are lost", lost);
      lost = 0;
    }
  }

  private void exportAll() {
    if (upTo == null) {
      upTo = runs.oldestKept();
    }
    tidy();
    boolean looksBack = isOver(lookedBackAt, LOOK_BACK_EACH);
    OffsetDateTime from = looksBack ? upTo.minus(LATEST_COMMIT) : upTo;
    Step step;
    do {
      giveUp();
      OffsetDateTime since = from;
      step = transaction.execute(status -> exportLocked(since));
      if (step == null) {
        return; // another instance is at it
      }
      wentWell();
      from = step.upTo();
      if (from.isAfter(upTo)) {
        upTo = from;
      }
    } while (step.isMore() && !thread.isShutdown());
    if (looksBack) {
      lookedBackAt = System.nanoTime();
    }
  }

  /** Apart from the export, which may fail for as long as the collector is away. */
  private void tidy() {
    if (isOver(tidiedAt, TIDY_EACH)) {
      runs.tidy(traces.ratio());
      tidiedAt = System.nanoTime();
    }
  }

  private void giveUp() {
    long runsLost = runs.giveUp(upTo);
    metrics.tracesLost(runsLost);
    lost += runsLost;
  }

  private Step exportLocked(OffsetDateTime since) {
    OffsetDateTime now = runs.lock();
    if (now == null) {
      return null;
    }
    List<EndedRun> found = runs.find(since, MOST_RUNS);
    List<EndedRun> exported = export(found);
    runs.mark(exported);
    boolean isMore = found.size() == MOST_RUNS || exported.size() < found.size();
    return new Step(isMore ? EndedRuns.time(exported.get(exported.size() - 1)) : now, isMore);
  }

  /** Returns those that there was time for, at least one: others wait for the lock. */
  private List<EndedRun> export(List<EndedRun> found) {
    long begun = System.nanoTime();
    ended.take(); // of an export that failed
    List<EndedRun> exported = new ArrayList<>();
    for (EndedRun run : found) {
      if (!exported.isEmpty() && isOver(begun, LONGEST_EXPORT)) {
        break;
      }
      spans.record(
          run,
          reader ->
              runs.read(
                  run,
                  event -> {
                    reader.accept(event);
                    sendIfMany();
                  }));
      sendIfMany();
      exported.add(run);
    }
    send();
    return exported;
  }

  private void sendIfMany() {
    if (ended.size() >= MOST_SPANS) {
      send();
    }
  }

  private void send() {
    if (ended.size() > 0 && !traces.export(ended.take())) {
      throw new IllegalStateException("the collector did not take them");
    }
  }
}
