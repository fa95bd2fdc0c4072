package org.trackcoordinator.bench;

/** One question that the bench answers. */
interface Scenario {

  /** As the option {@code --only} has it. */
  String name();

  /** What is measured, in one sentence. */
  String question();

  /**
   * Measures.
   *
   * @throws Exception what kept it from being measured, a wrong result among it
   */
  Outcome measure(Bed bed) throws Exception;
}
