package org.trackcoordinator.observe;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.Tags;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.contact.Contact;

/**
 * Keeps the metrics of what only the database knows up to date, see {@link DatabaseFigures}: it is
 * asked when metrics are read, at most every 5 s, and not while it is away. Whoever reads waits
 * until a second after the question, never for somebody else who reads, and then gets what is
 * known; {@code tracks_figures_age_seconds} says how old that is. When it was asked in vain for a
 * minute there are no such figures, rather than old ones.
 */
public final class Figures implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Figures.class);

  private static final Duration LEAST_AGE = Duration.ofSeconds(5);
  private static final Duration MOST_AGE = Duration.ofMinutes(1);
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private record Look(long askedAt, Future<?> answer) {}

  /** What the database answered, and when. */
  private record Known(long at, MetricSnapshots figures) {}

  private final Contact contact;
  private final DatabaseFigures figures;
  private final Duration leastAge;
  private final Duration mostAge;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread made = new Thread(task, "metrics-of-database");
            made.setDaemon(true);
            return made;
          });
  private Look look; // the last one; null: none yet
  private volatile Long inVainSince; // by System.nanoTime; null: the last question was answered
  private String toldOf; // of the thread that looks
  private volatile Known known = new Known(System.nanoTime(), MetricSnapshots.of());

  /**
   * @param pool the connections of this instance, whose state is shown too if it is HikariCP's
   */
  public Figures(Metrics metrics, DataSource pool, Contact contact) {
    this(metrics, pool, contact, LEAST_AGE, MOST_AGE);
  }

  Figures(Metrics metrics, DataSource pool, Contact contact, Duration leastAge, Duration mostAge) {
    this.contact = contact;
    this.leastAge = leastAge;
    this.mostAge = mostAge;
    this.figures = new DatabaseFigures(metrics, pool);
    metrics.gauge(
        "tracks.database.up",
        "1 while the database answers and takes changes",
        Tags.empty(),
        () -> contact.absence().isPresent() ? 0 : 1);
    metrics.ageGauge(
        "tracks.figures.age",
        "How old the figures are that only the database knows: queues, gates, quarantine, runs;"
            + " when it was asked in vain for a minute they are left out",
        Tags.empty(),
        () -> System.nanoTime() - known.at());
    if (pool instanceof HikariDataSource hikari) {
      PoolGauges.of(hikari, metrics);
    }
    metrics.show(this::figures);
    metrics.beforeScrape(this::refresh);
  }

  private MetricSnapshots figures() {
    Long since = inVainSince;
    boolean isOld = since != null && System.nanoTime() - since >= mostAge.toNanos();
    return isOld ? MetricSnapshots.of() : known.figures();
  }

  private void refresh() {
    Look last = look();
    if (last != null) {
      await(last);
    }
  }

  /** The last look, one that begins now if it is time. */
  private synchronized Look look() {
    long now = System.nanoTime();
    boolean isTime =
        look == null || (look.answer().isDone() && now - look.askedAt() >= leastAge.toNanos());
    if (isTime && inVainSince == null) {
      inVainSince = now;
    }
    if (isTime && contact.absence().isEmpty() && !thread.isShutdown()) {
      look = new Look(now, thread.submit(this::ask));
    }
    return look;
  }

  private void ask() {
    try {
      known = new Known(System.nanoTime(), figures.look());
      inVainSince = null;
      toldOf = null;
    } catch (RuntimeException e) {
      String failure = String.valueOf(e.getMessage());
      if (!failure.equals(toldOf) && contact.absence().isEmpty()) {
        toldOf = failure;
        LOG.warn("Metrics come without queues, gates and runs: {}", failure);
      }
    }
  }

  private static void await(Look look) {
    long left = look.askedAt() + PATIENCE.toNanos() - System.nanoTime();
    try {
      look.answer().get(Math.max(left, 0), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException e) {
      LOG.debug("the database's figures are late", e);
    } catch (ExecutionException e) {
      LOG.warn("the database was not asked for its figures", e.getCause());
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
