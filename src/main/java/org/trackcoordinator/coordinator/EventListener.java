package org.trackcoordinator.coordinator;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.apache.camel.CamelContext;
import org.apache.camel.support.service.ServiceSupport;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.contact.Contact;

/**
 * One connection of its own that turns NOTIFY into wake-ups. Writers send one only while somebody
 * sleeps, which locks on this connection tell them: the sleeping drainer of events holds (8210, 1)
 * alone, so that of several instances one drains; workers share (8210, 2). After it got the lock
 * the drainer looks once more: a writer from before has committed by then, a later one notifies.
 *
 * <p>While this connection is away, or another instance has the lock, sleepers wake by their
 * interval.
 */
final class EventListener extends ServiceSupport {

  private static final Logger LOG = LoggerFactory.getLogger(EventListener.class);
  private static final int LEAST_LOCK_PAUSE_MILLIS = 20;
  private static final int MOST_LOCK_PAUSE_MILLIS = 1_000;
  private static final int LISTEN_MILLIS = 10_000;
  private static final int ANSWER_MILLIS = 30_000;
  private static final long LEAST_PAUSE_MILLIS = 100;
  private static final long MOST_PAUSE_MILLIS = 2_000;

  private final CamelContext context;
  private final DataSource connections;
  private final WakeUps wakeUps;
  private final Contact contact;
  private final Runnable connectAnew = this::abort;
  private volatile Thread thread;
  private volatile Connection connection;

  EventListener(CamelContext context, DataSource connections, WakeUps wakeUps, Contact contact) {
    this.contact = contact;
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
    long pause = LEAST_PAUSE_MILLIS;
    while (isWanted()) {
      long begun = System.nanoTime();
      try {
        listen();
      } catch (SQLException | RuntimeException e) {
        if (!isWanted()) {
          return;
        }
        LOG.debug("LISTEN is interrupted, polling meanwhile", e);
        contact.failed(e);
        if (System.nanoTime() - begun > TimeUnit.MILLISECONDS.toNanos(MOST_PAUSE_MILLIS)) {
          pause = LEAST_PAUSE_MILLIS; // it has listened: this is another outage
        }
        try {
          contact.pause(
              Duration.ofMillis(pause)); // the reconnect's backoff; wake-ups go on by interval
        } catch (InterruptedException interrupted) {
          return;
        }
        pause = Math.min(pause * 2, MOST_PAUSE_MILLIS);
      }
    }
  }

  private void listen() throws SQLException {
    try (Connection listening = connections.getConnection();
        Statement statement = listening.createStatement()) {
      connection = listening;
      // a server that falls silent; waiting for notifications has a limit of its own
      listening.setNetworkTimeout(Runnable::run, ANSWER_MILLIS);
      statement.execute("listen track_events");
      statement.execute("listen track_work");
      statement.execute("select pg_advisory_lock_shared(8210, 2)");
      wakeAll(); // whatever came before we listened
      PGConnection notices = listening.unwrap(PGConnection.class);
      boolean locked = false;
      int pause = LEAST_LOCK_PAUSE_MILLIS;
      while (isWanted()) {
        boolean asleep = wakeUps.isAsleep(WakeUps.EVENTS);
        if (asleep && !locked) {
          locked = call(statement, "select pg_try_advisory_lock(8210, 1)");
          pause = locked ? LEAST_LOCK_PAUSE_MILLIS : Math.min(pause * 2, MOST_LOCK_PAUSE_MILLIS);
          if (locked) {
            wakeUps.signal(WakeUps.EVENTS, WakeUps.ALL);
          }
        } else if (!asleep && locked) {
          call(statement, "select pg_advisory_unlock(8210, 1)");
          locked = false;
        }
        PGNotification[] received = notices.getNotifications(locked ? LISTEN_MILLIS : pause);
        for (String channel : channels(received)) {
          wakeUps.moved();
          wakeUps.signal(channel.equals("track_work") ? WakeUps.WORK : WakeUps.EVENTS, WakeUps.ALL);
        }
        if (locked && channels(received).isEmpty() && !listening.isValid(5)) {
          throw new SQLException("the connection is gone", "08006");
        }
      }
    } finally {
      connection = null;
    }
  }

  private static boolean call(Statement statement, String question) throws SQLException {
    try (ResultSet answer = statement.executeQuery(question)) {
      answer.next();
      return answer.getBoolean(1);
    }
  }

  private void wakeAll() {
    wakeUps.moved(); // whatever moved before we listened was not heard
    wakeUps.signal(WakeUps.EVENTS, WakeUps.ALL);
    wakeUps.signal(WakeUps.WORK, WakeUps.ALL);
  }

  private static Set<String> channels(PGNotification[] received) {
    if (received == null) {
      return Set.of();
    }
    Set<String> channels = new HashSet<>();
    for (PGNotification notification : received) {
      channels.add(notification.getName());
    }
    return channels;
  }
}
