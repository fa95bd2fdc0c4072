package org.trackcoordinator.lint;

import java.util.function.Consumer;

/** Looks for one kind of fault. */
@FunctionalInterface
interface Check {

  /** Gives all that it finds, in any order. */
  void look(Project project, Consumer<Finding> found);
}
