package org.trackcoordinator.observe;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.micrometer.core.instrument.Tags;
import java.util.function.ToIntFunction;

/** How many connections of a pool are used. HikariCP's own metrics would time each of its loans. */
final class PoolGauges {

  private PoolGauges() {}

  static void of(HikariDataSource pool, Metrics metrics) {
    String help = "Connections of the pool, by state";
    Tags active = Tags.of("state", "active");
    Tags idle = Tags.of("state", "idle");
    String connections = "tracks.pool.connections";
    metrics.gauge(
        connections, help, active, () -> ask(pool, HikariPoolMXBean::getActiveConnections));
    metrics.gauge(connections, help, idle, () -> ask(pool, HikariPoolMXBean::getIdleConnections));
    metrics.gauge(
        "tracks.pool.waiting",
        "Threads that wait for a connection of the pool",
        Tags.empty(),
        () -> ask(pool, HikariPoolMXBean::getThreadsAwaitingConnection));
    metrics.gauge(
        "tracks.pool.size",
        "How many connections the pool may have",
        Tags.empty(),
        pool::getMaximumPoolSize);
  }

  private static int ask(HikariDataSource pool, ToIntFunction<HikariPoolMXBean> count) {
    HikariPoolMXBean state = pool.getHikariPoolMXBean();
    return state == null ? 0 : count.applyAsInt(state);
  }
}
