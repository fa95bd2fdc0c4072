package org.trackcoordinator.workflow;

/**
 * A remark on a valid file.
 *
 * @param severity whether it stops the file from being run
 * @param problem what and where
 */
public record Note(Severity severity, Problem problem) {

  /** How much it matters. */
  public enum Severity {
    /** Loading it to be run is refused: what runs would differ from what the file says. */
    REFUSED,
    /** It runs, without what the setting asks for. */
    WARNING
  }

  /** One line for people. */
  @Override
  public String toString() {
    return problem.toString();
  }
}
