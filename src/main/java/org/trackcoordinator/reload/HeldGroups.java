package org.trackcoordinator.reload;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.Route;
import org.apache.camel.Service;
import org.apache.camel.model.AggregateDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.processor.aggregate.AggregateProcessor;
import org.apache.camel.processor.aggregate.MemoryAggregationRepository;
import org.apache.camel.support.CamelContextHelper;

/**
 * What the aggregates of a route hold back: groups of exchanges that are not complete yet. Those in
 * a repository outside of this program don't count: the route's successor finds them there.
 */
final class HeldGroups {

  private final List<AggregateProcessor> all = new ArrayList<>();
  private final List<AggregateProcessor> forced = new ArrayList<>();

  /**
   * @param definition what the route was made of; null if that is not known
   */
  HeldGroups(Route route, RouteDefinition definition) {
    Set<String> toForce = definition == null ? Set.of() : idsOfForced(route, definition);
    for (Service part : Services.of(route)) {
      if (part instanceof AggregateProcessor aggregate) {
        all.add(aggregate);
        if (toForce.contains(aggregate.getId())) {
          forced.add(aggregate);
        }
      }
    }
  }

  /** The processor does not tell. */
  private static Set<String> idsOfForced(Route route, RouteDefinition definition) {
    return ProcessorDefinitionHelper.filterTypeInOutputs(
            definition.getOutputs(), AggregateDefinition.class)
        .stream()
        .filter(
            aggregate ->
                Boolean.TRUE.equals(
                    CamelContextHelper.parseBoolean(
                        route.getCamelContext(), aggregate.getForceCompletionOnStop())))
        .map(AggregateDefinition::getId)
        .collect(Collectors.toSet());
  }

  /** How many there are that nothing completes when nothing comes in any more. */
  int toBeLost() {
    return all.stream()
        .filter(aggregate -> !isTimed(aggregate) && !forced.contains(aggregate))
        .mapToInt(HeldGroups::open)
        .sum();
  }

  /** Whether some are under way, or will be when their time is over. */
  boolean areToCome() {
    return all.stream()
        .anyMatch(
            aggregate ->
                aggregate.getInProgressCompleteExchanges() > 0
                    || (isTimed(aggregate) && open(aggregate) > 0));
  }

  /** Sends on those that are to be sent when the route stops, complete or not. */
  void force() {
    forced.forEach(AggregateProcessor::forceCompletionOfAllGroups);
  }

  private static boolean isTimed(AggregateProcessor aggregate) {
    return aggregate.getCompletionTimeout() > 0
        || aggregate.getCompletionTimeoutExpression() != null
        || aggregate.getCompletionInterval() > 0;
  }

  private static int open(AggregateProcessor aggregate) {
    return aggregate.getAggregationRepository() instanceof MemoryAggregationRepository groups
        ? groups.getKeys().size()
        : 0;
  }
}
