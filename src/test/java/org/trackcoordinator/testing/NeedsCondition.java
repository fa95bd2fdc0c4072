package org.trackcoordinator.testing;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips or fails what {@link Needs} something that is not there. */
final class NeedsCondition implements ExecutionCondition {

  private static final String PROPERTY = "tracks.require";
  private static final String ALL = "all";

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    List<Tool> needed =
        context
            .getElement()
            .map(element -> element.getAnnotation(Needs.class))
            .map(needs -> List.of(needs.value()))
            .orElse(List.of());
    return evaluate(needed, tool -> tool.find().isPresent(), System.getProperty(PROPERTY, ""));
  }

  /**
   * What becomes of a test.
   *
   * @param required what the property says
   * @throws AssertionError if something is missing that is required
   * @throws IllegalArgumentException if the property names something that nobody knows
   */
  static ConditionEvaluationResult evaluate(
      List<Tool> needed, Predicate<Tool> isThere, String required) {
    List<Tool> missing = needed.stream().filter(isThere.negate()).toList();
    if (missing.isEmpty()) {
      return ConditionEvaluationResult.enabled("all that it needs is here");
    }
    String why =
        missing.stream().map(Tool::label).collect(Collectors.joining(", "))
            + " not found; "
            + Tool.howToGet(missing);
    Set<String> names = names(required);
    if (missing.stream().anyMatch(tool -> names.contains(ALL) || names.contains(tool.label()))) {
      throw new AssertionError(why + " (-D" + PROPERTY + "=" + required + ")");
    }
    return ConditionEvaluationResult.disabled(why);
  }

  private static Set<String> names(String required) {
    Set<String> names =
        Arrays.stream(required.split(","))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toSet());
    List<String> known = Arrays.stream(Tool.values()).map(Tool::label).toList();
    for (String name : names) {
      if (!name.equals(ALL) && !known.contains(name)) {
        throw new IllegalArgumentException(
            "-D%s=%s: %s is unknown; known are all, %s"
                .formatted(PROPERTY, required, name, String.join(", ", known)));
      }
    }
    return names;
  }
}
