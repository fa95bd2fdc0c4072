package org.trackcoordinator.lint;

import java.util.Locale;
import org.trackcoordinator.workflow.Problem;

/**
 * What a check found.
 *
 * @param severity how much it matters
 * @param problem what, where, and what to do
 */
public record Finding(Severity severity, Problem problem) {

  /** How much a finding matters. */
  public enum Severity {
    /** With these files something never happens: a run waits for ever, or a route can't start. */
    ERROR,
    /** It works, but hardly as it was meant. */
    WARNING,
    /** A check that was left out, and why. */
    NOTE;

    /** The word for people and programs: {@code error}. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** One line for people: severity, file, line, column, key, fault, remedy. */
  @Override
  public String toString() {
    return severity.word() + " " + problem;
  }
}
