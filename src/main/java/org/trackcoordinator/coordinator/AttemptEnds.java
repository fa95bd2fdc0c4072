package org.trackcoordinator.coordinator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.support.service.ServiceSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private final ConcurrentLinkedQueue<AttemptEnd> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicInteger committing = new AtomicInteger();
  private ExecutorService executor;
  private ProducerTemplate template;

  AttemptEnds(CamelContext context, Function<Throwable, String> errorPayload) {
    this.context = context;
    this.errorPayload = errorPayload;
  }

  @Override
  protected void doStart() {
    template = context.createProducerTemplate();
    executor =
        context.getExecutorServiceManager().newCachedThreadPool(this, "track-work-committer");
  }

  @Override
  protected void doStop() throws Exception {
    context.getExecutorServiceManager().shutdownNow(executor); // whoever stops has waited
    template.stop();
  }

  void add(AttemptEnd end) {
    waiting.add(end);
    startCommitter();
  }

  private void startCommitter() {
    int now = committing.get();
    while (now < COMMITTERS && !waiting.isEmpty()) {
      if (committing.compareAndSet(now, now + 1)) {
        executor.execute(this::commitWhatWaits);
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
    Throwable failure = sendPatiently(group);
    if (failure == null) {
      group.forEach(end -> end.recorded().run());
    } else if (TransientFailure.isTransient(failure) || stops()) {
      // the route tries for as long as this instance lives
      LOG.warn(
          "{} attempts ended too late to be recorded before the stop, their leases will end: {}",
          group.size(),
          Errors.message(failure));
      group.forEach(end -> end.recorded().run());
    } else if (group.size() > 1) {
      LOG.warn(
          "{} ends of attempts are recorded one by one: {}", group.size(), failure.getMessage());
      group.forEach(end -> record(List.of(end)));
    } else {
      recordRefused(group.get(0), failure);
    }
  }

  private void recordRefused(AttemptEnd end, Throwable failure) {
    Attempt attempt = end.attempt();
    if (end.eventType().equals("completed")) {
      LOG.warn(
          "track {} of run {} completed, but the database refuses it: {}",
          attempt.trackId(),
          attempt.correlationId(),
          failure.getMessage());
      record(List.of(end.as("failed", errorPayload.apply(failure))));
    } else {
      LOG.error(
          "the end of attempt {} of track {} in run {} can't be recorded; its lease will end: {}",
          attempt.number(),
          attempt.trackId(),
          attempt.correlationId(),
          failure.getMessage());
      end.recorded().run();
    }
  }

  /** An end alone whose statement was cancelled is tried again: what was done is worth it. */
  private Throwable sendPatiently(List<AttemptEnd> group) {
    Throwable failure = send(group);
    try {
      for (int tries = 1;
          group.size() == 1
              && tries < CancelledStatement.MOST_TRIES
              && CancelledStatement.isCancelled(failure);
          tries++) {
        Thread.sleep(CancelledStatement.pauseAfter(tries));
        failure = send(group);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // this instance stops
    }
    return failure;
  }

  private Throwable send(List<AttemptEnd> group) {
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
    try {
      Exchange answer =
          template.send("direct:finish-work", exchange -> exchange.getMessage().setBody(body));
      return answer.getException();
    } catch (RuntimeException e) {
      return e; // the template ends with this instance
    }
  }

  private boolean stops() {
    return context.isStopping() || context.isStopped();
  }
}
