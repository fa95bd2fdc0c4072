package org.trackcoordinator.workflow;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong in one file. */
final class Problems {

  private final String file;
  private final List<Problem> list = new ArrayList<>();

  Problems(String file) {
    this.file = file;
  }

  String file() {
    return file;
  }

  void add(Position position, String path, String message) {
    list.add(new Problem(file, position.line(), position.column(), path, message));
  }

  /** For what makes reading on pointless: the problem, together with those found before it. */
  InvalidWorkflowException fatal(Position position, String path, String message) {
    add(position, path, message);
    return toException();
  }

  void throwIfAny() {
    if (!list.isEmpty()) {
      throw toException();
    }
  }

  InvalidWorkflowException toException() {
    List<Problem> sorted = new ArrayList<>(list);
    sorted.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
    return new InvalidWorkflowException(sorted);
  }
}
