package org.trackcoordinator.coordinator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.service.ServiceSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.observe.Metrics;

/**
 * Records the ends of attempts through {@code direct:finish-work}, in groups without a clock: an
 * end that comes alone is committed at once, those that come meanwhile join the next commit.
 *
 * <p>A group that the database refuses is recorded one by one; a completion that it refuses alone
 * becomes a failure with its error.
 */
final class AttemptEnds extends ServiceSupport {

  private static final Logger LOG = LoggerFactory.getLogger(AttemptEnds.class);
  private static final int COMMITTERS = 2;
  private static final int MOST = 500;

  private final CamelContext context;
  private final Function<Throwable, String> errorPayload;
  private final Metrics metrics;
  private final ConcurrentLinkedQueue<AttemptEnd> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicInteger committing = new AtomicInteger();
  private ExecutorService executor;
  private ScheduledExecutorService later;
  private ProducerTemplate template;

  AttemptEnds(CamelContext context, Function<Throwable, String> errorPayload, Metrics metrics) {
    this.context = context;
    this.metrics = metrics;
    this.errorPayload = errorPayload;
  }

  @Override
  protected void doStart() {
    template = context.createProducerTemplate();
    var executors = context.getExecutorServiceManager();
    executor = executors.newCachedThreadPool(this, "track-work-committer");
    later = executors.newSingleThreadScheduledExecutor(this, "track-work-committer-later");
  }

  @Override
  protected void doStop() throws Exception {
    var executors = context.getExecutorServiceManager();
    executors.shutdownNow(later); // whoever stops has waited
    executors.shutdownNow(executor);
    template.stop();
  }

  void add(AttemptEnd end) {
    waiting.add(end);
    startCommitter();
  }

  /** What waits is recorded, if there was no thread for it before. */
  void goOn() {
    startCommitter();
  }

  private void startCommitter() {
    int now = committing.get();
    while (now < COMMITTERS && !waiting.isEmpty()) {
      if (committing.compareAndSet(now, now + 1)) {
        if (!Threads.begin(executor, this::commitWhatWaits)) {
          committing.decrementAndGet(); // see goOn
        }
        return;
      }
      now = committing.get();
    }
  }

  private void commitWhatWaits() {
    try {
      List<AttemptEnd> group = takeGroup();
      while (!group.isEmpty()) {
        recordByType(group);
        group = takeGroup();
      }
    } finally {
      committing.decrementAndGet();
    }
    startCommitter(); // an end may have come between the last look and the decrement
  }

  private List<AttemptEnd> takeGroup() {
    List<AttemptEnd> group = new ArrayList<>();
    AttemptEnd end;
    while (group.size() < MOST && (end = waiting.poll()) != null) {
      group.add(end);
    }
    return group;
  }

  private void recordByType(List<AttemptEnd> ends) {
    Map<String, List<AttemptEnd>> byType = new HashMap<>();
    for (AttemptEnd end : ends) {
      byType.computeIfAbsent(end.eventType(), type -> new ArrayList<>()).add(end);
    }
    byType.values().forEach(this::record);
  }

  private void record(List<AttemptEnd> group) {
    Exchange sent = null;
    Throwable failure;
    try {
      sent = send(group);
      failure = sent.getException();
    } catch (RuntimeException | Error e) { // this instance ends, or is out of memory
      failure = e;
    }
    if (failure == null) {
      count(inTime(group, sent));
      tellRecorded(group);
    } else if (TransientFailure.isTransient(failure) || stops()) {
      // the route tries for as long as this instance lives
      LOG.warn(
          "{} attempts ended too late to be recorded before the stop; their leases will end, and they"
              + " are done again: {}",
          group.size(),
          Errors.forLog(failure));
      tellRecorded(group);
    } else if (group.size() > 1) {
      LOG.warn(
          "{} ends of attempts are recorded one by one: {}", group.size(), Errors.forLog(failure));
      group.forEach(end -> record(List.of(end)));
    } else if (isWorthAnotherTry(group.get(0), failure)) {
      recordLater(group.get(0));
    } else {
      recordRefused(group.get(0), failure);
    }
  }

