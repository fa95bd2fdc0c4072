package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.camel.support.service.ServiceSupport;
import org.trackcoordinator.contact.Contact;

/**
 * Keeps in memory when something is due next, so that an instance at rest asks the database nothing
 * until then. The route {@code look-ahead} asks it; jobs and workers ask here whether it is their
 * time.
 *
 * <p>An answer holds until something moves, here or, told by NOTIFY, elsewhere; until what it named
 * is due; and only while NOTIFY is known to come through: each question is told to the listening
 * connection of this instance, which has to hear of it. Without an answer that holds all go to the
 * database at each of their turns.
 */
public final class LookAhead extends ServiceSupport {

  private static final Duration ECHO = Duration.ofSeconds(5);
  private static final Duration LATE = Duration.ofSeconds(2); // of a look: a tick, and its answer
  private static final double MOST_SECONDS = Duration.ofHours(1).toSeconds();

  /** The column of {@code next-due.sql} for work that is visible later, a retry above all. */
  static final String WORK = "work";

  /** See {@link Turns}. */
  static final String TURNS = "look-ahead";

  private final WakeUps wakeUps;
  private final Contact contact;
  private final Duration quiet;
  private final Supplier<Duration> intervalSetting;
  private final BooleanSupplier isWorking;
  private final Supplier<Duration> silence = this::silence;
  private final Map<String, Long> wentAt = new HashMap<>(); // by clock: the movements before it
  private Duration interval = Duration.ZERO;
  private volatile Answer answer;
  private volatile boolean spent; // something that the answer named came due
  private volatile boolean heard; // of NOTIFY, by the listening connection
  private volatile long heardAt;
  private long askedAt;
  private long movementsWhenAsked;
  private boolean asked;

  /** Due times are of System.nanoTime. */
  private record Answer(long movements, boolean eventsQueued, Map<String, Long> dueAt) {}

  /**
   * @param quiet how long nothing has to move before it is worth asking
   * @param interval the longest time between two questions; read at the start
   * @param isWorking whether workers of this instance have anything in hand
   */
  LookAhead(
      WakeUps wakeUps,
      Contact contact,
      Duration quiet,
      Supplier<Duration> interval,
      BooleanSupplier isWorking) {
    this.wakeUps = wakeUps;
    this.contact = contact;
    this.quiet = quiet;
    this.intervalSetting = interval;
    this.isWorking = isWorking;
  }

  @Override
  protected void doStart() {
    interval = intervalSetting.get();
    contact.expectSilence(silence);
    wakeUps.turns().took(TURNS);
  }

  @Override
  protected void doStop() {
    contact.expectSilenceNoMore(silence);
    wakeUps.turns().ended(TURNS);
  }

  /** Whether the database is to be asked now; whoever is told so asks. */
  public synchronized boolean isWanted() {
    wakeUps.turns().took(TURNS);
    long now = System.nanoTime();
    long movements = wakeUps.movements();
    boolean wanted =
        !asked
            || now - askedAt >= interval.toNanos()
            || (!holds(answer) && wakeUps.isQuietFor(quiet));
    if (wanted) {
      asked = true;
      askedAt = now;
      movementsWhenAsked = movements;
    }
    return wanted;
  }

  /**
   * Keeps an answer, and wakes whoever has something to do already.
   *
   * @param row of {@code next-due.sql}, asked since {@link #isWanted()}
   */
  public void learn(Map<String, Object> row) {
    contact.heard();
    long now = System.nanoTime();
    Map<String, Long> dueAt = new HashMap<>();
    row.forEach(
        (clock, value) -> {
          if (value instanceof Number seconds) {
            dueAt.put(clock, now + (long) (Math.min(seconds.doubleValue(), MOST_SECONDS) * 1e9));
          }
        });
    boolean eventsQueued = Boolean.TRUE.equals(row.get("events_queued"));
    synchronized (this) {
      answer = new Answer(movementsWhenAsked, eventsQueued, dueAt);
      spent = false;
    }
    if (eventsQueued) {
      wakeUps.signal(WakeUps.EVENTS, WakeUps.ALL);
    }
    PostgresArrays.elements((String) row.get("handlers_due"))
        .forEach(handler -> wakeUps.signal(WakeUps.WORK, handler));
  }

  /**
   * Whether somebody who looks at a clock is to go to the database: always while no answer holds,
   * once after whatever moved last, and when something is due. Whoever is told so goes.
   *
   * @param clock its column in {@code next-due.sql}
   */
  public synchronized boolean isTime(String clock) {
    long movements = wakeUps.movements();
    Answer known = answer;
    Long before = wentAt.get(clock);
    boolean due = known != null && isDue(known.dueAt().get(clock));
    if (isAtRest() && before != null && before == movements && !due) {
      return false;
    }
    spent |= due;
    wentAt.put(clock, movements);
    return true;
  }

  private static boolean isDue(Long at) {
    return at != null && System.nanoTime() - at >= 0;
  }

  /** Something that was to be done now is not done: all go again. */
  public void again() {
    wakeUps.moved();
  }

  /** Whether nothing is to be asked: all is known, and whatever changes it will be told. */
  boolean isAtRest() {
    return hears() && holds(answer);
  }

  private boolean holds(Answer known) {
    return known != null
        && !spent
        && !known.eventsQueued()
        && known.movements() == wakeUps.movements();
  }

  /** NOTIFY came through, from another connection to the one that listens. */
  void heard() {
    heardAt = System.nanoTime();
    heard = true;
  }

  /** There is no connection that listens. */
  void hearsNot() {
    heard = false;
  }

  boolean hears() {
    return heard && System.nanoTime() - heardAt < interval.plus(ECHO).toNanos();
  }

  /** Whether the last question should have been heard by now, and was not. */
  synchronized boolean isUnheard() {
    return asked
        && !(heard && heardAt - askedAt >= 0)
        && System.nanoTime() - askedAt > ECHO.toNanos();
  }

  /** How long nothing need be heard of the database. */
  private Duration silence() {
    return isAtRest() && !isWorking.getAsBoolean() ? interval.plus(LATE) : Duration.ZERO;
  }
}
