package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.support.service.ServiceSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bean {@code runEvents}: makes the events of the run that the header {@code
 * trackCorrelationId} names the body, a publisher of server-sent events. Each event of the run is
 * sent once, as JSON ({@code execution_chain}); when it is at its end the event {@code ended}
 * brings its state, and the stream is over. All runs that are watched here are asked for in one
 * statement, several times a second, and only those whose reader has room. Whoever leaves events
 * unread for as long as a connection may be silent is cut off.
 *
 * <p>Which were sent is remembered by their ids: events of a run are not committed in their order.
 */
public final class RunEvents extends ServiceSupport implements Processor, CamelContextAware {

  private static final Logger LOG = LoggerFactory.getLogger(RunEvents.class);
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final long ALIVE_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final int MOST_STREAMS = 1_000;
  private static final int MOST_AT_ONCE = 100; // as the statement has it

  private final WakeUps wakeUps;
  private final Set<Stream> streams = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean isToLook = new AtomicBoolean();
  private final Consumer<String> look = subject -> lookSoon();
  private CamelContext context;
  private ScheduledExecutorService looker;
  private ProducerTemplate template;
  private Duration mostSilence;

  RunEvents(WakeUps wakeUps) {
    this.wakeUps = wakeUps;
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
    mostSilence =
        context
            .getTypeConverter()
            .convertTo(Duration.class, context.resolvePropertyPlaceholders("{{api.silence:60s}}"));
    looker =
        context.getExecutorServiceManager().newSingleThreadScheduledExecutor(this, "run-events");
    long pause = LOOK.toMillis();
    looker.scheduleWithFixedDelay(this::lookSoon, pause, pause, TimeUnit.MILLISECONDS);
    wakeUps.subscribe(WakeUps.RUNS, look);
  }

  @Override
  protected void doStop() throws Exception {
    wakeUps.unsubscribe(WakeUps.RUNS, look);
    context.getExecutorServiceManager().shutdownNow(looker);
    streams.forEach(Stream::end);
    streams.clear();
    template.stop();
  }

  /**
   * @throws RejectedExecutionException if too many streams are open
   */
  @Override
  public void process(Exchange exchange) {
    if (streams.size() >= MOST_STREAMS) {
      throw new RejectedExecutionException("too many streams of events");
    }
    String run = exchange.getMessage().getHeader("trackCorrelationId", String.class);
    exchange.getMessage().setBody((Flow.Publisher<String>) reader -> begin(run, reader));
  }

  /** How many streams are open. */
  public int streams() {
    return streams.size();
  }

  private void begin(String run, Flow.Subscriber<? super String> reader) {
    Stream stream = new Stream(run, reader);
    streams.add(stream);
    reader.onSubscribe(stream);
    lookSoon();
  }

  private void lookSoon() {
    if (!streams.isEmpty() && isToLook.compareAndSet(false, true)) {
      looker.execute(this::look);
    }
  }

  private void look() {
    isToLook.set(false);
    streams.stream().filter(Stream::isLeftUnread).forEach(Stream::breakOff);
    List<Stream> ready =
        streams.stream()
            .filter(Stream::hasRoom)
            .sorted(Comparator.comparingLong(stream -> stream.sentAt))
            .toList();
    if (ready.isEmpty()) {
      return;
    }
    Map<String, Object> body =
        Map.of(
            "correlation_ids", ready.stream().map(stream -> stream.run).toArray(String[]::new),
            "sent", ready.stream().map(Stream::sentIds).toArray(String[]::new));
    Exchange answer =
        template.send("direct:read-run-events", asked -> asked.getMessage().setBody(body));
    if (answer.getException() != null) {
      LOG.debug("the events of runs that are watched can't be read", answer.getException());
      return;
    }
    List<?> rows = answer.getMessage().getBody(List.class);
    for (Object row : rows) {
      Map<?, ?> found = (Map<?, ?>) row;
      ready.get(((Number) found.get("place")).intValue() - 1).send(found);
    }
    ready.forEach(Stream::stayAlive);
    if (rows.size() == MOST_AT_ONCE) {
      lookSoon(); // there may be news for more of them
    }
  }

  /** One reader of one run. */
  private final class Stream implements Flow.Subscription {
    private final String run;
    private final Flow.Subscriber<? super String> reader;
    private final Set<Long> sent = new HashSet<>();
    private final AtomicBoolean room = new AtomicBoolean();
    private long sentAt = System.nanoTime();

    Stream(String run, Flow.Subscriber<? super String> reader) {
      this.run = run;
      this.reader = reader;
    }

    @Override
    public void request(long more) {
      room.set(true);
    }

    @Override
    public void cancel() {
      streams.remove(this);
    }

    boolean hasRoom() {
      return room.get();
    }

    /** As PostgreSQL writes an array. */
    String sentIds() {
      return sent.stream().map(String::valueOf).collect(Collectors.joining(",", "{", "}"));
    }

    /**
     * @param found {@code event_ids} and {@code events}, which were not sent yet, and {@code
     *     ended}: the run once it is at its end
     */
    void send(Map<?, ?> found) {
      List<String> frames = new ArrayList<>();
      for (String event : PostgresArrays.elements((String) found.get("events"))) {
        frames.add("data: " + event + "\n\n");
      }
      PostgresArrays.elements((String) found.get("event_ids"))
          .forEach(id -> sent.add(Long.valueOf(id)));
      String ended = (String) found.get("ended");
      if (ended != null) {
        frames.add("event: ended\ndata: " + ended + "\n\n");
      }
      if (!frames.isEmpty()) {
        pass(String.join("", frames));
      }
      if (ended != null) {
        end();
      }
    }

    /** A reader that went away without a word would keep its place for ever. */
    boolean isLeftUnread() {
      return !room.get() && silence() > mostSilence.toNanos();
    }

    /** For how long nothing was sent. */
    long silence() {
      return System.nanoTime() - sentAt;
    }

    void breakOff() {
      streams.remove(this);
      reader.onError(new TimeoutException("events are left unread"));
    }

    void stayAlive() {
      if (streams.contains(this) && silence() > ALIVE_NANOS) {
        pass(": still there\n\n");
      }
    }

    private void pass(String frames) {
      sentAt = System.nanoTime();
      room.set(false);
      reader.onNext(frames);
    }

    void end() {
      streams.remove(this);
      reader.onComplete();
    }
  }
}
