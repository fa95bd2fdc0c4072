package org.trackcoordinator.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each bad file is refused with exactly these words: file, line, column, key, fault, remedy. */
@Tag("track-coordination")
class BadWorkflowTest {

  static Stream<BadWorkflow> all() {
    return BadWorkflow.all();
  }

  @ParameterizedTest
  @MethodSource("all")
  void isRefused(BadWorkflow bad) {
    InvalidWorkflowException refusal = refusal(bad.file(), bad.text());

    assertThat(refusal).hasMessage(bad.problems());
  }

  @ParameterizedTest
  @MethodSource("all")
  void problemsAreInTheOrderOfTheFileAndWithinIt(BadWorkflow bad) {
    List<Problem> problems = refusal(bad.file(), bad.text()).problems();

    assertThat(problems)
        .isSortedAccordingTo(
            Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
    List<String> lines = bad.text().lines().collect(Collectors.toList());
    lines.add("");
    assertThat(problems)
        .allSatisfy(
            problem -> {
              assertThat(problem.line()).isBetween(1, lines.size());
              assertThat(problem.column()).isBetween(1, lines.get(problem.line() - 1).length() + 1);
            });
  }

  @Test
  void areMany() {
    assertThat(BadWorkflow.all()).hasSizeGreaterThan(100);
    assertThat(BadWorkflow.all().map(BadWorkflow::name)).doesNotHaveDuplicates();
  }

  static InvalidWorkflowException refusal(String file, String text) {
    InvalidWorkflowException refusal =
        catchThrowableOfType(InvalidWorkflowException.class, () -> WorkflowFiles.parse(file, text));
    assertThat(refusal).as("refusal of %s", text).isNotNull();
    return refusal;
  }
}
