package org.trackcoordinator.coordinator;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.apache.camel.CamelContext;
import org.apache.camel.support.service.ServiceSupport;
import org.apache.camel.util.ObjectHelper;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.contact.Contact;
import org.trackcoordinator.session.BoundedSockets;
import org.trackcoordinator.session.Pooler;

/**
 * One connection of its own that turns NOTIFY into wake-ups. Writers send one unless they know that
 * a drainer of events is awake ({@link DrainerLocks}), and to workers (8210, 2) while any instance
 * listens. What {@link LookAhead} has sent by way of another connection shows that this one hears.
 *
 * <p>While this connection is away or hears nothing, sleepers wake by their interval. Behind a
 * pooler that gives each transaction another session there is none: LISTEN and the locks would stay
 * with sessions that are others' next.
 */
final class EventListener extends ServiceSupport {

  private static final Logger LOG = LoggerFactory.getLogger(EventListener.class);
  private static final String EVENTS_CHANNEL = "track_events";
  private static final String WORK_CHANNEL = "track_work";
  private static final String LEASES_CHANNEL = "track_leases"; // nobody need wake for it
  private static final String RUNS_CHANNEL = "track_runs"; // one that somebody awaits has ended
  private static final int LEAST_LOCK_PAUSE_MILLIS = 20;
  private static final int MOST_LOCK_PAUSE_MILLIS = 1_000;
  private static final int LISTEN_MILLIS = 10_000;
  private static final int ANSWER_MILLIS = 30_000;
  private static final long MOST_BYTES = 16_000_000; // at once; ours have a handler's name at most
  private static final long TELL_EVERY_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final Duration LEAST_PAUSE = Duration.ofMillis(100);
  private static final Duration MOST_PAUSE = Duration.ofSeconds(2);
  private static final Duration POOLER_AGAIN = Duration.ofSeconds(30); // somebody may change it
  private static final String POOLER =
      "a connection pooler gives each transaction another session, see docs/pgbouncer.md";

  private static final String FLOOD =
      "some login floods the channels track_… with notifications, see docs/security.md";

  private final CamelContext context;
  private final DataSource connections;
  private final WakeUps wakeUps;
  private final LookAhead lookAhead;
  private final WakeUpMode mode;
  private final String echo;
  private final Contact contact;
  private final Runnable connectAnew = this::abort;
  private volatile Thread thread;
  private volatile Connection connection;
  private Long toldOfFloodAt; // by System.nanoTime; null: never

  /**
   * @param instance what the look ahead sends to this listener
   */
  EventListener(
      CamelContext context,
      DataSource connections,
      WakeUps wakeUps,
      LookAhead lookAhead,
      WakeUpMode mode,
      String instance,
      Contact contact) {
    this.contact = contact;
    this.lookAhead = lookAhead;
    this.mode = mode;
    this.echo = instance;
    this.context = context;
    this.connections = connections;
    this.wakeUps = wakeUps;
  }

  @Override
  protected void doStart() {
    thread = context.getExecutorServiceManager().newThread("event-listener", this::run);
    thread.start();
    contact.atReturn(connectAnew);
  }

  @Override
  protected void doStop() throws Exception {
    Thread running = thread;
    thread = null;
    contact.notAtReturn(connectAnew);
    abort();
    if (running != null) {
      running.interrupt();
      running.join(5_000);
    }
  }

  private void abort() {
    Connection open = connection;
    try {
      if (open != null) {
        open.abort(Runnable::run);
      }
    } catch (SQLException e) {
      LOG.debug("the listening connection can't be closed", e);
    }
  }

  private boolean isWanted() {
    return thread == Thread.currentThread();
  }

  private void run() {
    Duration pause = LEAST_PAUSE;
    while (isWanted()) {
      long begun = System.nanoTime();
      Duration now;
      try {
        listen();
        now = POOLER_AGAIN;
      } catch (SQLException | RuntimeException | Error e) {
        if (!isWanted()) {
          return;
        }
        LOG.debug("LISTEN is interrupted, polling meanwhile", e);
        // with TLS the socket above wraps it once more
        if (ObjectHelper.getException(BoundedSockets.TooMuchException.class, e) != null) {
          mode.isKeptFromListening(FLOOD);
          tellOfFlood();
        } else {
          mode.isKeptFromListening("the connection that listens is lost, " + Errors.message(e));
          contact.failed(e);
        }
        if (System.nanoTime() - begun > MOST_PAUSE.toNanos()) {
          pause = LEAST_PAUSE; // it has listened: this is another outage
        }
        now = pause; // the reconnect's backoff; wake-ups go on by interval
        pause =
            pause.multipliedBy(2).compareTo(MOST_PAUSE) < 0 ? pause.multipliedBy(2) : MOST_PAUSE;
      }
      try {
        contact.pause(now);
      } catch (InterruptedException interrupted) {
        return;
      }
    }
  }

