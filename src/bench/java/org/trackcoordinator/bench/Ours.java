package org.trackcoordinator.bench;

import java.nio.file.Path;
import java.util.Properties;
import org.apache.camel.RoutesBuilder;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DurableServer;

/** An instance of the coordinator with the project's routes, on connections of its own. */
final class Ours implements AutoCloseable {

  private final Database database;
  private final Coordinator coordinator;

  private Ours(Database database, Coordinator coordinator) {
    this.database = database;
    this.coordinator = coordinator;
  }

  /**
   * Starts one.
   *
   * @param work routes of its own; null for none
   */
  static Ours start(String url, RoutesBuilder work) throws Exception {
    Database database = DurableServer.open(url);
    Properties settings = new Properties();
    settings.setProperty("cleanup.enabled", "false");
    Coordinator coordinator =
        new Coordinator(database.pool(), database.plain(), RoutesFolder.at(Path.of("routes")))
            .watching(database.contact())
            .with(settings);
    if (work != null) {
      coordinator.with(work);
    }
    return new Ours(database, coordinator.start());
  }

  /** Waits until it listens and has nothing to do: from now on a commit wakes it. */
  static void awaitAsleep(Sql sql) throws Exception {
    sql.await(
        "the drainer sleeps",
        """
        select exists (select from pg_locks l join pg_database d on d.oid = l.database
                        where d.datname = current_database() and l.locktype = 'advisory' and l.classid = 8210 and l.objid = 1
                          and l.mode = 'ExclusiveLock' and l.granted)
           and not exists (select from track_coordination.event_queue)
        """);
  }

  @Override
  public void close() {
    coordinator.close();
    database.close();
  }
}
