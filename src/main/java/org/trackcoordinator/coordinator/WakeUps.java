package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.trackcoordinator.observe.Metrics;

/**
 * Wakes sleepers of this process. A signal is only a hint: whoever wakes looks at the database.
 *
 * <p>Channels are {@value #EVENTS}, {@value #WORK} and {@value #RUNS}, for runs that ended and that
 * somebody awaits; the subject of work is a handler, and {@link #ALL} means everybody.
 */
public final class WakeUps {

  public static final String EVENTS = "track-events";
  public static final String WORK = "track-work";
  public static final String RUNS = "track-runs";
  public static final String ALL = "";

  /** What a server of a channel does: it is not there, serves, or found nothing and waits. */
  enum Server {
    AWAY,
    AWAKE,
    ASLEEP
  }

  private final Map<String, Set<Consumer<String>>> sleepers = new ConcurrentHashMap<>();
  private final Map<String, Server> servers = new ConcurrentHashMap<>();
  private final AtomicBoolean moved = new AtomicBoolean(true); // who starts knows of nothing
  private final AtomicLong movements = new AtomicLong();
  private final Turns turns = new Turns();
  private final Metrics metrics;
  private volatile long movedAt = System.nanoTime();

  public WakeUps() {
    this(new Metrics());
  }

  /**
   * @param metrics in which wake-ups are counted
   */
  public WakeUps(Metrics metrics) {
    this.metrics = metrics;
  }

  /** When those who sleep here last looked. */
  Turns turns() {
    return turns;
  }

  /**
   * Somebody is woken from outside of this process.
   *
   * @param kind {@code notify}, or {@code interval}
   */
  void wokenBy(String kind) {
    metrics.wokeUp(kind);
  }

  /** From now on the sleeper is told the subject of each signal on this channel. */
  public void subscribe(String channel, Consumer<String> sleeper) {
    sleepers.computeIfAbsent(channel, c -> new CopyOnWriteArraySet<>()).add(sleeper);
  }

  public void unsubscribe(String channel, Consumer<String> sleeper) {
    sleepers.getOrDefault(channel, Set.of()).remove(sleeper);
  }

  /** Whoever serves this channel says what it does. */
  void setServer(String channel, Server server) {
    servers.put(channel, server);
  }

  Server server(String channel) {
    return servers.getOrDefault(channel, Server.AWAY);
  }

  /** Something in the queues came or went. */
  void moved() {
    moved.set(true);
    movedAt = System.nanoTime();
    movements.incrementAndGet();
  }

  /** How often {@link #moved} was said so far. */
  long movements() {
    return movements.get();
  }

  /** Whether nothing moved for so long. */
  boolean isQuietFor(Duration time) {
    return System.nanoTime() - movedAt >= time.toNanos();
  }

  /** Returns whether anything moved since the last time this was asked. */
  boolean takeMoved() {
    return moved.getAndSet(false);
  }

  /** Wakes at once. */
  public void signal(String channel, String subject) {
    sleepers.getOrDefault(channel, Set.of()).forEach(sleeper -> sleeper.accept(subject));
  }

  /** Wakes when the running transaction has committed; without one, at once. */
  public void signalAfterCommit(String channel, Iterable<String> subjects) {
    signalAfterCommit(channel, subjects, true);
  }

  /**
   * The same.
   *
   * @param hasMoved whether something in the queues did; else this is no more than a reminder
   */
  void signalAfterCommit(String channel, Iterable<String> subjects, boolean hasMoved) {
    Runnable wake =
        () -> {
          if (hasMoved) {
            moved();
          }
          subjects.forEach(subject -> signal(channel, subject));
        };
    if (!TransactionSynchronizationManager.isSynchronizationActive()) {
      wake.run();
      return;
    }
    TransactionSynchronizationManager.registerSynchronization(
        new TransactionSynchronization() {
          @Override
          public void afterCommit() {
            wake.run();
          }
        });
  }
}
