package org.trackcoordinator.reload;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.trackcoordinator.workflow.Node;

/**
 * One entry of a file: a route, a route configuration, a kamelet, … An operation of a {@code rest}
 * entry is one, too, since Camel makes a route of it.
 *
 * @param file where it stands, as messages name it
 * @param line from 1
 * @param kind {@code route}, {@code operation}, {@code routeConfiguration}, {@code kamelet}, {@code
 *     rest}, …
 * @param id its id, empty if it has none
 * @param node what it says, with places
 * @param meaning what it says, without places and comments: equal if nothing changed
 * @param request what an operation answers, {@code GET /api/runs/{}}; empty for others
 */
record RouteEntry(
    String file, int line, String kind, String id, Node node, Object meaning, String request) {

  /** Kinds that are for all routes of their file. */
  private static final Set<String> OF_FILE =
      Set.of(
          "onException",
          "onCompletion",
          "errorHandler",
          "intercept",
          "interceptFrom",
          "interceptSendToEndpoint");

  private static final Set<String> METHODS =
      Set.of("get", "post", "put", "patch", "delete", "head");

  /** Of a path; two that differ only in the names of these are the same. */
  private static final Pattern PARAMETER = Pattern.compile("\\{[^}]*}");

  static RouteEntry of(String file, int line, String kind, String id, Node node) {
    return new RouteEntry(file, line, kind, id, node, meaning(node), "");
  }

  /** The routes that it makes: itself if it is one, the operations of a {@code rest} entry. */
  List<RouteEntry> routes() {
    return kind.equals("route") ? List.of(this) : kind.equals("rest") ? operations() : List.of();
  }

  private List<RouteEntry> operations() {
    Map<Object, Object> common = new LinkedHashMap<>((Map<?, ?>) meaning);
    common.keySet().removeAll(METHODS);
    List<RouteEntry> operations = new ArrayList<>();
    ((Node.Mapping) node)
        .entries()
        .forEach(
            (method, entry) -> {
              if (METHODS.contains(method) && entry.value() instanceof Node.Sequence list) {
                for (Node item : list.items()) {
                  operations.add(
                      new RouteEntry(
                          file,
                          item.position().line(),
                          "operation",
                          item.textAt("id"),
                          item,
                          List.of(common, method, meaning(item)),
                          method.toUpperCase(Locale.ROOT)
                              + " "
                              + PARAMETER
                                  .matcher(node.textAt("path") + item.textAt("path"))
                                  .replaceAll("{}")));
                }
              }
            });
    return operations;
  }

  /** Whether it is a part of each route of its file. */
  boolean isOfFile() {
    return OF_FILE.contains(kind);
  }

  /** The same with these as parts of it: it is another if one of them is. */
  RouteEntry with(List<RouteEntry> ofFile) {
    return ofFile.isEmpty()
        ? this
        : new RouteEntry(
            file,
            line,
            kind,
            id,
            node,
            List.of(meaning, ofFile.stream().map(RouteEntry::meaning).toList()),
            request);
  }

  boolean isBeans() {
    return kind.equals("beans");
  }

  /** The names of the beans that it makes. */
  List<String> beans() {
    return isBeans() && node instanceof Node.Sequence list
        ? list.items().stream().map(bean -> bean.textAt("name")).toList()
        : List.of();
  }

  /** Whether it makes a bean that is to be told when it is not needed any more. */
  boolean endsBeans() {
    return isBeans()
        && node instanceof Node.Sequence list
        && list.items().stream().anyMatch(bean -> !bean.textAt("destroyMethod").isEmpty());
  }

  /** Whether some text in it contains this. */
  boolean mentions(String text) {
    return some(meaning, value -> value.contains(text));
  }

  /** Whether some text in it contains this name as a word: {@code bean:ink}, {@code #ink}. */
  boolean names(String name) {
    return some(
        meaning, Pattern.compile("(?<![\\w-])" + Pattern.quote(name) + "(?![\\w-])").asPredicate());
  }

  private static boolean some(Object meaning, Predicate<String> text) {
    if (meaning instanceof Map<?, ?> map) {
      return map.values().stream().anyMatch(value -> some(value, text));
    }
    if (meaning instanceof List<?> list) {
      return list.stream().anyMatch(value -> some(value, text));
    }
    return text.test((String) meaning);
  }

  /** Whether it uses a kamelet of this name. */
  boolean usesKamelet(String name) {
    return mentions("kamelet:" + name) || kameletSteps(meaning, name);
  }

  private static boolean kameletSteps(Object meaning, String name) {
    if (meaning instanceof Map<?, ?> map) {
      Object step = map.get("kamelet");
      Object named = step instanceof Map<?, ?> options ? options.get("name") : step;
      return name.equals(named) || map.values().stream().anyMatch(v -> kameletSteps(v, name));
    }
    return meaning instanceof List<?> list
        && list.stream().anyMatch(value -> kameletSteps(value, name));
  }

  /** Whether two say the same, wherever they stand. */
  boolean saysSameAs(RouteEntry other) {
    return other != null && kind.equals(other.kind) && meaning.equals(other.meaning);
  }

  private static Object meaning(Node node) {
    if (node instanceof Node.Mapping map) {
      Map<String, Object> values = new LinkedHashMap<>();
      map.entries().forEach((key, entry) -> values.put(key, meaning(entry.value())));
      return values;
    }
    if (node instanceof Node.Sequence list) {
      List<Object> values = new ArrayList<>();
      list.items().forEach(item -> values.add(meaning(item)));
      return values;
    }
    return ((Node.Scalar) node).text();
  }
}
