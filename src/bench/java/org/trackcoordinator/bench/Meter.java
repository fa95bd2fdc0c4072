package org.trackcoordinator.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.util.function.LongSupplier;

/** Reads what work costs: CPU of both sides, WAL and statements. */
final class Meter implements AutoCloseable {

  private static final double NANOS_PER_MICRO = 1e3;

  private final Sql sql;
  private final ServerCpu server;
  private final boolean countsStatements;
  private final boolean seesPages;
  private final OperatingSystemMXBean machine =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private LongSupplier otherClients = () -> 0;

  Meter(BenchDatabase bench) throws SQLException {
    sql = bench.sql();
    server = ServerCpu.ofBackend(sql.number("select pg_backend_pid()"));
    countsStatements =
        isReady("pg_stat_statements", "select count(*) from pg_stat_statements limit 1");
    seesPages = isReady("pg_walinspect", "select 1");
  }

  /** Client processes beside this one; microseconds of CPU. */
  void alsoCount(LongSupplier others) {
    otherClients = others;
  }

  /** Where the meters stand; what is NaN can't be read here. */
  record Reading(double clientMicros, double serverMicros, String wal, double statements) {}

  Reading read() throws SQLException {
    double statements =
        countsStatements
            ? sql.number(
                "select sum(calls) from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database())")
            : Double.NaN;
    double serverMicros = server.micros().stream().mapToDouble(m -> m).findAny().orElse(Double.NaN);
    return new Reading(
        machine.getProcessCpuTime() / NANOS_PER_MICRO + otherClients.getAsLong(),
        serverMicros,
        sql.text("select pg_current_wal_flush_lsn()"),
        statements);
  }

  /** What was used between two readings, per hop. */
  Cost between(Reading before, Reading after, long hops) throws SQLException {
    long wal =
        sql.number(
            "select pg_wal_lsn_diff(cast(? as pg_lsn), cast(? as pg_lsn))::bigint",
            after.wal(),
            before.wal());
    double pages =
        seesPages && wal > 0
            ? sql.number(
                "select sum(fpi_size)::bigint from pg_get_wal_stats(cast(? as pg_lsn), cast(? as pg_lsn))",
                before.wal(),
                after.wal())
            : Double.NaN;
    return new Cost(
        (after.clientMicros() - before.clientMicros()) / hops,
        (after.serverMicros() - before.serverMicros()) / hops,
        (double) wal / hops,
        (wal - pages) / hops,
        (after.statements() - before.statements()) / hops);
  }

  /**
   * Per hop.
   *
   * @param clientMicros CPU of the client processes
   * @param serverMicros CPU of all processes of the server
   * @param walBytes all of it
   * @param walBytesWithoutPages without the images of whole pages that follow a checkpoint
   * @param statements sent to the server
   */
  record Cost(
      double clientMicros,
      double serverMicros,
      double walBytes,
      double walBytesWithoutPages,
      double statements) {}

  private boolean isReady(String extension, String question) throws SQLException {
    if (!sql.isTrue("select exists (select from pg_extension where extname = ?)", extension)) {
      return false;
    }
    try {
      sql.text(question);
      return true;
    } catch (SQLException e) {
      System.err.println(extension + " can't be used here: " + e.getMessage());
      return false;
    }
  }

  @Override
  public void close() throws SQLException {
    sql.close();
  }
}
