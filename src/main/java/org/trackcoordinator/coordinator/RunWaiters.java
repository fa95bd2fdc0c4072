package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.support.AsyncProcessorSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bean {@code awaitRun}: holds an exchange until its run is at its end, or its time is up. A
 * run that is waited for is marked {@code awaited}, so that the transaction that ends it tells;
 * then all that wait here are asked for in one statement. Where NOTIFY does not come through they
 * are asked for every 200 ms. Nobody's thread waits.
 *
 * <p>In: the headers {@code trackCorrelationId} and {@code trackWait}, in seconds; 0 only looks.
 * Out, if the run has ended: the run as JSON text ({@code run_json}) as the body and its state as
 * the header {@code trackRunState}; otherwise that is {@code running}, and the body is left alone.
 */
public final class RunWaiters extends AsyncProcessorSupport implements CamelContextAware {

  static final String RUN_STATE = "trackRunState";
  static final String RUNNING = "running";

  private static final Logger LOG = LoggerFactory.getLogger(RunWaiters.class);
  private static final Duration WITHOUT_NOTIFY = Duration.ofMillis(200);
  private static final Duration SAFETY_NET = Duration.ofSeconds(5);

  private final WakeUps wakeUps;
  private final LookAhead lookAhead;
  private final Map<String, Queue<Waiter>> waiters = new ConcurrentHashMap<>(); // by run
  private final AtomicBoolean isToAsk = new AtomicBoolean();
  private final Consumer<String> ask = subject -> askSoon();
  private CamelContext context;
  private ScheduledExecutorService asker;
  private ExecutorService answers;
  private ProducerTemplate template;
  private volatile long askedAt;

  RunWaiters(WakeUps wakeUps, LookAhead lookAhead) {
    this.wakeUps = wakeUps;
    this.lookAhead = lookAhead;
  }

  /** Whoever answers first, the end of the run or of the time, answers. */
  private static final class Waiter {
    private final Exchange exchange;
    private final AsyncCallback callback;
    private final long until;
    private final AtomicBoolean answered = new AtomicBoolean();

    Waiter(Exchange exchange, AsyncCallback callback, long seconds) {
      this.exchange = exchange;
      this.callback = callback;
      this.until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }

    boolean isLate() {
      return System.nanoTime() - until >= 0;
    }

    void answer(String state, String run) {
      if (answered.compareAndSet(false, true)) {
        Message message = exchange.getMessage();
        message.setHeader(RUN_STATE, state);
        if (run != null) {
          message.setBody(run);
        }
        callback.done(false);
      }
    }
  }

  @Override
  public void setCamelContext(CamelContext camelContext) {
    context = camelContext;
  }

  @Override
  public CamelContext getCamelContext() {
    return context;
  }

  @Override
  protected void doStart() {
    template = context.createProducerTemplate();
    var executors = context.getExecutorServiceManager();
    answers = executors.newDefaultThreadPool(this, "await-run-answers");
    asker = executors.newSingleThreadScheduledExecutor(this, "await-runs");
    long pause = WITHOUT_NOTIFY.toMillis();
    asker.scheduleWithFixedDelay(this::askIfDue, pause, pause, TimeUnit.MILLISECONDS);
    wakeUps.subscribe(WakeUps.RUNS, ask);
  }

  @Override
  protected void doStop() throws Exception {
    wakeUps.unsubscribe(WakeUps.RUNS, ask);
    context.getExecutorServiceManager().shutdownNow(asker);
    waiters.values().forEach(all -> all.forEach(waiter -> answer(waiter, RUNNING, null)));
    waiters.clear();
    context.getExecutorServiceManager().shutdown(answers);
    template.stop();
  }

  /** How many exchanges wait. */
  public int waiting() {
    return waiters.values().stream().mapToInt(Queue::size).sum();
  }

  @Override
  public boolean process(Exchange exchange, AsyncCallback callback) {
    Message message = exchange.getMessage();
    String run = message.getHeader("trackCorrelationId", String.class);
    long seconds = message.getHeader("trackWait", 0L, Long.class);
    Waiter waiter = new Waiter(exchange, callback, seconds);
    waiters.compute(
        run,
        (id, before) -> {
          Queue<Waiter> all = before == null ? new ConcurrentLinkedQueue<>() : before;
          all.add(waiter);
          return all;
        });
    askSoon(); // it may have ended before it was marked
    return false;
  }

  /** Those whose time is up go; called when they were asked for at least once. */
  private void answerLate() {
    waiters.forEach(
        (run, all) ->
            all.stream()
                .filter(Waiter::isLate)
                .forEach(
                    late -> {
                      forget(run, late);
                      answer(late, RUNNING, null);
                    }));
  }

  private void forget(String run, Waiter waiter) {
    waiters.computeIfPresent(
        run,
        (id, all) -> {
          all.remove(waiter);
          return all.isEmpty() ? null : all;
        });
  }

  /** What comes next in a route may take its time. */
  private void answer(Waiter waiter, String state, String run) {
    answers.execute(() -> waiter.answer(state, run));
  }

  private void askSoon() {
    if (!waiters.isEmpty() && isToAsk.compareAndSet(false, true)) {
      asker.execute(this::ask);
    }
  }

  private void askIfDue() {
    Duration pause = lookAhead.hears() ? SAFETY_NET : WITHOUT_NOTIFY;
    if (System.nanoTime() - askedAt >= pause.toNanos()) {
      askSoon();
    } else if (!isToAsk.get()) {
      answerLate();
    }
  }

  private void ask() {
    isToAsk.set(false); // whoever comes from now on is asked for again
    askedAt = System.nanoTime();
    Set<String> runs = Set.copyOf(waiters.keySet());
    Exchange answer =
        template.send(
            "direct:find-ended-runs",
            exchange -> exchange.getMessage().setBody(runs.toArray(String[]::new)));
    if (answer.getException() != null) {
      LOG.debug("runs that are waited for can't be asked for", answer.getException());
    } else {
      answerEnded(answer.getMessage().getBody(List.class));
    }
    answerLate();
  }

  private void answerEnded(List<?> rows) {
    for (Object row : rows) {
      Map<?, ?> ended = (Map<?, ?>) row;
      Queue<Waiter> all = waiters.remove((String) ended.get("correlation_id"));
      if (all != null) {
        all.forEach(
            waiter -> answer(waiter, (String) ended.get("state"), (String) ended.get("run")));
      }
    }
  }
}
