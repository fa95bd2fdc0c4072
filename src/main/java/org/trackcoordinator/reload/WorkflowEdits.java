package org.trackcoordinator.reload;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.condition.Conditions;
import org.trackcoordinator.reload.FolderFiles.Content;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.Problem;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * Makes the definitions of edited workflow files current, as the start does. Runs keep the
 * definition that they began with. A file that is deleted leaves its workflow as it is in the
 * database: runs need it, and other instances may start some.
 */
final class WorkflowEdits {

  private static final Logger LOG = LoggerFactory.getLogger(WorkflowEdits.class);

  private final UnaryOperator<String> shown;
  private final Consumer<Definition> makeCurrent;
  private final Supplier<List<Problem>> lint;
  private final Map<String, String> texts = new HashMap<>(); // of files that are live
  private final Map<String, Definition> live = new TreeMap<>(); // by file
  private boolean toBeTriedAgain;

  /**
   * @param shown a file of the folder, as messages name it
   * @param makeCurrent stores a definition; may fail while the database is away
   * @param lint what is wrong with the files as they lie on disk, beside the others
   */
  WorkflowEdits(
      UnaryOperator<String> shown, Consumer<Definition> makeCurrent, Supplier<List<Problem>> lint) {
    this.shown = shown;
    this.makeCurrent = makeCurrent;
    this.lint = lint;
  }

  /**
   * These files lay there when the instance started.
   *
   * @param loaded what is current by then; a file that says something else was saved meanwhile
   */
  void startedWith(Map<String, Content> contents, Collection<Definition> loaded) {
    contents.forEach(
        (file, content) -> {
          try {
            Definition definition = read(file, content);
            if (loaded.stream().anyMatch(other -> other.hash().equals(definition.hash()))) {
              texts.put(file, content.text());
              live.put(file, definition);
            }
          } catch (InvalidWorkflowException e) {
            // it is told when it is taken for an edit
          }
        });
  }

  /**
   * Makes current what is good in these files.
   *
   * @return why other files are not
   */
  List<Problem> apply(Map<String, Content> contents) {
    List<Problem> problems = new ArrayList<>();
    Map<String, Definition> edited = new TreeMap<>();
    contents.forEach(
        (file, content) -> {
          if (content.text() == null || !content.text().equals(texts.get(file))) {
            try {
              edited.put(file, read(file, content));
            } catch (InvalidWorkflowException e) {
              problems.addAll(e.problems());
            }
          }
        });
    forget(contents, problems, edited);
    refuseDuplicates(contents.keySet(), edited, problems);
    if (!edited.isEmpty()) {
      refuseFindings(edited, problems);
    }
    toBeTriedAgain = false;
    edited.forEach(
        (file, definition) -> {
          try {
            load(file, definition);
            texts.put(file, contents.get(file).text());
          } catch (RuntimeException e) {
            toBeTriedAgain = true;
            problems.add(whole(file, "can't be stored yet, it is tried again: " + reason(e)));
          }
        });
    return problems;
  }

  /** Whether something could not be stored for now, since the database is away. */
  boolean isToBeTriedAgain() {
    return toBeTriedAgain;
  }

  private void load(String file, Definition definition) {
    Definition before = live.put(file, definition);
    if (before != null && before.hash().equals(definition.hash())) {
      return; // a comment, a space
    }
    try {
      makeCurrent.accept(definition);
    } catch (RuntimeException e) {
      live.remove(file);
      if (before != null) {
        live.put(file, before);
      }
      throw e;
    }
    LOG.info(
        "{} is live: definition {} of the workflow {} is current for new runs",
        shown.apply(file),
        definition.hash().substring(0, 12),
        definition.workflow());
  }

  private void forget(
      Map<String, Content> contents, List<Problem> refused, Map<String, Definition> edited) {
    Set<String> gone = new HashSet<>(texts.keySet());
    gone.removeAll(contents.keySet());
    for (String file : gone) {
      texts.remove(file);
      Definition definition = live.remove(file);
      boolean moved =
          edited.values().stream()
              .anyMatch(other -> other.workflow().equals(definition.workflow()));
      if (!moved && refused.isEmpty()) {
        LOG.info(
            "{} is gone; the workflow {} stays as it is in the database. The command workflows shows its hash, retire {} HASH takes it out of use",
            shown.apply(file),
            definition.workflow(),
            definition.workflow());
      }
    }
  }

  private void refuseDuplicates(
      Set<String> files, Map<String, Definition> edited, List<Problem> problems) {
    Map<String, Definition> all = new TreeMap<>(live);
    all.putAll(edited);
    all.keySet().retainAll(files);
    for (Map.Entry<String, Definition> one : Map.copyOf(edited).entrySet()) {
      all.forEach(
          (file, other) -> {
            boolean same = other.workflow().equals(one.getValue().workflow());
            if (same && !file.equals(one.getKey())) {
              edited.remove(one.getKey());
              problems.add(
                  whole(
                      one.getKey(),
                      "'%s' is defined in %s already; rename one"
                          .formatted(other.workflow(), shown.apply(file))));
            }
          });
    }
  }

  private void refuseFindings(Map<String, Definition> edited, List<Problem> problems) {
    for (Problem problem : lint.get()) {
      if (edited.keySet().removeIf(file -> shown.apply(file).equals(problem.file()))
          || problems.stream().anyMatch(other -> other.file().equals(problem.file()))) {
        problems.add(problem);
      }
    }
  }

  private Definition read(String file, Content content) {
    if (content.text() == null) {
      throw new InvalidWorkflowException(List.of(whole(file, content.failure())));
    }
    Definition definition = WorkflowFiles.parse(shown.apply(file), content.text());
    List<Problem> mistakes = new Conditions().mistakes(definition);
    if (!mistakes.isEmpty()) {
      throw new InvalidWorkflowException(mistakes);
    }
    return definition;
  }

  private Problem whole(String file, String message) {
    return new Problem(shown.apply(file), 0, 0, "", message);
  }

  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage();
  }
}
