package org.trackcoordinator.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Programs that know nothing of the coordinator: each inserts {@code completed} rows, every one for
 * a run of its own, and inserts a row again when it does not know whether it was committed.
 */
final class ForeignWriters implements AutoCloseable {

  private final JdbcTemplate sql;
  private final String track;
  private final Set<UUID> acknowledged = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Future<?>> writers = new ArrayList<>();
  private volatile boolean open = true;

  /**
   * @param track that they complete
   */
  ForeignWriters(DataSource source, String track, int writers) {
    this.sql = new JdbcTemplate(source);
    this.track = track;
    for (int i = 0; i < writers; i++) {
      this.writers.add(threads.submit(this::write));
    }
  }

  /** The runs whose rows the database has confirmed. */
  Set<UUID> acknowledged() {
    return acknowledged;
  }

  /** Ends them after their current row was confirmed. */
  @Override
  public void close() throws Exception {
    open = false;
    threads.shutdown();
    threads.awaitTermination(60, TimeUnit.SECONDS);
    for (Future<?> writer : writers) {
      writer.get();
    }
  }

  private void write() {
    while (open) {
      UUID run = UUID.randomUUID();
      while (!inserted(run)) {
        Thread.onSpinWait(); // a connection that is refused takes its time
      }
      acknowledged.add(run);
    }
  }

  private boolean inserted(UUID run) {
    try {
      sql.update(
          "insert into processing_logs (correlation_id, track_id, event_type, payload) values (?, ?, 'completed', '{}')",
          run,
          track);
      return true;
    } catch (DataAccessException e) {
      if (TransientFailure.isTransient(e)) {
        return false;
      }
      throw e;
    }
  }
}
