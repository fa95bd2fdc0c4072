package org.trackcoordinator.contact;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a process knows of its database. Whoever uses it says what went well and what did not; a
 * {@link ContactWatch} asks the database itself, and it alone decides that it is away or back.
 *
 * <p>It says so in a few lines for the whole process: one when the database goes away, one each 30
 * s while it stays away, one when it is back; and of connections that were lost while the database
 * answers, one in 30 s.
 */
public final class Contact {

  private static final Logger LOG = LoggerFactory.getLogger(Contact.class);
  private static final long STILL_AWAY_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long AWAY_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long ASIDE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier clock;
  private final Consumer<String> warn;
  private final Consumer<String> inform;
  private final List<Runnable> atReturn = new CopyOnWriteArrayList<>();
  private final List<Supplier<Duration>> silences = new CopyOnWriteArrayList<>();
  private volatile long heardAt;
  private volatile long thereSince;
  private volatile Absence absence;
  private long returns;
  private long awaySince;
  private boolean told; // of this absence
  private long toldAt;
  private long lossToldAt;
  private boolean hurried;
  private SQLException suspicion;

  public Contact() {
    this(System::nanoTime, LOG::warn, LOG::info);
  }

  Contact(LongSupplier clock, Consumer<String> warn, Consumer<String> inform) {
    this.clock = clock;
    this.warn = warn;
    this.inform = inform;
    this.heardAt = clock.getAsLong();
    this.thereSince = heardAt;
    this.toldAt = heardAt - STILL_AWAY_NANOS;
    this.lossToldAt = toldAt;
  }

  /** A transaction that may write was committed. It costs next to nothing. */
  public void heard() {
    heardAt = clock.getAsLong();
    if (absence != null) {
      hurry();
    }
  }

  /** A statement failed; if that is what an absence would cause, the database is asked at once. */
  public void failed(Throwable failure) {
    Suspicion.in(failure).ifPresent(this::suspect);
  }

  /**
   * Whoever uses the database says how long nothing need be heard of it, since nothing is under way
   * that would be; zero while something is. Asked again and again; the shortest counts.
   */
  public void expectSilence(Supplier<Duration> most) {
    silences.add(most);
  }

  public void expectSilenceNoMore(Supplier<Duration> most) {
    silences.remove(most);
  }

  /** Empty while all is well. */
  public Optional<Absence> absence() {
    return Optional.ofNullable(absence);
  }

  /** Whether it has not been away for so long, or since this process began. */
  public boolean isThereFor(Duration time) {
    return absence == null && clock.getAsLong() - thereSince >= time.toNanos();
  }

  /** Runs this each time the database is back, before anybody else may go on. */
  public void atReturn(Runnable action) {
    atReturn.add(action);
  }

  public void notAtReturn(Runnable action) {
    atReturn.remove(action);
  }

  /** Waits for so long; a database that comes back meanwhile ends the wait. */
  public synchronized void pause(Duration most) throws InterruptedException {
    long before = returns;
    long end = System.nanoTime() + most.toNanos();
    for (long left = most.toNanos();
        left > 0 && returns == before;
        left = end - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /** Returns whether the database is here, or comes back within this time. */
  public boolean awaitReturn(Duration most) throws InterruptedException {
    if (absence == null) {
      return true;
    }
    synchronized (this) {
      if (absence != null) {
        pause(most);
      }
      return absence == null;
    }
  }

  private synchronized void suspect(SQLException failure) {
    suspicion = failure;
    notifyAll();
  }

  private synchronized void hurry() {
    hurried = true;
    notifyAll();
  }

  /**
   * Waits until there is a reason to ask the database: a suspicion, nothing heard for as long as
   * quiet and as silence is expected, or while it is away the time of one look.
   */
  synchronized Optional<SQLException> awaitReason(Duration quiet, Duration look)
      throws InterruptedException {
    long begun = clock.getAsLong();
    while (true) {
      long now = clock.getAsLong();
      long left =
          absence == null
              ? heardAt + longer(quiet, expectedSilence()).toNanos() - now
              : begun + look.toNanos() - now;
      boolean urged = absence == null ? suspicion != null : hurried;
      if (urged || left <= 0) {
        Optional<SQLException> reason = Optional.ofNullable(suspicion);
        suspicion = null;
        hurried = false;
        return reason;
      }
      // what is expected may change at any time, and nobody says so
      TimeUnit.NANOSECONDS.timedWait(this, silences.isEmpty() ? left : Math.min(left, ASIDE_NANOS));
    }
  }

  private Duration expectedSilence() {
    return silences.stream().map(Supplier::get).min(Duration::compareTo).orElse(Duration.ZERO);
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  /** The database was asked, and it answers and can be written. */
  void answered(Optional<SQLException> reason) {
    heardAt = clock.getAsLong();
    if (absence == null) {
      reason.ifPresent(this::tellOfLoss);
      return;
    }
    for (Runnable action : atReturn) {
      try {
        action.run();
      } catch (RuntimeException e) {
        LOG.warn(
            "The database is back, but a connection from before could not be closed; whoever uses it notices within a minute",
            e);
      }
    }
    back();
  }

  /**
   * The database was asked in vain.
   *
   * @param asked when; whatever was heard since weighs more
   */
  synchronized void silent(long asked, String cause) {
    if (heardAt - asked > 0) {
      return;
    }
    long now = clock.getAsLong();
    if (absence == null) {
      awaySince = now;
      told = false;
      absence = new Absence(Instant.now(), cause);
    } else if (!absence.cause().equals(cause)) {
      absence = new Absence(absence.since(), cause);
    }
    if (now - toldAt >= (told ? STILL_AWAY_NANOS : AWAY_AGAIN_NANOS)) {
      warn.accept(
          told
              ? "The database is still away after %s: %s".formatted(seconds(now - awaySince), cause)
              : "The database is away: %s. Work waits for it and goes on by itself"
                  .formatted(cause));
      told = true;
      toldAt = now;
    }
  }

  private synchronized void back() {
    thereSince = clock.getAsLong();
    absence = null;
    returns++;
    suspicion = null;
    long now = clock.getAsLong();
    lossToldAt = now; // what broke with the absence is no news
    if (told) {
      inform.accept("The database is back after " + seconds(now - awaySince));
    }
    notifyAll();
  }

  private synchronized void tellOfLoss(SQLException loss) {
    long now = clock.getAsLong();
    if (now - lossToldAt >= STILL_AWAY_NANOS) {
      lossToldAt = now;
      warn.accept(
          "A connection to the database was lost, what it did is done again; the database answers: "
              + firstLine(loss));
    }
  }

  private static String firstLine(SQLException failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
  }
}
