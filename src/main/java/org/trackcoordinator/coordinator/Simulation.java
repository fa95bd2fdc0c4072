package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.apache.camel.builder.RouteBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Track;

/**
 * Runs definitions with handlers that do nothing, through the same routes and kamelets as real
 * work. Their handlers are named {@code simulate/<handler>} and have no limits, and they never
 * become current, so that live workers never see them.
 */
public final class Simulation implements AutoCloseable {

  /** What live workers never claim. */
  public static final String PREFIX = "simulate/";

  private static final Logger LOG = LoggerFactory.getLogger(Simulation.class);
  private static final int ASK_FOR = 200;
  private static final Duration SAY_EVERY = Duration.ofSeconds(5);
  private static final Duration GIVE_UP_AFTER = Duration.ofSeconds(60);

  private final JdbcTemplate jdbc;
  private final Coordinator coordinator;
  private final DefinitionStore store;

  private Simulation(DataSource pool, Coordinator coordinator) {
    this.jdbc = new JdbcTemplate(pool);
    this.coordinator = coordinator;
    this.store = new DefinitionStore(pool, coordinator.instance());
  }

  /**
   * Starts an instance with a worker for each handler.
   *
   * @param definitions those that will be run
   * @throws Exception what kept the routes from starting
   */
  public static Simulation start(
      DataSource pool, DataSource connections, RoutesFolder routes, List<Definition> definitions)
      throws Exception {
    Coordinator coordinator = new Coordinator(pool, connections, routes);
    Properties settings = new Properties();
    settings.setProperty("cleanup.enabled", "false"); // it only visits this database
    coordinator.with(settings).with(noOps(definitions)).start();
    return new Simulation(pool, coordinator);
  }

  @Override
  public void close() {
    coordinator.close();
  }

  /**
   * What came of it.
   *
   * @param workflow its name
   * @param runs how many were started
   * @param activations completed tracks of all runs
   * @param duplicates triggers or completions beyond the first of an activation
   * @param orderViolations triggers before a dependency completed
   * @param unfinished runs that did not complete
   * @param auditRows what audit() says of these runs
   * @param seconds from the start of the runs to the end of the last
   */
  public record Result(
      String workflow,
      int runs,
      long activations,
      long duplicates,
      long orderViolations,
      long unfinished,
      long auditRows,
      double seconds) {

    public double hopsPerSecond() {
      return seconds > 0 ? activations / seconds : 0;
    }

    /** Each track of each run exactly once, none before its dependencies, nothing left over. */
    public boolean isClean() {
      return duplicates == 0 && orderViolations == 0 && unfinished == 0 && auditRows == 0;
    }
  }

  /**
   * Starts the runs at once and returns when all have ended, or nothing happened for a minute.
   *
   * @param runs at least 1
   */
  public Result run(Definition definition, int runs) throws InterruptedException {
    int id =
        store.store(
            definition.unconditional().withoutLimits().withHandlers(handler -> PREFIX + handler));
    long begun = System.nanoTime();
    List<UUID> started = startRuns(id, runs);
    await(started);
    double seconds = (System.nanoTime() - begun) / 1e9;
    return count(definition.workflow(), started, seconds);
  }

  private static RouteBuilder noOps(List<Definition> definitions) {
    Set<String> handlers = new TreeSet<>();
    for (Definition definition : definitions) {
      definition.tracks().stream().map(Track::handler).forEach(handlers::add);
    }
    return new RouteBuilder() {
      @Override
      public void configure() {
        int number = 0;
        for (String handler : handlers) {
          from("kamelet:track-source/simulate-%d?handler=%s%s".formatted(++number, PREFIX, handler))
              .routeId(PREFIX + handler)
              .description("A track that does nothing.")
              .setBody(simple("{\"track\": \"${header.trackId}\"}"));
        }
      }
    };
  }

  private List<UUID> startRuns(int definition, int runs) {
    return jdbc.queryForList(
        "select track_coordination.start_runs(?, ?)", UUID.class, definition, runs);
  }

  /** Asks for a few runs at a time: the last of them ended when all have. */
  private void await(List<UUID> runs) throws InterruptedException {
    Set<UUID> open = new LinkedHashSet<>(runs);
    CountDownLatch never = new CountDownLatch(1);
    long said = System.nanoTime();
    long lastEvent = lastEvent();
    long lastChange = said;
    while (!open.isEmpty()) {
      UUID[] some = open.stream().limit(ASK_FOR).toArray(UUID[]::new);
      List<UUID> running =
          jdbc.queryForList(
              "select correlation_id from track_coordination.runs where correlation_id = any(?) and state = 'running'",
              UUID.class,
              (Object) some);
      List.of(some).forEach(open::remove);
      open.addAll(running);
      if (!running.isEmpty()) {
        never.await(5, TimeUnit.MILLISECONDS);
      }
      if (System.nanoTime() - said > SAY_EVERY.toNanos()) {
        said = System.nanoTime();
        LOG.info("{} of {} runs are not seen to have ended yet", open.size(), runs.size());
        long event = lastEvent();
        lastChange = event != lastEvent ? said : lastChange;
        lastEvent = event;
        if (said - lastChange > GIVE_UP_AFTER.toNanos()) {
          LOG.error(
              "nothing happened for {} s, {} runs are stuck",
              GIVE_UP_AFTER.toSeconds(),
              open.size());
          return;
        }
      }
    }
  }

  private long lastEvent() {
    return jdbc.queryForObject("select last_value from track_coordination.event_ids", Long.class);
  }

  private Result count(String workflow, List<UUID> runs, double seconds) {
    return jdbc.queryForObject(
        """
        select o.*, (select count(*) from track_coordination.audit(asked.runs)) as audit_rows
          from (select cast(? as uuid[]) as runs) asked
         cross join lateral track_coordination.count_outcomes(asked.runs) o
        """,
        (row, n) ->
            new Result(
                workflow,
                runs.size(),
                row.getLong("activations"),
                row.getLong("duplicates"),
                row.getLong("order_violations"),
                row.getLong("unfinished"),
                row.getLong("audit_rows"),
                seconds),
        (Object) runs.toArray(UUID[]::new));
  }
}
