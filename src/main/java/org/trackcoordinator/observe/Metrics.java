package org.trackcoordinator.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;

/**
 * The metrics of one instance, see docs/observability.md. What is recorded here was learned anyway,
 * once for a batch: what is looked up by its labels is looked up once for all that have the same.
 *
 * <p>Labels are names out of definitions and routes, states and kinds, never a run. Beyond {@value
 * Names#MOST} handlers, routes, or workflows all further ones are counted as {@value #OTHERS}.
 */
public final class Metrics implements AutoCloseable {

  /** The value of a label in place of a name too many. */
  public static final String OTHERS = "(others)";

  private static final List<String> OUTCOMES =
      List.of("completed", "failed", "timed_out", "lease-lost", "given_back");

  private static final Duration[] LATENCIES =
      millis(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000, 600_000);
  private static final Duration[] WORK_TIMES =
      millis(1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 60_000, 600_000, 3_600_000);
  private static final double[] SIZES = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000};

  private record Pair(String name, String value) {}

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final Map<String, Map<Object, Object>> byMeter = new ConcurrentHashMap<>();
  private final Names handlers = new Names();
  private final Names routes = new Names();
  private final Names workflows = new Names();
  private final CopyOnWriteArrayList<Runnable> beforeScrape = new CopyOnWriteArrayList<>();
  private final Counter tracesLost =
      counter(
          "tracks.traces.lost",
          "Runs whose trace no collector took within ten minutes of their end, by the instance that"
              + " noticed",
          Tags.empty());

  /** Adds memory, threads, garbage collection, processors and uptime of the JVM. */
  public Metrics withJvm() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    collections.bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    return this;
  }

  /** For what is to be measured besides, under names of its own. */
  public MeterRegistry registry() {
    return registry;
  }

  /** All of them, in the text format of Prometheus. */
  public String scrape() {
    beforeScrape.forEach(Runnable::run);
    return registry.scrape();
  }

  /** The content type of {@link #scrape()}. */
  public static String contentType() {
    return "text/plain; version=0.0.4; charset=utf-8";
  }

  /** Runs this before each answer; it must not take long. */
  void beforeScrape(Runnable refresh) {
    beforeScrape.add(refresh);
  }

  /** Shows these besides, all of one moment. */
  void show(MultiCollector figures) {
    registry.getPrometheusRegistry().register(figures);
  }

  /**
   * Activations were triggered.
   *
   * @param becauseOfTracks whether tracks before them ended: then each is a hop
   */
  public void triggered(String handler, long activations, boolean becauseOfTracks) {
    if (becauseOfTracks) {
      ofHandler(
              "tracks.hops",
              "Activations triggered because tracks before them ended, by handler",
              handler)
          .increment(activations);
    } else {
      ofHandler("tracks.roots", "Activations triggered at the beginning or end of a run", handler)
          .increment(activations);
    }
  }

  /**
   * Activations were held back instead of being triggered.
   *
   * @param reason as in the decision: {@code held-by-circuit}
   */
  public void held(String handler, String reason, long activations) {
    ofHandler(
            "tracks.held",
            "Activations held back behind a closed gate, by reason",
            handler,
            "reason",
            reason)
        .increment(activations);
  }

  /** A worker of this instance serves it: the outcomes of its attempts are shown from 0 on. */
  public void serves(String handler) {
    OUTCOMES.forEach(outcome -> attemptsEnded(handler, outcome, 0));
  }

  /** What a transaction triggered went to workers of this instance with it, without a claim. */
  public void handedOver(String handler, int activations) {
    ofHandler(
            "tracks.handed.over",
            "Activations that workers of this instance got in the transaction that triggered them",
            handler)
        .increment(activations);
  }

  /**
   * A worker of this instance made a claim.
   *
   * @param waitedSeconds how long each activation that it got could have been claimed
   */
  public void claimed(String handler, List<Double> waitedSeconds) {
    batch("claims", waitedSeconds.size());
    Timer timer =
        cached(
            "tracks.trigger.to.claim",
            handlers.bounded(handler),
            name ->
                timer(
                    "tracks.trigger.to.claim",
                    "From when work was due (triggered, or to be tried again) to its claim by a worker of"
                        + " this instance, by the database's clock; time behind a closed gate counts",
                    Tags.of("handler", name),
                    LATENCIES));
    waitedSeconds.forEach(seconds -> record(timer, seconds));
  }

  /**
   * Events were coordinated.
   *
   * @param seconds how long ago the writer of each had inserted it
   */
  public void coordinated(String eventType, DoubleStream seconds) {
    Timer timer =
        cached(
            "tracks.commit.to.trigger",
            eventType,
            type ->
                timer(
                    "tracks.commit.to.trigger",
                    "From the insert of a queued event, by the database's clock, to the commit that"
                        + " triggered what it made ready; what its writer does before its own commit"
                        + " counts. Ends of attempts in this process are settled in the transaction"
                        + " that logs them, and are not in it",
                    Tags.of("event", type),
                    LATENCIES));
    seconds.forEach(each -> record(timer, each));
  }

  /**
   * One transaction, or one claim, took so many.
   *
   * @param kind {@code events}, {@code ends} of attempts, or {@code claims}
   */
  public void batch(String kind, int size) {
    DistributionSummary summary =
        cached(
            "tracks.batch.size",
            kind,
            k ->
                DistributionSummary.builder("tracks.batch.size")
                    .description(
                        "How many events, ends of attempts, or claims one transaction took")
                    .tag("batch", k)
                    .serviceLevelObjectives(SIZES)
                    .register(registry));
    summary.record(size);
  }

  /**
   * Attempts ended, whoever made them.
   *
   * @param outcome {@code completed}, {@code failed}, {@code timed_out}, {@code lease-lost} or
   *     {@code given_back}
   */
  public void attemptsEnded(String handler, String outcome, long attempts) {
    ofHandler(
            "tracks.attempts",
            "Attempts that ended, by whoever made them, and given back ones",
            handler,
            "outcome",
            outcome)
        .increment(attempts);
  }

  /**
   * Attempts that routes of this instance worked on ended.
   *
   * @param nanos how long each was worked on
   */
  public void attemptsEnded(String handler, String outcome, List<Long> nanos) {
    attemptsEnded(handler, outcome, nanos.size());
    Timer timer =
        cached(
            "tracks.attempt",
            new Pair(handlers.bounded(handler), outcome),
            pair ->
                timer(
                    "tracks.attempt",
                    "How long routes of this instance worked on attempts",
                    Tags.of("handler", pair.name(), "outcome", pair.value()),
                    WORK_TIMES));
    nanos.forEach(each -> timer.record(each, TimeUnit.NANOSECONDS));
  }

  /**
   * Somebody who slept was woken.
   *
   * @param kind {@code notify}: another process told; {@code interval}: nobody did, it looked by
   *     itself
   */
  public void wokeUp(String kind) {
    Counter counter =
        cached(
            "tracks.wake.ups",
            kind,
            k ->
                counter(
                    "tracks.wake.ups",
                    "Wake-ups by kind: told by NOTIFY, or after the polling interval",
                    Tags.of("kind", k)));
    counter.increment();
  }

  /**
   * Counts exchanges that ended.
   *
   * @param outcome {@code done} or {@code failed}
   * @return the same counter for the same route, also when that is replaced
   */
  Counter exchanges(String route, String outcome) {
    return cached(
        "tracks.route.exchanges",
        new Pair(routes.bounded(route), outcome),
        pair ->
            counter(
                "tracks.route.exchanges",
                "Exchanges that ended, by route and outcome; kept when a route is replaced",
                Tags.of("route", pair.name(), "outcome", pair.value())));
  }

  /** The database has so many more runs that began. */
  void runsBegan(String workflow, double runs) {
    counter( // seldom: the registry looks it up
            "tracks.runs.begun",
            "Runs that began, in the whole database, since this instance looks",
            Tags.of("workflow", workflows.bounded(workflow)))
        .increment(runs);
  }

  /** The database has so many more runs that ended in this state. */
  void runsEnded(String workflow, String state, double runs) {
    counter(
            "tracks.runs.ended",
            "Runs that ended, in the whole database, since this instance looks, by state",
            Tags.of("workflow", workflows.bounded(workflow), "state", state))
        .increment(runs);
  }

  /** The traces of so many more runs are lost. */
  void tracesLost(long runs) {
    tracesLost.increment(runs);
  }

  /** A value that is asked for when metrics are read; it must neither wait nor fail. */
  public void gauge(String name, String help, Tags tags, DoubleSupplier value) {
    Gauge.builder(name, value::getAsDouble).description(help).tags(tags).register(registry);
  }

  /** The same, of a time that is exported in seconds. */
  public void ageGauge(String name, String help, Tags tags, LongSupplier nanos) {
    Supplier<Number> value = nanos::getAsLong;
    TimeGauge.builder(name, value, TimeUnit.NANOSECONDS)
        .description(help)
        .tags(tags)
        .register(registry);
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }

  private Counter ofHandler(String name, String help, String handler) {
    return cached(name, handlers.bounded(handler), h -> counter(name, help, Tags.of("handler", h)));
  }

  private Counter ofHandler(String name, String help, String handler, String label, String value) {
    return cached(
        name,
        new Pair(handlers.bounded(handler), value),
        pair -> counter(name, help, Tags.of("handler", pair.name(), label, pair.value())));
  }

  private Counter counter(String name, String help, Tags tags) {
    return Counter.builder(name).description(help).tags(tags).register(registry);
  }

  private Timer timer(String name, String help, Tags tags, Duration[] bounds) {
    return Timer.builder(name)
        .description(help)
        .tags(tags)
        .serviceLevelObjectives(bounds)
        .register(registry);
  }

  /** Looking a meter up in the registry costs more than what is recorded in it. */
  @SuppressWarnings("unchecked")
  private <K, M> M cached(String meter, K key, Function<K, M> make) {
    Map<Object, Object> known = byMeter.get(meter);
    if (known == null) {
      known = byMeter.computeIfAbsent(meter, m -> new ConcurrentHashMap<>());
    }
    Object found = known.get(key);
    return (M) (found == null ? known.computeIfAbsent(key, k -> make.apply((K) k)) : found);
  }

  private static void record(Timer timer, double seconds) {
    timer.record((long) (Math.max(seconds, 0) * 1e9), TimeUnit.NANOSECONDS);
  }

  private static Duration[] millis(long... bounds) {
    Duration[] durations = new Duration[bounds.length];
    for (int i = 0; i < bounds.length; i++) {
      durations[i] = Duration.ofMillis(bounds[i]);
    }
    return durations;
  }
}
