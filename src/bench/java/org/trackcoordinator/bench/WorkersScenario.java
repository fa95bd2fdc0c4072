package org.trackcoordinator.bench;

import java.util.ArrayList;
import java.util.List;

/** {@code workers}: how many consumers of a handler are worth having where the work is none. */
final class WorkersScenario implements Scenario {

  private static final List<Integer> COUNTS = List.of(1, 2, 4, 8, 16);

  @Override
  public String name() {
    return "workers";
  }

  @Override
  public String question() {
    return "The chain of four with a concurrency of 1 to 16 of each handler's track-source.";
  }

  @Override
  public Outcome measure(Bed bed) throws Exception {
    List<Candidate> candidates = new ArrayList<>();
    for (int count : COUNTS) {
      candidates.add(
          new OursOnGraph(
              bed,
              "concurrency " + count,
              Workflows.chain(),
              bed.plan().of(2_500),
              "&concurrency=" + count));
    }
    return new Outcome().add(new Interleaved(bed.plan().rounds(), candidates).run());
  }
}
