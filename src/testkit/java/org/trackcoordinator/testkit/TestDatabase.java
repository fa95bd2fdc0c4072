package org.trackcoordinator.testkit;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.DefinitionStore;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.coordinator.TransientFailure;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Databases;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.workflow.Definition;

/**
 * The migrated database that all tests of a JVM share. Its sessions are not in UTC, and its clock
 * goes ahead at a test's will.
 */
public final class TestDatabase {

  /** The tag of a test that leaves an invariant broken, and means to. */
  public static final String BREAKS_INVARIANTS = "breaks-invariants";

  /** What fills while workflows run; the definitions and the rules are elsewhere. */
  public static final String TABLES =
      """
      public.processing_logs, track_coordination.event_queue, track_coordination.work_queue, track_coordination.runs,
      track_coordination.activations, track_coordination.idempotency_keys, track_coordination.event_fates,
      track_coordination.gate_states, track_coordination.source_states, track_coordination.operator_actions,
      track_coordination.circuit_probes, track_coordination.workflows, track_coordination.tombstones,
      track_coordination.archived_logs, track_coordination.decisions, track_coordination.worker_sightings,
      track_coordination.retired_definitions, track_coordination.traced_runs, track_coordination.trace_sampling
      """;

  /** What holds nothing is left as it is: to empty a table anew costs the server files. */
  private static final String CLEAR =
      """
      do $$ declare
        used text;
      begin
        lock table %s nowait;
        select string_agg(cast(t as text), ', ') into used
          from unnest(cast(string_to_array('%s', ',') as regclass[])) t where pg_relation_size(t) > 0;
        if used is not null then
          execute 'truncate ' || used;
        end if;
        update track_coordination.handlers
           set max_concurrent = null, rate_permits = null, rate_period = null, tokens = null, refilled_at = null, moved_at = null
         where limited or moved_at is not null;
        update testing.clock set ahead = '0' where ahead <> '0';
      end $$;
      select pg_stat_force_next_flush(); -- later, it would take the statistics of a test away
      """
          .formatted(TABLES, TABLES.strip());

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static TestDatabase shared;

  private final Database database;
  private final JdbcTemplate sql;

  private TestDatabase(Database database) {
    this.database = database;
    this.sql = new JdbcTemplate(pooled(database.url()));
  }

  /** The one of this JVM, made when first asked for. */
  public static synchronized TestDatabase shared() {
    if (shared == null) {
      Database database = Databases.at(TestServer.newDatabaseUrl());
      execute(
          database.plain(),
          "do $$ begin execute format('alter database %I set timezone = ''Asia/Kathmandu''', current_database()); end $$");
      Migrations.migrate(database.plain());
      makeClockMovable(database.plain());
      shared = new TestDatabase(database);
    }
    return shared;
  }

  public Database database() {
    return database;
  }

  /** Asks as any other program would, on connections that stay open. */
  public JdbcTemplate sql() {
    return sql;
  }

  /** A coordinator on this database; configure, start and close it yourself. */
  public Coordinator coordinator(RoutesFolder routes) {
    return new Coordinator(database.pool(), database.plain(), routes).watching(database.contact());
  }

  /** Makes it the current definition of its workflow. Returns its id. */
  public int load(Definition definition) {
    return new DefinitionStore(database.pool(), "test").makeCurrent(definition);
  }

  /**
   * Forgets all runs, workflows and time that passed. A coordinator that runs meanwhile is waited
   * for without any lock, so that none waits for us.
   *
   * @throws IllegalStateException if somebody uses the tables for a minute
   */
  public void clear() {
    if (!Waiting.until(PATIENCE, this::isCleared)) {
      throw new IllegalStateException(
          "the tables are in use since %d s, by: %s"
              .formatted(
                  PATIENCE.toSeconds(),
                  sql.queryForList(
                      "select application_name || ': ' || left(query, 200) from pg_stat_activity"
                          + " where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()",
                      String.class)));
    }
  }

  private boolean isCleared() {
    try {
      sql.execute(CLEAR);
      return true;
    } catch (DataAccessException inUse) {
      if (TransientFailure.isTransient(inUse)) {
        return false;
      }
      throw inUse;
    }
  }

  /**
   * Lets this much time pass at once for all that goes by the database's clock. Instances at rest
   * count the time for themselves, so they are told.
   */
  public void passTime(Duration time) {
    sql.update(
        "update testing.clock set ahead = ahead + make_interval(secs => ?)", time.toNanos() / 1e9);
    sql.execute("notify track_events");
  }

  /** What breaks an invariant; empty is healthy. */
  public List<Map<String, Object>> audit() {
    return sql.queryForList("select * from track_coordination.audit()");
  }

  /**
   * After a test: whatever it did, what is stored is what the log says, and breaks no other
   * invariant. Not asked after one that failed, or that is tagged {@value #BREAKS_INVARIANTS}.
   *
   * @throws AssertionError listing what is broken
   */
  public void requireSound(ExtensionContext test) {
    if (test.getExecutionException().isPresent() || test.getTags().contains(BREAKS_INVARIANTS)) {
      return;
    }
    if (sql.queryForObject("select count(*) from track_coordination.runs", Long.class) > 0) {
      List<Map<String, Object>> broken = audit();
      if (!broken.isEmpty()) {
        throw new AssertionError(
            "audit after the test:"
                + String.join("", broken.stream().map(row -> "\n  " + row).toList()));
      }
    }
  }

  /** Without plans that outlive a change of the tables. */
  private static DataSource pooled(String url) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("test");
    config.setJdbcUrl(url + "&ApplicationName=test&prepareThreshold=0");
    config.setMinimumIdle(1);
    return new HikariDataSource(config);
  }

  /** Only the owner of the schema can do this: production has a clock that nobody moves. */
  private static void makeClockMovable(DataSource plain) {
    execute(
        plain,
        """
        create schema testing;
        grant usage on schema testing to public;
        create table testing.clock (ahead interval not null);
        grant select on testing.clock to public;
        insert into testing.clock values ('0');
        create or replace function track_coordination.clock() returns timestamptz language sql stable parallel safe as
          'select pg_catalog.now() + (select ahead from testing.clock)'
        """);
  }

  private static void execute(DataSource source, String sql) {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
