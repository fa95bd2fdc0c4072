package org.trackcoordinator.bench;

import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Programs that insert rows into the log, one per commit, each on a connection of its own. */
final class ForeignWriters implements AutoCloseable {

  private static final String INSERT =
      "insert into public.processing_logs (user_id, correlation_id, track_id, event_type, payload) values ('guest', ?::uuid, ?, ?, ?::jsonb)";

  private final List<Sql> connections = new ArrayList<>();

  ForeignWriters(BenchDatabase database, int count) throws Exception {
    for (int index = 0; index < count; index++) {
      connections.add(database.sql());
    }
  }

  /** What happens beside an insert. */
  interface Watch {
    /** Before the insert; may wait. */
    default long begin(int index) {
      return 0;
    }

    /** After its commit. */
    default void end(int index, long begun) {}
  }

  /** Inserts a completed row of a track for each of these runs. */
  void complete(List<String> runs, String track, Watch watch) throws Exception {
    write(runs, runs.size(), track, "completed", watch);
  }

  /** Inserts rows that are no track events. */
  void writeOther(int rows) throws Exception {
    write(null, rows, "mailbox", "polled", new Watch() {});
  }

  private void write(List<String> runs, int rows, String track, String event, Watch watch)
      throws Exception {
    AtomicInteger next = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(connections.size());
    List<Future<?>> writing = new ArrayList<>();
    for (Sql connection : connections) {
      writing.add(
          threads.submit(
              () -> {
                try (PreparedStatement insert = connection.connection().prepareStatement(INSERT)) {
                  insert.setString(2, track);
                  insert.setString(3, event);
                  insert.setString(4, Payload.JSON);
                  for (int i = next.getAndIncrement(); i < rows; i = next.getAndIncrement()) {
                    insert.setString(1, runs == null ? null : runs.get(i));
                    long begun = watch.begin(i);
                    insert.executeUpdate();
                    watch.end(i, begun);
                  }
                }
                return null;
              }));
    }
    threads.shutdown();
    for (Future<?> each : writing) {
      each.get();
    }
  }

  @Override
  public void close() throws Exception {
    for (Sql connection : connections) {
      connection.close();
    }
  }
}
