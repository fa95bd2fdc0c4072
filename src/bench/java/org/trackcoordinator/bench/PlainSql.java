package org.trackcoordinator.bench;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The SQL files of the routes, driven by loops over JDBC without Camel: what the same statements in
 * the same transactions cost alone. One connection drains the events, one more per handler works.
 *
 * <p>Gates are not asked, and what no happy run has (failures, late work, events that are refused)
 * is an error.
 */
final class PlainSql implements AutoCloseable {

  private static final int EVENTS_IN_A_BATCH = 1000;
  private static final int WORK_IN_A_BATCH = 500;
  private static final int ROOM = 2000; // as a worker claims ahead, and a little more
  private static final String LEASE = "5 minutes";
  private static final long NAP_MILLIS = 100; // where nothing of this process wakes it

  private final SqlFile claimEvents = SqlFile.of("claim-events");
  private final SqlFile findFirstTracks = SqlFile.of("find-first-tracks");
  private final SqlFile beginForeignRuns = SqlFile.of("begin-foreign-runs");
  private final SqlFile triggerReportedRoots = SqlFile.of("trigger-reported-roots");
  private final SqlFile closeAttempts = SqlFile.of("close-attempts");
  private final SqlFile claimWork = SqlFile.of("claim-work");
  private final SqlFile finishWork = SqlFile.of("finish-work");
  private final SqlFile settle = SqlFile.of("settle");
  private final SqlFile trigger = SqlFile.of("trigger");

  private final HikariDataSource pool;
  private final Signal signal = new Signal();
  private final Map<String, BlockingQueue<Map<String, Object>>> handedOver =
      new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Future<?>> loops = new ArrayList<>();
  private long napMillis = NAP_MILLIS;
  private volatile boolean stopped;

  /**
   * @param pool of sessions as the coordinator has them
   */
  PlainSql(HikariDataSource pool) throws IOException {
    this.pool = pool;
  }

