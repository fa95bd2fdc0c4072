package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.trackcoordinator.observe.TraceContext;

/**
 * An attempt that an exchange of this instance works on: when its lease was last extended, which
 * step it is at, and whether it was lost meanwhile. The exchange and its copies carry it as the
 * property {@value #PROPERTY}.
 */
final class RunningAttempt {

  static final String PROPERTY = "trackRunningAttempt";

  private static final long LONGEST_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Attempt attempt;
  private final TraceContext context;
  private final Thread home = Thread.currentThread();
  private final String exchangeId;
  private final Duration lease;
  private volatile long extendedNanos;
  private volatile String lost;
  private String step; // this and the next are the heartbeat's alone
  private long stepNanos;

  /**
   * @param context of its span; null if it is in no trace
   * @param lease how long the claim holds, counted from when it was made
   */
  RunningAttempt(Attempt attempt, TraceContext context, String exchangeId, Duration lease) {
    this.attempt = attempt;
    this.context = context;
    this.exchangeId = exchangeId;
    this.lease = lease;
    this.extendedNanos = attempt.claimedNanos();
  }

  Attempt attempt() {
    return attempt;
  }

  String exchangeId() {
    return exchangeId;
  }

  /** Where it is in a trace; null if it is in none. */
  TraceContext context() {
    return context;
  }

  /** The thread that runs it; steps may be done by others too. */
  Thread home() {
    return home;
  }

  Duration lease() {
    return lease;
  }

  /**
   * Whether a third of its lease is over, or 5 s, in which a cancel is to be learned; never of one
   * that is lost.
   */
  boolean isDue(long nowNanos) {
    return lost == null
        && nowNanos - extendedNanos >= Math.min(lease.toNanos() / 3, LONGEST_SILENCE_NANOS);
  }

  void extended(long whenNanos) {
    extendedNanos = whenNanos;
  }

  /** The step that it was seen at. */
  void seenAt(String seen, long nowNanos) {
    if (!Objects.equals(seen, step)) {
      step = seen;
      stepNanos = nowNanos;
    }
  }

  String step() {
    return step;
  }

  /** Since it was first seen at this step. */
  Duration atStepFor(long nowNanos) {
    return Duration.ofNanos(nowNanos - stepNanos);
  }

  /** Says that it is no longer this instance's. Returns whether nobody had said so before. */
  boolean lose(String why) {
    boolean first = lost == null;
    lost = why;
    return first;
  }

  /** Why it is no longer this instance's; null while it is. */
  String lost() {
    return lost;
  }
}