  private void tellOfFlood() {
    long now = System.nanoTime();
    if (toldOfFloodAt == null || now - toldOfFloodAt >= TELL_EVERY_NANOS) {
      toldOfFloodAt = now;
      LOG.warn(
          "The connection that listens is opened anew, events and work are looked for meanwhile: {}",
          FLOOD);
    }
  }

  /** Listens until it is not wanted any more; returns at once where that is not possible. */
  private void listen() throws SQLException {
    BoundedSockets.allow(MOST_BYTES);
    try (Connection listening = connections.getConnection();
        Statement statement = listening.createStatement()) {
      connection = listening;
      // a server that falls silent; waiting for notifications has a limit of its own
      listening.setNetworkTimeout(Runnable::run, ANSWER_MILLIS);
      if (sharesItsSession(listening)) {
        mode.isKeptFromListening(POOLER);
        mode.tell();
        return;
      }
      mode.listens();
      for (String channel : List.of(EVENTS_CHANNEL, WORK_CHANNEL, LEASES_CHANNEL, RUNS_CHANNEL)) {
        statement.execute("listen " + channel);
      }
      statement.execute("select pg_advisory_lock_shared(8210, 2)");
      wakeAll(); // whatever came before we listened
      PGConnection notices = listening.unwrap(PGConnection.class);
      DrainerLocks locks = new DrainerLocks(statement);
      int pause = LEAST_LOCK_PAUSE_MILLIS;
      while (isWanted()) {
        switch (wakeUps.server(WakeUps.EVENTS)) {
          case AWAY -> {
            locks.leave();
            pause = MOST_LOCK_PAUSE_MILLIS;
          }
          case AWAKE -> {
            locks.wake();
            pause = LEAST_LOCK_PAUSE_MILLIS;
          }
          case ASLEEP -> {
            if (!locks.areForSleep() && locks.sleep()) {
              wakeUps.signal(WakeUps.EVENTS, WakeUps.ALL); // what came before it was not told
            }
            pause = Math.min(pause * 2, MOST_LOCK_PAUSE_MILLIS);
          }
        }
        if (lookAhead.isUnheard()) {
          mode.isDeaf();
        }
        mode.tell();
        BoundedSockets.allow(MOST_BYTES);
        PGNotification[] received =
            notices.getNotifications(locks.areForSleep() ? LISTEN_MILLIS : pause);
        if (received != null && received.length > 0) {
          if (hear(received).contains(EVENTS_CHANNEL)) {
            locks.doubt();
          }
        } else if (locks.areForSleep() && !lookAhead.hears() && !listening.isValid(5)) {
          throw new SQLException("the connection is gone", "08006");
        }
      }
    } finally {
      lookAhead.hearsNot();
      connection = null;
    }
  }

  private boolean sharesItsSession(Connection listening) throws SQLException {
    if (!Pooler.isBehind(listening)) {
      return false;
    }
    try (Connection other = connections.getConnection()) {
      other.setNetworkTimeout(Runnable::run, ANSWER_MILLIS);
      return Pooler.sharesSessions(listening, other);
    }
  }

  /**
   * Writers send no text, or to workers the handler that there is room for; instances send their
   * names. Returns the channels on which writers sent.
   */
  private Set<String> hear(PGNotification[] received) {
    Set<String> channels = new HashSet<>();
    Set<String> handlers = new HashSet<>();
    for (PGNotification notice : received) {
      if (notice.getName().equals(WORK_CHANNEL)) {
        channels.add(WORK_CHANNEL);
        handlers.add(notice.getParameter()); // none means all: see WakeUps.ALL
      } else if (notice.getParameter().isEmpty()) {
        channels.add(notice.getName());
      } else if (notice.getParameter().equals(echo)) {
        lookAhead.heard();
      }
    }
    if (!channels.isEmpty()) {
      wakeUps.wokenBy("notify");
      wakeUps.moved();
    }
    if (channels.contains(EVENTS_CHANNEL)) {
      wakeUps.signal(WakeUps.EVENTS, WakeUps.ALL);
    }
    if (channels.contains(RUNS_CHANNEL)) {
      wakeUps.signal(WakeUps.RUNS, WakeUps.ALL);
    }
    handlers.forEach(handler -> wakeUps.signal(WakeUps.WORK, handler));
    return channels;
  }

  private void wakeAll() {
    wakeUps.moved(); // whatever moved before we listened was not heard
    wakeUps.signal(WakeUps.EVENTS, WakeUps.ALL);
    wakeUps.signal(WakeUps.WORK, WakeUps.ALL);
    wakeUps.signal(WakeUps.RUNS, WakeUps.ALL);
  }
}