  /** Drains what is queued now, on this thread. */
  void drain() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      while (drainOnce(connection, new ArrayList<>())) {
        connection.commit();
      }
      connection.commit();
    }
  }

  /** How often to look for what others commit; every 100 ms by default. */
  PlainSql pollEvery(long millis) {
    napMillis = millis;
    return this;
  }

  /** Starts the drainer, and a worker for each of these handlers. */
  PlainSql start(Collection<String> handlers) {
    handlers.forEach(handler -> handedOver.put(handler, new LinkedBlockingQueue<>()));
    loop(this::drainForEver);
    handlers.forEach(handler -> loop(() -> workForEver(handler)));
    return this;
  }

  /** Something was committed that it does not know of. */
  void wake() {
    signal.give();
  }

  /**
   * Tells of an error that ended a loop.
   *
   * @throws IllegalStateException if there is one
   */
  void requireHealth() throws InterruptedException {
    for (Future<?> loop : loops) {
      if (loop.isDone()) {
        try {
          loop.get();
        } catch (ExecutionException e) {
          throw new IllegalStateException(e.getCause());
        }
      }
    }
  }

  private void loop(Callable<Void> body) {
    loops.add(threads.submit(body));
  }

  private Void drainForEver() throws Exception {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      while (!stopped) {
        long since = signal.now();
        List<Map<String, Object>> triggered = new ArrayList<>();
        boolean any = drainOnce(connection, triggered);
        connection.commit();
        handOver(triggered);
        rest(any, since);
      }
    }
    return null;
  }

  private Void workForEver(String handler) throws Exception {
    Map<String, Object> claim =
        Map.of("handler", handler, "worker", "plain", "max", WORK_IN_A_BATCH, "lease", LEASE);
    try (Connection connection = pool.getConnection()) {
      while (!stopped) {
        long since = signal.now();
        List<Map<String, Object>> work = new ArrayList<>();
        handedOver.get(handler).drainTo(work, WORK_IN_A_BATCH);
        if (work.isEmpty()) {
          work = claimWork.run(connection, claim);
        }
        if (!work.isEmpty()) {
          connection.setAutoCommit(false);
          List<Map<String, Object>> triggered = finish(connection, work);
          connection.commit();
          connection.setAutoCommit(true);
          handOver(triggered);
        }
        rest(!work.isEmpty(), since);
      }
    }
    return null;
  }

  private void rest(boolean any, long since) throws InterruptedException {
    if (any) {
      signal.give();
    } else {
      signal.await(since, napMillis);
    }
  }

  private boolean drainOnce(Connection connection, List<Map<String, Object>> triggered)
      throws SQLException {
    List<Map<String, Object>> types =
        claimEvents.run(connection, Map.of("bean:eventBatch.size", EVENTS_IN_A_BATCH));
    for (Map<String, Object> events : types) {
      String type = (String) events.get("event_type");
      switch (type) {
        case "begun" ->
            triggered.addAll(trigger(connection, findFirstTracks.run(connection, events)));
        case "completed" -> triggered.addAll(complete(connection, events));
        default -> throw new IllegalStateException("no loop for events of the type " + type);
      }
    }
    return !types.isEmpty();
  }

  private List<Map<String, Object>> complete(Connection connection, Map<String, Object> events)
      throws SQLException {
    beginForeignRuns.run(connection, events);
    triggerReportedRoots.run(connection, events);
    Map<String, Object> closed = closeAttempts.run(connection, events).get(0);
    if (closed.get("refused_event_ids") != null) {
      throw new IllegalStateException("refused: " + closed.get("refused_event_ids"));
    }
    return settle(connection, closed);
  }

  private List<Map<String, Object>> finish(Connection connection, List<Map<String, Object>> work)
      throws SQLException {
    String[] payloads = new String[work.size()];
    Arrays.fill(payloads, Payload.JSON);
    Map<String, Object> ends =
        Map.of(
            "correlation_ids", array(work, "correlation_id"),
            "track_nos", array(work, "track_no"),
            "attempts", array(work, "attempt"),
            "payloads", connection.createArrayOf("text", payloads),
            "trackEventType", "completed");
    Map<String, Object> finished = finishWork.run(connection, ends).get(0);
    if (((Number) finished.get("events")).intValue() != work.size()) {
      throw new IllegalStateException("late: " + finished);
    }
    return settle(connection, finished);
  }

  private List<Map<String, Object>> settle(Connection connection, Map<String, Object> ended)
      throws SQLException {
    Map<String, Object> events = new HashMap<>(ended);
    events.put("trackEventType", "completed");
    return trigger(connection, settle.run(connection, events));
  }

  /** As the route does, with room offered by the loops of these handlers. */
  private List<Map<String, Object>> trigger(Connection connection, List<Map<String, Object>> ready)
      throws SQLException {
    if (ready.isEmpty()) {
      return List.of();
    }
    List<String> handlers =
        ready.stream()
            .map(group -> (String) group.get("handler"))
            .distinct()
            .filter(handedOver::containsKey)
            .toList();
    String offers = "variable.trackHandOvers.";
    Map<String, Object> values = joined(ready);
    values.put(offers + "handlers", handlers.toArray(String[]::new));
    values.put(
        offers + "rooms",
        handlers.stream()
            .mapToInt(handler -> Math.max(0, ROOM - handedOver.get(handler).size()))
            .toArray());
    values.put(offers + "leases", handlers.stream().map(handler -> LEASE).toArray(String[]::new));
    values.put(offers + "claims", handlers.stream().map(handler -> "plain").toArray(String[]::new));
    return trigger.run(connection, values);
  }

  /** What the transaction that has committed gave the loops. */
  private void handOver(List<Map<String, Object>> triggered) {
    for (Map<String, Object> row : triggered) {
      if (row.get("correlation_id") != null) {
        handedOver.get((String) row.get("handler")).add(row);
      }
    }
  }

  private static String array(List<Map<String, Object>> rows, String column) {
    StringBuilder array = new StringBuilder("{");
    for (Map<String, Object> row : rows) {
      array.append(array.length() == 1 ? "" : ",").append(row.get(column));
    }
    return array.append('}').toString();
  }

  /** The handlers' groups in one: their arrays, as text, one behind the other. */
  private static Map<String, Object> joined(List<Map<String, Object>> groups) {
    Map<String, Object> all = new HashMap<>(groups.get(0));
    for (Map<String, Object> group : groups.subList(1, groups.size())) {
      group.forEach(
          (column, value) -> {
            if (value instanceof String text && text.startsWith("{")) {
              String left = (String) all.get(column);
              all.put(column, left.substring(0, left.length() - 1) + "," + text.substring(1));
            }
          });
    }
    return all;
  }

  @Override
  public void close() throws InterruptedException {
    stopped = true;
    signal.give();
    threads.shutdown();
    if (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the loops do not end");
    }
    requireHealth();
  }
}
