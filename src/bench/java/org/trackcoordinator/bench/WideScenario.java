package org.trackcoordinator.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.trackcoordinator.workflow.Definition;

/** {@code wide}: real graphs of a thousand tracks, beside the chain of four. */
final class WideScenario implements Scenario {

  /** With the runs of a full round. */
  private static final Map<String, Integer> GRAPHS =
      new TreeMap<>(Map.of("montage-chameleon-2mass-04d-001", 5, "bwa-chameleon-medium-001", 7));

  @Override
  public String name() {
    return "wide";
  }

  @Override
  public String question() {
    return "Real graphs of over 1,000 tracks with fan-outs and fan-ins of hundreds, in parts of the chain of four.";
  }

  @Override
  public Outcome measure(Bed bed) throws Exception {
    Plan plan = bed.plan();
    List<Candidate> candidates = new ArrayList<>();
    candidates.add(new OursOnGraph(bed, "chain", Workflows.chain(), plan.of(3_000), ""));
    for (Map.Entry<String, Integer> graph : GRAPHS.entrySet()) {
      Definition definition = Workflows.real(graph.getKey());
      candidates.add(
          new OursOnGraph(bed, shortName(graph), definition, plan.of(graph.getValue()), ""));
    }
    Outcome outcome = new Outcome().add(new Interleaved(bed.plan().rounds(), candidates).run());
    GRAPHS.entrySet().forEach(g -> outcome.compare(new Target(shortName(g), "chain", 0.7)));
    return outcome;
  }

  private static String shortName(Map.Entry<String, Integer> graph) {
    return graph.getKey().substring(0, graph.getKey().indexOf('-'));
  }
}
