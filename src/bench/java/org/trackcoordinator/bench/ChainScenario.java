package org.trackcoordinator.bench;

import java.util.List;

/** {@code chain}: a chain of four tracks that do nothing, all in. */
final class ChainScenario implements Scenario {

  static final List<String> HOP = List.of("triggered", "started", "completed");

  @Override
  public String name() {
    return "chain";
  }

  @Override
  public String question() {
    return "Runs of a chain of four no-op tracks, all in: claimed, worked on, completed, the next one triggered.";
  }

  @Override
  public Outcome measure(Bed bed) throws Exception {
    Plan plan = bed.plan();
    List<Candidate> candidates =
        List.of(
            new OursOnGraph(bed, "ours", Workflows.chain(), plan.of(10_000), ""),
            new PlainSqlOnChain(bed, plan.of(10_000)),
            new InsertLimit(bed, "limit", HOP, true, plan.of(150_000)),
            new InsertLimit(bed, "limit-one-payload", HOP, false, plan.of(200_000)),
            new CamelSqlOnChain(bed, plan.of(2_500)),
            new DbSchedulerOnChain(bed, plan.of(4_000)));
    return new Outcome()
        .add(new Interleaved(bed.plan().rounds(), candidates).run())
        .compare(new Target("ours", "plain-sql", 0.85))
        .compare(new Target("ours", "limit", 0.22))
        .compare(new Target("ours", "limit", 0.30))
        .compare(new Target("ours", "db-scheduler", 4.0))
        .compare(new Target("ours", "camel-sql", 9.0))
        .note("limit writes a payload into all three rows of a hop, ours into the completed one.");
  }
}
