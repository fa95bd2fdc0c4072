package org.trackcoordinator.reload;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.Node;
import org.trackcoordinator.workflow.Problem;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Understands the files of a folder of routes. */
final class SourceReader {

  private static final int DEEPEST = 200; // steps in choices in splits
  private static final String ERRORS = "errors.camel.yaml";
  private static final String KAMELET = ".kamelet.yaml";

  private final Set<String> folders;

  /**
   * @param folders the sub-folders whose routes are read
   */
  SourceReader(Set<String> folders) {
    this.folders = Set.copyOf(folders);
  }

  boolean isOfRoutes(String file) {
    int slash = file.indexOf('/');
    return slash < 0
        ? file.equals(ERRORS)
        : slash == file.lastIndexOf('/')
            && folders.contains(file.substring(0, slash))
            && file.endsWith(".camel.yaml");
  }

  static boolean isKamelet(String file) {
    return file.startsWith("kamelets/") && file.endsWith(KAMELET) && file.indexOf('/', 9) < 0;
  }

  /**
   * Reads a file.
   *
   * @param file its path in the folder
   * @param shown as messages name it
   * @throws InvalidWorkflowException what is wrong with it, by itself
   */
  Source read(String file, String shown, String text) {
    if (isOfRoutes(file)) {
      return routes(file, shown, text);
    }
    return isKamelet(file) ? kamelet(file, shown, text) : Source.resource(file, shown, text);
  }

  private static Source routes(String file, String shown, String text) {
    List<RouteEntry> entries = new ArrayList<>();
    Node root = document(shown, text);
    refuse(CamelSchema.get().check(shown, root));
    for (Node item : ((Node.Sequence) root).items()) {
      ((Node.Mapping) item)
          .entries()
          .forEach(
              (kind, entry) ->
                  entries.add(
                      RouteEntry.of(
                          shown,
                          item.position().line(),
                          kind.equals("from") ? "route" : kind,
                          kind.equals("from") ? "" : entry.value().textAt("id"),
                          entry.value())));
    }
    List<Problem> problems = new ArrayList<>();
    for (RouteEntry entry : entries) {
      for (RouteEntry route : entry.routes()) {
        if (route.id().isEmpty()) {
          problems.add(
              new Problem(
                  shown,
                  route.line(),
                  1,
                  route.kind(),
                  "has no id, so that nobody could tell which route it replaces; give it one"));
        } else if (route.kind().equals("operation") && route.node().at("to") == null) {
          problems.add(
              new Problem(
                  shown,
                  route.line(),
                  1,
                  "operation " + route.id(),
                  "lacks the key 'to': where its requests go"));
        }
      }
    }
    refuse(problems);
    return new Source(file, shown, text, entries, null);
  }

  private static Source kamelet(String file, String shown, String text) {
    Node root = document(shown, text);
    String expected = file.substring(file.indexOf('/') + 1, file.length() - KAMELET.length());
    Node metadata = root.at("metadata");
    String name = metadata == null ? "" : metadata.textAt("name");
    if (!name.equals(expected)) {
      throw refusal(
          shown,
          root,
          "metadata.name",
          "is '%s'; a kamelet is found by the name of its file, so it must be '%s'"
              .formatted(name, expected));
    }
    Node spec = root.at("spec");
    Node.Entry from =
        spec != null && spec.at("template") instanceof Node.Mapping template
            ? template.entries().get("from")
            : null;
    if (from == null) {
      throw refusal(shown, root, "spec.template.from", "is not there: a kamelet is a route");
    }
    refuse(CamelSchema.get().checkFrom(shown, from, "spec.template.from"));
    return new Source(file, shown, text, List.of(), RouteEntry.of(shown, 1, "kamelet", name, root));
  }

  private static Node document(String shown, String text) {
    if (text.isBlank()) {
      throw new InvalidWorkflowException(
          List.of(
              new Problem(
                  shown, 0, 0, "", "is empty; to take its routes away delete the file itself")));
    }
    return WorkflowFiles.nodes(shown, text, DEEPEST);
  }

  private static void refuse(List<Problem> problems) {
    if (!problems.isEmpty()) {
      throw new InvalidWorkflowException(problems);
    }
  }

  private static InvalidWorkflowException refusal(
      String shown, Node at, String path, String message) {
    return new InvalidWorkflowException(
        List.of(new Problem(shown, at.position().line(), at.position().column(), path, message)));
  }
}
