package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
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
 * Runs a definition with handlers that do nothing, through the same routes and kamelets as real
 * work. Its handlers are named {@code simulate/<handler>} and its definition never becomes current,
 * so that live workers never see it.
 */
public final class Simulation {

  /** What live workers never claim. */
  public static final String PREFIX = "simulate/";

  private static final Logger LOG = LoggerFactory.getLogger(Simulation.class);
  private static final int ASK_FOR = 200;
  private static final Duration SAY_EVERY = Duration.ofSeconds(5);

  private final DataSource pool;
  private final DataSource connections;
  private final RoutesFolder routes;
  private final JdbcTemplate jdbc;

  public Simulation(DataSource pool, DataSource connections, RoutesFolder routes) {
    this.pool = pool;
    this.connections = connections;
    this.routes = routes;
    this.jdbc = new JdbcTemplate(pool);
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
   * Starts the runs at once and returns when all have ended.
   *
   * @param runs at least 1
   * @throws Exception what kept the routes from starting
   */
  public Result run(Definition definition, int runs) throws Exception {
    Definition simulated = definition.withHandlers(handler -> PREFIX + handler);
    try (Coordinator coordinator = new Coordinator(pool, connections, routes)) {
      int id = new DefinitionStore(pool, coordinator.instance()).store(simulated);
      coordinator.with(noOps(simulated)).start();
      long begun = System.nanoTime();
      List<UUID> started = startRuns(id, runs);
      await(started);
      double seconds = (System.nanoTime() - begun) / 1e9;
      return count(definition.workflow(), started, seconds);
    }
  }

  private static RouteBuilder noOps(Definition simulated) {
    Set<String> handlers = new TreeSet<>();
    simulated.tracks().stream().map(Track::handler).forEach(handlers::add);
    return new RouteBuilder() {
      @Override
      public void configure() {
        int number = 0;
        for (String handler : handlers) {
          from("kamelet:track-source/simulated-" + ++number + "?handler=" + handler)
              .routeId(handler)
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
      }
    }
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
