package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.support.AsyncProcessorSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds exchanges until something in the database has come, or their time is up; for a {@code
 * process} step. All that wait here are asked for in one statement: when a wake-up tells that
 * something came, now and then besides, and every 200 ms while NOTIFY does not come through.
 * Nobody's thread waits.
 *
 * <p>In: the header {@code trackWait}, a number of seconds or a duration such as 30s; and a header
 * that names what is waited for. The route that asks gets the names as an array, and answers with a
 * row for each of which it knows: its {@code key}, and {@code come} if it has.
 */
public final class Waiters extends AsyncProcessorSupport implements CamelContextAware {

  static final String WAIT = "trackWait";

  private static final Logger LOG = LoggerFactory.getLogger(Waiters.class);
  private static final Duration WITHOUT_NOTIFY = Duration.ofMillis(200);

  /**
   * What is waited for.
   *
   * @param name of the threads, and for people
   * @param header that names it
   * @param channel of {@link WakeUps} that tells that one came
   * @param question the endpoint of the route that asks
   * @param safetyNet how often to ask although NOTIFY comes through
   */
  record Kind(String name, String header, String channel, String question, Duration safetyNet) {}

  private final Kind kind;
  private final WakeUps wakeUps;
  private final LookAhead lookAhead;
  private final BiConsumer<Exchange, Map<?, ?>> answer;
  private final Map<String, Queue<Waiter>> waiters = new ConcurrentHashMap<>(); // by key
  private final AtomicBoolean isToAsk = new AtomicBoolean();
  private final Consumer<String> ask = subject -> askSoon();
  private CamelContext context;
  private ScheduledExecutorService asker;
  private ExecutorService answers;
  private ProducerTemplate template;
  private volatile long askedAt;

  /**
   * @param answer what to do with an exchange that waits no more; the row is the last one that told
   *     of what it waited for, and null if none did
   */
  Waiters(Kind kind, WakeUps wakeUps, LookAhead lookAhead, BiConsumer<Exchange, Map<?, ?>> answer) {
    this.kind = kind;
    this.wakeUps = wakeUps;
    this.lookAhead = lookAhead;
    this.answer = answer;
  }

  /** Whatever comes first, the event or the end of its time, ends its wait. */
  private static final class Waiter {
    private final Exchange exchange;
    private final AsyncCallback callback;
    private final long until;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile boolean asked;
    private volatile Map<?, ?> row;

    Waiter(Exchange exchange, AsyncCallback callback, Duration patience) {
      this.exchange = exchange;
      this.callback = callback;
      this.until = System.nanoTime() + patience.toNanos();
    }

    /** Its time is up, and it was asked for at least once; or nobody is there to be answered. */
    boolean isLate() {
      return (asked && System.nanoTime() - until >= 0) || ClaimWaiters.isGone(exchange);
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
    answers = executors.newDefaultThreadPool(this, kind.name() + "-answers");
    asker = executors.newSingleThreadScheduledExecutor(this, kind.name());
    long pause = WITHOUT_NOTIFY.toMillis();
    Runnable look = Threads.again(this::look);
    asker.scheduleWithFixedDelay(look, pause, pause, TimeUnit.MILLISECONDS);
    wakeUps.subscribe(kind.channel(), ask);
  }

  @Override
  protected void doStop() throws Exception {
    wakeUps.unsubscribe(kind.channel(), ask);
    context.getExecutorServiceManager().shutdownNow(asker);
    waiters.values().forEach(all -> all.forEach(this::end));
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
    String key = exchange.getMessage().getHeader(kind.header(), String.class);
    Waiter waiter = new Waiter(exchange, callback, patience(exchange));
    waiters.compute(
        key,
        (k, before) -> {
          Queue<Waiter> all = before == null ? new ConcurrentLinkedQueue<>() : before;
          all.add(waiter);
          return all;
        });
    askSoon(); // it may have come before anybody waited
    return false;
  }

  private static Duration patience(Exchange exchange) {
    Object wait = exchange.getMessage().getHeader(WAIT, 0L, Object.class);
    return wait instanceof Number seconds
        ? Duration.ofSeconds(seconds.longValue())
        : exchange.getContext().getTypeConverter().convertTo(Duration.class, wait);
  }

