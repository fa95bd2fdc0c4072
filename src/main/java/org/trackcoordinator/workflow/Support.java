package org.trackcoordinator.workflow;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Which settings of the format this version does not carry out yet. */
public final class Support {

  /** Left out silently, these would change which tracks run. */
  private static final Set<String> CHANGES_WHAT_RUNS = Set.of("when");

  private Support() {}

  /**
   * The settings that the file itself writes and that have no effect yet.
   *
   * <p>Each is named where it stands.
   */
  public static List<Note> notBuiltYet(Definition definition) {
    List<Note> notes = new ArrayList<>();
    for (Setting setting : definition.settings()) {
      if (CHANGES_WHAT_RUNS.contains(setting.name())) {
        String message = "'%s' is not carried out by this version; remove it to run the workflow";
        notes.add(note(Note.Severity.REFUSED, definition, setting, message));
      }
    }
    return notes;
  }

  /**
   * Refuses a definition whose file asks for what would change what runs.
   *
   * @throws InvalidWorkflowException naming each such setting
   */
  public static void requireRunnable(Definition definition) {
    List<Problem> refused =
        notBuiltYet(definition).stream()
            .filter(note -> note.severity() == Note.Severity.REFUSED)
            .map(Note::problem)
            .toList();
    if (!refused.isEmpty()) {
      throw new InvalidWorkflowException(refused);
    }
  }

  private static Note note(
      Note.Severity severity, Definition definition, Setting setting, String message) {
    String file = definition.source();
    return new Note(
        severity,
        new Problem(
            file,
            setting.line(),
            setting.column(),
            setting.path(),
            message.formatted(setting.name())));
  }
}
