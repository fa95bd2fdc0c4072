package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.support.AsyncProcessorSupport;

/**
 * The bean {@code awaitWork}: claims for a worker elsewhere, and if there is nothing to claim holds
 * the exchange until there is, or its time is up. Those that wait for a handler are served in the
 * order in which they came: when NOTIFY tells of work for it, and once in a second, by one claim if
 * there is nothing. Nobody's thread waits.
 *
 * <p>In: what the route {@code claim-remotely} takes, and the headers {@code trackHandler} and
 * {@code trackWait}, in seconds. Out: the {@code answer} of the row that this route has for a body;
 * {@code claimed} is how much it got.
 */
public final class ClaimWaiters extends AsyncProcessorSupport implements CamelContextAware {

  /** The exchange property that tells whether its client went away: a {@link BooleanSupplier}. */
  public static final String GONE = "trackClientGone";

  private static final String CLAIM = "direct:claim-remotely";
  private static final Duration LOOK = Duration.ofMillis(200); // in memory, for those that are late
  private static final int LOOKS_PER_CLAIM = 5; // without a wake-up
  private static final int CLAIMERS = 2;

  private final WakeUps wakeUps;
  private final Map<String, Line> lines = new ConcurrentHashMap<>(); // by handler
  private final Consumer<String> wake = this::wake;
  private CamelContext context;
  private ProducerTemplate template;
  private ExecutorService claimers;
  private ScheduledExecutorService safetyNet;
  private long looks;

  ClaimWaiters(WakeUps wakeUps) {
    this.wakeUps = wakeUps;
  }

  private record Waiter(Exchange exchange, AsyncCallback callback, long until) {
    boolean isLate() {
      return System.nanoTime() - until >= 0;
    }

    boolean isGone() {
      return ClaimWaiters.isGone(exchange);
    }

    void answer(Object body) {
      exchange.getMessage().setBody(body);
      callback.done(false);
    }

    void leave() {
      fail(new RejectedExecutionException("the worker went away"));
    }

    void fail(Throwable failure) {
      exchange.setException(failure);
      callback.done(false);
    }
  }

  /** Those that wait for one handler; served by one thread at a time. */
  private static final class Line {
    private final Deque<Waiter> waiters = new ConcurrentLinkedDeque<>();
    private final AtomicInteger wakes = new AtomicInteger(); // since nobody served it
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
    var executors = context.getExecutorServiceManager();
    template = context.createProducerTemplate();
    claimers = executors.newFixedThreadPool(this, "await-work", CLAIMERS);
    safetyNet = executors.newSingleThreadScheduledExecutor(this, "await-work-safety-net");
    long pause = LOOK.toMillis();
    Runnable look = Threads.again(this::look);
    safetyNet.scheduleWithFixedDelay(look, pause, pause, TimeUnit.MILLISECONDS);
    wakeUps.subscribe(WakeUps.WORK, wake);
  }

  @Override
  protected void doStop() throws Exception {
    wakeUps.unsubscribe(WakeUps.WORK, wake);
    var executors = context.getExecutorServiceManager();
    executors.shutdownNow(safetyNet);
    executors.shutdown(claimers);
    claimers.awaitTermination(5, TimeUnit.SECONDS); // what is claimed is to be answered
    for (Line line : lines.values()) {
      line.waiters.forEach(waiter -> waiter.fail(new RejectedExecutionException("stopping")));
      line.waiters.clear();
    }
    template.stop();
  }

  /** How many handlers are waited for. */
  public int handlers() {
    return lines.size();
  }

  /** How many exchanges wait. */
  public int waiting() {
    return lines.values().stream().mapToInt(line -> line.waiters.size()).sum();
  }

  @Override
  public boolean process(Exchange exchange, AsyncCallback callback) {
    Message message = exchange.getMessage();
    String handler = message.getHeader("trackHandler", String.class);
    long seconds = message.getHeader("trackWait", 0L, Long.class);
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    lines.compute(
        handler,
        (h, before) -> {
          Line line = before == null ? new Line() : before;
          line.waiters.addLast(new Waiter(exchange, callback, until));
          return line;
        });
    wake(handler);
    return false;
  }

  /** Whether nobody is there any more who could be answered. */
  static boolean isGone(Exchange exchange) {
    BooleanSupplier gone = exchange.getProperty(GONE, BooleanSupplier.class);
    return gone != null && gone.getAsBoolean();
  }

  private void look() {
    looks++;
    lines.values().forEach(ClaimWaiters::dropGone);
    lines.keySet().forEach(this::forgetUnlessUsed);
    lines.forEach(
        (handler, line) -> {
          if (looks % LOOKS_PER_CLAIM == 0 || line.waiters.stream().anyMatch(Waiter::isLate)) {
            wake(handler);
          }
        });
  }

  private static void dropGone(Line line) {
    for (Waiter waiter : line.waiters) {
      if (waiter.isGone() && line.waiters.remove(waiter)) {
        waiter.leave();
      }
    }
  }

  /** Anybody may wait for any name: lines that nobody stands in are not kept. */
  private void forgetUnlessUsed(String handler) {
    lines.computeIfPresent(
        handler, (h, line) -> line.waiters.isEmpty() && line.wakes.get() == 0 ? null : line);
  }

  private void wakeAll() {
    lines.keySet().forEach(this::wake);
  }

  private void wake(String handler) {
    if (handler.equals(WakeUps.ALL)) {
      wakeAll();
      return;
    }
    Line line = lines.get(handler);
    if (line != null && !line.waiters.isEmpty() && line.wakes.getAndIncrement() == 0) {
      if (!Threads.begin(claimers, () -> serveWoken(line))) {
        line.wakes.set(0); // the next look wakes it again
      }
    }
  }

  /** Goes on until nobody woke the line while it was served. */
  private void serveWoken(Line line) {
    int seen;
    do {
      seen = line.wakes.get();
      serve(line);
    } while (!line.wakes.compareAndSet(seen, 0));
  }

  private void serve(Line line) {
    Waiter waiter;
    while ((waiter = line.waiters.pollFirst()) != null) {
      if (waiter.isGone()) {
        waiter.leave();
        continue;
      }
      Exchange answer;
      try {
        answer = claim(waiter.exchange().getMessage());
      } catch (RuntimeException | Error e) { // else the line would count as served for ever
        waiter.fail(e);
        continue;
      }
      if (answer.getException() != null) {
        waiter.fail(answer.getException());
        continue;
      }
      Map<?, ?> row = answer.getMessage().getBody(Map.class);
      boolean nothing = ((Number) row.get("claimed")).intValue() == 0;
      if (!nothing || waiter.isLate()) {
        waiter.answer(row.get("answer"));
      } else {
        line.waiters.addFirst(waiter);
      }
      if (nothing) {
        answerLate(line, row.get("answer"));
        return;
      }
    }
  }

  /** There is nothing to claim: those whose time is up go with that. */
  private static void answerLate(Line line, Object nothing) {
    for (Waiter waiter : line.waiters) {
      if (waiter.isLate() && line.waiters.remove(waiter)) {
        waiter.answer(nothing);
      }
    }
  }

  private Exchange claim(Message asked) {
    return template.send(
        CLAIM,
        claim -> {
          claim.getMessage().setBody(asked.getBody());
          claim.getMessage().setHeaders(new HashMap<>(asked.getHeaders()));
        });
  }
}
