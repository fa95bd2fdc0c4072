package org.trackcoordinator.reload;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A file of the folder, as it was understood.
 *
 * @param file its path in the folder, with slashes
 * @param shown as messages name it
 * @param text what is in it
 * @param entries what it holds, in order; none if it is no file of routes
 * @param kamelet the kamelet that it holds, or null
 */
record Source(
    String file, String shown, String text, List<RouteEntry> entries, RouteEntry kamelet) {

  /** Copies the list. */
  Source {
    entries = List.copyOf(entries);
  }

  /** Settings, statements, documents: whatever routes read by its name. */
  static Source resource(String file, String shown, String text) {
    return new Source(file, shown, text, List.of(), null);
  }

  boolean isResource() {
    return entries.isEmpty() && kamelet == null;
  }

  /** The routes that its entries make. */
  List<RouteEntry> routes() {
    List<RouteEntry> ofFile = entries.stream().filter(RouteEntry::isOfFile).toList();
    return entries.stream()
        .flatMap(entry -> entry.routes().stream())
        .map(route -> route.with(ofFile))
        .toList();
  }

  /**
   * The text with only some of its entries, and those for all of the file, each at its line; the
   * whole text if what stands together can't be told apart by lines.
   */
  String only(Set<RouteEntry> wanted) {
    String[] lines = text.split("\n", -1);
    boolean apart =
        entries.stream().allMatch(entry -> lines[entry.line() - 1].startsWith("- "))
            && !text.matches("(?s).*[-:]\\s+[&*]\\w.*"); // an anchor may stand in another entry
    if (!apart) {
      return text;
    }
    Set<RouteEntry> unwanted =
        entries.stream()
            .filter(entry -> !entry.isOfFile() && !wanted.contains(entry))
            .collect(Collectors.toSet());
    for (int i = 0; i < entries.size(); i++) {
      if (unwanted.contains(entries.get(i))) {
        int end = i + 1 < entries.size() ? entries.get(i + 1).line() - 1 : lines.length;
        for (int line = entries.get(i).line() - 1; line < end; line++) {
          lines[line] = "";
        }
      }
    }
    return String.join("\n", lines);
  }
}
