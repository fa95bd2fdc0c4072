package org.trackcoordinator.bench;

import org.trackcoordinator.database.Database;
import org.trackcoordinator.workflow.Definition;

/** Runs whose roots are triggered, and that wait for programs which only insert rows. */
final class WaitingRuns {

  private WaitingRuns() {}

  /** Starts them and triggers their roots, without a coordinator. */
  static void start(Bed bed, Definition graph, int runs) throws Exception {
    int definition = bed.ground().store(graph);
    bed.ground().sql().startRuns(definition, runs);
    try (Database database = bed.database().open();
        PlainSql loops = new PlainSql(database.pool())) {
      loops.drain();
    }
    bed.ground().sql().execute("vacuum analyze");
  }
}
