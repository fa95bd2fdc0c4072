package org.trackcoordinator.bench;

import java.util.List;

/** {@code coordination}: what a coordinator does alone, without workers. */
final class CoordinationScenario implements Scenario {

  private static final List<String> HOP = List.of("completed", "triggered");

  @Override
  public String name() {
    return "coordination";
  }

  @Override
  public String question() {
    return "A backlog of completed rows that a foreign program inserted: settled, and what waits for them triggered; no workers.";
  }

  @Override
  public Outcome measure(Bed bed) throws Exception {
    Plan plan = bed.plan();
    List<Candidate> candidates =
        List.of(
            OnBacklog.ours(bed, plan.of(30_000)),
            OnBacklog.plainSql(bed, plan.of(30_000)),
            new InsertLimit(bed, "limit", HOP, true, plan.of(200_000)),
            new InsertLimit(bed, "limit-one-payload", HOP, false, plan.of(200_000)));
    return new Outcome()
        .add(new Interleaved(bed.plan().rounds(), candidates).run())
        .compare(new Target("ours", "plain-sql", 0.9))
        .compare(new Target("ours", "limit", 0.2))
        .note(
            "The completed rows are there when the clock starts; limit writes them as well, with a payload in both rows of a hop.");
  }
}