  private void look() {
    Duration pause = lookAhead.hears() ? kind.safetyNet() : WITHOUT_NOTIFY;
    if (System.nanoTime() - askedAt >= pause.toNanos()) {
      askSoon();
    }
    endLate();
  }

  private void askSoon() {
    if (!waiters.isEmpty() && isToAsk.compareAndSet(false, true)) {
      asker.execute(this::ask);
    }
  }

  private void ask() {
    isToAsk.set(false); // whoever comes from now on is asked for again
    askedAt = System.nanoTime();
    List<Waiter> asked = new ArrayList<>();
    waiters.values().forEach(asked::addAll);
    String[] keys = waiters.keySet().toArray(String[]::new);
    Exchange told = template.send(kind.question(), exchange -> exchange.getMessage().setBody(keys));
    if (told.getException() != null) {
      LOG.debug("{} can't ask", kind.name(), told.getException());
    } else {
      learn(told.getMessage().getBody(List.class));
    }
    asked.forEach(waiter -> waiter.asked = true);
    endLate();
  }

  private void learn(List<?> rows) {
    for (Object told : rows) {
      Map<?, ?> row = (Map<?, ?>) told;
      String key = (String) row.get("key");
      boolean come = Boolean.TRUE.equals(row.get("come"));
      Queue<Waiter> all = come ? waiters.remove(key) : waiters.get(key);
      if (all != null) {
        all.forEach(waiter -> waiter.row = row);
        if (come) {
          all.forEach(this::end);
        }
      }
    }
  }

  private void endLate() {
    waiters.forEach(
        (key, all) ->
            all.stream()
                .filter(Waiter::isLate)
                .forEach(
                    late -> {
                      forget(key, late);
                      end(late);
                    }));
  }

  private void forget(String key, Waiter waiter) {
    waiters.computeIfPresent(
        key,
        (k, all) -> {
          all.remove(waiter);
          return all.isEmpty() ? null : all;
        });
  }

  /** What comes next in its route may take its time. */
  private void end(Waiter waiter) {
    if (waiter.ended.compareAndSet(false, true)) {
      Runnable task =
          () -> {
            answer.accept(waiter.exchange, waiter.row);
            waiter.callback.done(false);
          };
      if (!Threads.begin(answers, task)) {
        task.run(); // it takes longer here, but its client is answered
      }
    }
  }

  /**
   * The bean {@code awaitRun}: until the run that the header {@code trackCorrelationId} names is at
   * its end. Mark it as awaited, so that the transaction that ends it tells. Then the run as JSON
   * text ({@code run_json}) is the body, its state the header {@code trackRunState}, and its result
   * the variable {@code trackRunResult}; otherwise the state is {@code running}, and the body is
   * left alone.
   */
  static Waiters forRuns(WakeUps wakeUps, LookAhead lookAhead) {
    return new Waiters(
        new Kind(
            "await-runs",
            "trackCorrelationId",
            WakeUps.RUNS,
            "direct:find-ended-runs",
            Duration.ofSeconds(5)),
        wakeUps,
        lookAhead,
        (exchange, row) -> {
          exchange
              .getMessage()
              .setHeader("trackRunState", row == null ? "running" : row.get("state"));
          if (row != null) {
            exchange.setVariable("trackRunResult", row.get("result"));
            exchange.getMessage().setBody(row.get("run"));
          }
        });
  }

  /**
   * The bean {@code awaitGate}: until work of the handler that the header {@code trackHandler}
   * names would be let through. The header {@code trackGateReason} says what still holds it when
   * time is up; it is not there if nothing does.
   */
  static Waiters forGates(WakeUps wakeUps, LookAhead lookAhead) {
    return new Waiters(
        new Kind(
            "await-gates",
            "trackHandler",
            WakeUps.WORK,
            "direct:find-open-gates",
            Duration.ofSeconds(1)),
        wakeUps,
        lookAhead,
        (exchange, row) -> {
          exchange.getMessage().removeHeader("trackGateReason");
          if (row == null) {
            exchange.getMessage().setHeader("trackGateReason", "nobody could be asked");
          } else if (row.get("reason") != null) {
            exchange.getMessage().setHeader("trackGateReason", row.get("reason"));
          }
        });
  }
}