  /** The ends that count: of the others a lease had ended, or their run. */
  private static List<AttemptEnd> inTime(List<AttemptEnd> group, Exchange sent) {
    String places = sent.getVariable("trackAcceptedPlaces", String.class);
    boolean all = places.chars().filter(c -> c == ',').count() + 1 == group.size();
    if (all && !places.equals("{}")) {
      return group; // as a rule
    }
    return PostgresArrays.elements(places).stream()
        .map(place -> group.get(Integer.parseInt(place) - 1))
        .toList();
  }

  private void count(List<AttemptEnd> group) {
    if (group.isEmpty()) {
      return;
    }
    metrics.batch("ends", group.size());
    Map<String, List<Long>> byHandler = new HashMap<>();
    for (AttemptEnd end : group) {
      byHandler
          .computeIfAbsent(end.attempt().handler(), handler -> new ArrayList<>())
          .add(end.nanos());
    }
    String outcome = group.get(0).eventType();
    byHandler.forEach((handler, nanos) -> metrics.attemptsEnded(handler, outcome, nanos));
  }

  private static void tellRecorded(List<AttemptEnd> group) {
    Map<IntConsumer, Integer> byWorker = new IdentityHashMap<>();
    group.forEach(end -> byWorker.merge(end.recorded(), 1, Integer::sum));
    byWorker.forEach(IntConsumer::accept);
  }

  private static boolean isWorthAnotherTry(AttemptEnd end, Throwable failure) {
    return LimitReached.isIn(failure) && end.limitsReached() + 1 < LimitReached.MOST_TRIES;
  }

  /** What was done is worth more patience than a limit of time or memory. */
  private void recordLater(AttemptEnd end) {
    AttemptEnd again = end.limitedOnceMore();
    later.schedule(
        () -> add(again), LimitReached.pauseAfter(again.limitsReached()), TimeUnit.MILLISECONDS);
  }

  private void recordRefused(AttemptEnd end, Throwable failure) {
    Attempt attempt = end.attempt();
    if (end.eventType().equals("completed")) {
      LOG.warn(
          "track {} of run {} completed, and is recorded as failed, since the database refuses it: {}",
          attempt.trackId(),
          attempt.correlationId(),
          Errors.forLog(failure));
      record(List.of(end.as("failed", errorPayload.apply(failure))));
    } else {
      LOG.error(
          "the end of attempt {} of track {} in run {} can't be recorded; its lease will end: {}",
          attempt.number(),
          attempt.trackId(),
          attempt.correlationId(),
          Errors.forLog(failure));
      tellRecorded(List.of(end));
    }
  }

  /** An exchange that went through, or has what it failed with. */
  private Exchange send(List<AttemptEnd> group) {
    int n = group.size();
    String[] correlationIds = new String[n];
    int[] trackNos = new int[n];
    int[] attempts = new int[n];
    String[] payloads = new String[n];
    for (int i = 0; i < n; i++) {
      AttemptEnd end = group.get(i);
      correlationIds[i] = end.attempt().correlationId();
      trackNos[i] = end.attempt().trackNo();
      attempts[i] = end.attempt().number();
      payloads[i] = end.payload();
    }
    Map<String, Object> body = new HashMap<>();
    body.put("event_type", group.get(0).eventType());
    body.put("attempts_count", n);
    body.put("correlation_ids", correlationIds);
    body.put("track_nos", trackNos);
    body.put("attempts", attempts);
    body.put("payloads", payloads);
    Exchange exchange = new DefaultExchange(context);
    exchange.getMessage().setBody(body);
    return template.send("direct:finish-work", exchange);
  }

  private boolean stops() {
    return context.isStopping() || context.isStopped();
  }
}
