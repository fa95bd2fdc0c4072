package org.trackcoordinator.reload;

import java.util.Set;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteBuilderLifecycleStrategy;
import org.apache.camel.model.rest.RestDefinition;

/** Of a {@code rest} entry only those operations are built that are to be. */
final class OnlyOperations implements RouteBuilderLifecycleStrategy {

  private final Set<String> wanted;

  /**
   * @param wanted their ids
   */
  OnlyOperations(Set<String> wanted) {
    this.wanted = wanted;
  }

  @Override
  public void afterConfigure(RouteBuilder builder) {
    for (RestDefinition rest : builder.getRestCollection().getRests()) {
      rest.getVerbs().removeIf(verb -> !wanted.contains(verb.getId()));
    }
    builder.getRestCollection().getRests().removeIf(rest -> rest.getVerbs().isEmpty());
  }
}
