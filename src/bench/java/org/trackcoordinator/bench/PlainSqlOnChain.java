package org.trackcoordinator.bench;

import org.trackcoordinator.database.Database;

/** The chain of four by the same SQL files without Camel. */
final class PlainSqlOnChain implements Candidate {

  private final Bed bed;
  private final int definition;
  private final int runs;

  PlainSqlOnChain(Bed bed, int runs) {
    this.bed = bed;
    this.definition = bed.ground().store(Workflows.chain());
    this.runs = runs;
  }

  @Override
  public String name() {
    return "plain-sql";
  }

  @Override
  public Bed bed() {
    return bed;
  }

  @Override
  public Round prepare() throws Exception {
    Database database = bed.database().open();
    PlainSql loops = new PlainSql(database.pool()).start(Workflows.CHAIN);
    AutoCloseable workers =
        () -> {
          loops.close();
          database.close();
        };
    return Runs.enqueue(bed, definition, Workflows.CHAIN.size(), runs, workers, loops::wake);
  }
}
