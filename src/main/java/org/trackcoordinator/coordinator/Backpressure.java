package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.Route;
import org.apache.camel.spi.RouteController;
import org.apache.camel.support.LifecycleStrategySupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.jmx.OwnMBean;

/**
 * Suspends the sources of this instance, the routes of the group {@value #SOURCES}, while the
 * queues are too full, and resumes them after. The route {@code watch-queues} asks it, looks, and
 * shows what it did.
 */
public final class Backpressure extends LifecycleStrategySupport
    implements BackpressureMXBean, RouteHands.Watcher {

  /** The group of the routes that are suspended. */
  static final String SOURCES = "track-sources";

  private static final Logger LOG = LoggerFactory.getLogger(Backpressure.class);
  private static final Duration LEAST_KEEP = Duration.ofMinutes(1);
  private static final int LOOKS_KEPT = 6;
  private static final long STOP_MILLIS = 1_000;
  private static final long PATIENCE_MILLIS = 500;
  private static final Map<String, Object> NOTHING_TO_SHOW = Map.of("sources", 0);

  private final String instance;
  private final WakeUps wakeUps;
  private final ReentrantLock lock = new ReentrantLock(); // over the sources, also while they move
  private final Map<String, SourceRoute> sources = new TreeMap<>();
  private CamelContext context;
  private RouteController routes;
  private Marks marks;
  private Duration keep;
  private ObjectName shown;
  private boolean awaitsLook;
  private volatile int changes; // of who holds what, counted under the lock
  private volatile int changesDecided;
  private volatile int changesShown;
  private volatile boolean stopping;
  private volatile boolean overloaded;
  private volatile List<QueueDepth> queues = List.of();
  private volatile List<String> suspended = List.of();
  private volatile long looks;
  private volatile long lookedAtMillis;
  private volatile long timesSuspended;
  private volatile long timesResumed;

  Backpressure(String instance, WakeUps wakeUps) {
    this.instance = instance;
    this.wakeUps = wakeUps;
  }

  /** Whether there is a reason to look: something moved since, or a source waits for it. */
  public boolean wantsLook() {
    awaitsLook |= wakeUps.takeMoved();
    return awaitsLook || overloaded || changesShown != changes;
  }

  /**
   * Suspends or resumes what the queues ask for.
   *
   * @param rows of the view {@code queue_depth}, for this moment
   * @return what is to be shown of the sources, maybe of none
   */
  public Map<String, Object> decide(List<Map<String, Object>> rows) {
    queues = rows.stream().map(QueueDepth::of).toList();
    lookedAtMillis = System.currentTimeMillis();
    looks++;
    awaitsLook = false;
    if (!isFree()) { // whoever stops the route of this look waits for its end
      awaitsLook = true;
      return NOTHING_TO_SHOW;
    }
    try {
      if (!stopping) {
        findSources();
        overloaded = marks.overloaded(overloaded, queues);
        String worst = marks.worst(queues).map(QueueDepth::toString).orElse("nothing waits");
        if (overloaded) { // all at once: suspending one may take as long as what came in by it
          sources.values().forEach(source -> source.close(context));
        }
        for (SourceRoute source : sources.values()) {
          if (source.giveUpIfChanged()) {
            changes++;
          }
          if (stopping) {
            break;
          } else if (overloaded) {
            suspend(source, worst);
          } else {
            resume(source, worst);
          }
        }
        tellSuspended();
      }
      return toShow();
    } finally {
      lock.unlock();
    }
  }

  /** Takes the lock, unless a hand or an edit has it for longer. */
  private boolean isFree() {
    try {
      return lock.tryLock(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** What {@link #decide} returned is in the database. */
  public void recorded() {
    changesShown = changesDecided; // a hand may have been there since
  }

  private void findSources() {
    List<String> ids =
        context.getRoutes().stream()
            .filter(route -> SOURCES.equals(route.getGroup()))
            .map(Route::getRouteId)
            .toList();
    sources.keySet().retainAll(ids);
    ids.forEach(id -> sources.computeIfAbsent(id, i -> new SourceRoute(i, routes)));
  }

  private void suspend(SourceRoute source, String worst) {
    String why = "%s (%s)".formatted(worst, marks.high());
    try {
      if (source.suspend(context, why)) {
        timesSuspended++;
        changes++;
        LOG.info("{} is suspended, {}", source.id(), why);
      }
    } catch (Exception e) {
      LOG.warn("{} can't be suspended, {}: {}", source.id(), why, Errors.message(e));
    }
  }

  private void resume(SourceRoute source, String worst) {
    String why = "%s (%s)".formatted(worst, marks.low());
    try {
      if (source.resume(why)) {
        timesResumed++;
        changes++;
        LOG.info("{} is resumed, {}", source.id(), why);
      }
    } catch (Exception e) {
      awaitsLook = true;
      LOG.warn("{} can't be resumed, {}: {}", source.id(), why, Errors.message(e));
    }
  }

  private void tellSuspended() {
    suspended =
        sources.values().stream().filter(SourceRoute::isHeldByUs).map(SourceRoute::id).toList();
  }

  private Map<String, Object> toShow() {
    changesDecided = changes;
    List<SourceRoute> rows = new ArrayList<>();
    if (!stopping && (changesShown != changes || !suspended.isEmpty())) {
      sources.values().stream().filter(source -> source.reason() != null).forEach(rows::add);
    }
    Map<String, Object> body = new HashMap<>();
    body.put("sources", rows.size());
    body.put("instance", instance);
    body.put("keep", keep.toString());
    body.put("routes", texts(rows.stream().map(SourceRoute::id)));
    body.put("states", texts(rows.stream().map(row -> row.isHeldByUs() ? "closed" : "open")));
    body.put("reasons", texts(rows.stream().map(SourceRoute::reason)));
    return body;
  }

  private static String[] texts(Stream<String> texts) {
    return texts.toArray(String[]::new);
  }

  /** Held while a route is stopped, suspended, resumed or started, by a hand or by this. */
  Lock commands() {
    return lock;
  }

  /** Routes were replaced, with {@link #commands()} held; those that are held rest as before. */
  void routesChanged() {
    List<SourceRoute> before = List.copyOf(sources.values());
    findSources();
    before.stream()
        .filter(
            source -> !sources.containsKey(source.id()) && context.getRoute(source.id()) != null)
        .forEach(source -> resume(source, "no longer of the group " + SOURCES));
    sources.values().forEach(SourceRoute::replaced);
    tellSuspended();
  }

  @Override
  public Object byHand(RouteHands.Command command, String route, String group, RouteHands.Call call)
      throws Throwable {
    lock.lock();
    try {
      findSources();
      List<SourceRoute> touched =
          sources.values().stream()
              .filter(source -> route == null || source.id().equals(route))
              .filter(source -> group == null || SOURCES.equals(group))
              .toList();
      if (command == RouteHands.Command.SUSPEND) {
        touched.forEach(source -> note(source, source.suspendedByHand()));
      }
      Object result = call.run();
      if (command == RouteHands.Command.RESUME) {
        touched.forEach(source -> note(source, source.resumedByHand(overloaded)));
      }
      tellSuspended();
      return result;
    } finally {
      lock.unlock();
    }
  }

  private void note(SourceRoute source, boolean takenFromUs) {
    if (takenFromUs) {
      changes++;
      LOG.info("{}: {}", source.id(), source.reason());
    }
  }

  @Override
  public void onContextStarting(CamelContext started) {
    context = started;
    marks =
        new Marks(
            setting("high-depth", Long.class, Marks.DEFAULT.highDepth()),
            setting("low-depth", Long.class, Marks.DEFAULT.lowDepth()),
            setting("high-age", Duration.class, Marks.DEFAULT.highAge()),
            setting("low-age", Duration.class, Marks.DEFAULT.lowAge()));
    Duration interval = setting("interval", Duration.class, Duration.ofSeconds(5));
    keep = Stream.of(LEAST_KEEP, interval.multipliedBy(LOOKS_KEPT)).max(Duration::compareTo).get();
    routes = context.getRouteController();
    context.setRouteController(RouteHands.before(routes, this));
    shown = OwnMBean.show(this, BackpressureMXBean.class, instance);
  }

  private <T> T setting(String name, Class<T> type, T otherwise) {
    String key = "backpressure." + name;
    String text = context.resolvePropertyPlaceholders("{{%s:%s}}".formatted(key, otherwise));
    try {
      return Objects.requireNonNull(context.getTypeConverter().tryConvertTo(type, text));
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "%s is %s, it must be %s"
              .formatted(key, text, type == Long.class ? "a whole number" : "a duration like 10m"),
          e);
    }
  }

  @Override
  public void onContextStopping(CamelContext stopped) {
    stopping = true;
    try {
      // Camel stops all routes with the one thread that suspends one: let that come to its end
      if (lock.tryLock(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
        lock.unlock();
      }
      OwnMBean.hide(shown);
      if (changesDecided > 0) {
        forget();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn(
          "what the view gates shows of the sources of this instance stays for up to a day: {}",
          Errors.message(e));
    }
  }

  private void forget() throws InterruptedException, ExecutionException, TimeoutException {
    ProducerTemplate template = context.createProducerTemplate();
    try {
      Future<Object> answer =
          template.asyncRequestBody("direct:forget-sources", Map.of("instance", instance));
      answer.get(STOP_MILLIS, TimeUnit.MILLISECONDS);
    } finally {
      template.stop();
    }
  }

  @Override
  public List<Depth> getQueues() {
    return queues.stream().map(Depth::new).toList();
  }

  @Override
  public long getDepth() {
    return queues.stream().mapToLong(QueueDepth::depth).max().orElse(0);
  }

  @Override
  public long getOldestMillis() {
    return queues.stream().mapToLong(queue -> queue.oldest().toMillis()).max().orElse(0);
  }

  @Override
  public long getLookedAtMillis() {
    return lookedAtMillis;
  }

  @Override
  public long getLooks() {
    return looks;
  }

  @Override
  public boolean isOverloaded() {
    return overloaded;
  }

  @Override
  public List<String> getSuspendedRoutes() {
    return suspended;
  }

  @Override
  public long getTimesSuspended() {
    return timesSuspended;
  }

  @Override
  public long getTimesResumed() {
    return timesResumed;
  }

  @Override
  public void suspendRoute(String routeId) throws Exception {
    context.getRouteController().suspendRoute(routeId);
  }

  @Override
  public void resumeRoute(String routeId) throws Exception {
    context.getRouteController().resumeRoute(routeId);
  }
}
