package org.trackcoordinator.workflow;

import java.util.List;
import java.util.stream.Collectors;

/** A workflow file is refused. The message holds a problem per line, the first hundred at most. */
public final class InvalidWorkflowException extends RuntimeException {

  private static final int SHOWN = 100;

  private final transient List<Problem> problems;

  /**
   * Refuses for these reasons.
   *
   * @param problems at least one, in the order of the file
   */
  public InvalidWorkflowException(List<Problem> problems) {
    super(message(problems));
    this.problems = List.copyOf(problems);
  }

  /** All problems that were found, in the order of the file. */
  public List<Problem> problems() {
    return problems;
  }

  private static String message(List<Problem> problems) {
    String shown =
        problems.stream().limit(SHOWN).map(Problem::toString).collect(Collectors.joining("\n"));
    int more = problems.size() - SHOWN;
    return more <= 0 ? shown : shown + "\n… and " + more + " more problems";
  }
}
