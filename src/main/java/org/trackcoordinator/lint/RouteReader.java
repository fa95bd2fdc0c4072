package org.trackcoordinator.lint;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.trackcoordinator.workflow.Node;
import org.trackcoordinator.workflow.Position;
import org.trackcoordinator.workflow.Words;

/** Finds the routes, kamelets and their endpoints in a file of Camel's YAML DSL. */
final class RouteReader {

  /** Steps that may be written as a URI alone: {@code to: direct:x}. */
  private static final Set<String> ENDPOINT_STEPS =
      Set.of("from", "to", "toD", "wireTap", "enrich");

  private final String file;
  private final boolean read;
  private final List<Route> routes = new ArrayList<>();
  private final List<String> templates = new ArrayList<>();
  private Kamelet kamelet;

  private RouteReader(String file, boolean read) {
    this.file = file;
    this.read = read;
  }

  /**
   * @param read whether {@code run} reads the file
   */
  static RouteReader of(String file, boolean read, Node root) {
    RouteReader reader = new RouteReader(file, read);
    if (root instanceof Node.Sequence entries) {
      for (int i = 0; i < entries.items().size(); i++) {
        reader.entry(entries.items().get(i), "[" + i + "]");
      }
    } else if (root instanceof Node.Mapping map && "Kamelet".equals(scalar(map, "kind"))) {
      reader.kamelet(map);
    } else {
      reader.entry(root, "");
    }
    return reader;
  }

  List<Route> routes() {
    return routes;
  }

  /** The ids of templates for routes: {@code kamelet:} names them too. */
  List<String> templates() {
    return templates;
  }

  /** Null if the file is none. */
  Kamelet kamelet() {
    return kamelet;
  }

  private void entry(Node node, String path) {
    if (!(node instanceof Node.Mapping entry)) {
      return;
    }
    if (entry.entries().containsKey("from")) {
      route(entry, path, entry.position());
    }
    named(entry, "route", path);
    operations(entry, path);
    String template = scalar(map(entry, "routeTemplate"), "id");
    if (template != null) {
      templates.add(template);
    }
    named(map(entry, "routeTemplate"), "route", join(path, "routeTemplate"));
    named(entry, "routeTemplate", path); // its parameters stay unknown
  }

  /** A {@code rest} entry: its operations send to routes. */
  private void operations(Node.Mapping in, String path) {
    Node.Entry rest = in.entries().get("rest");
    if (rest != null && rest.value() instanceof Node.Mapping map) {
      route(map, join(path, "rest"), rest.key());
    }
  }

  private void named(Node.Mapping in, String key, String path) {
    Node.Entry route = in.entries().get(key);
    if (route != null
        && route.value() instanceof Node.Mapping map
        && map.entries().containsKey("from")) {
      route(map, join(path, key), route.key());
    }
  }

  private void route(Node.Mapping route, String path, Position position) {
    List<Endpoint> endpoints = new ArrayList<>();
    collect(route, path, endpoints);
    Node.Entry from = route.entries().get("from");
    List<Endpoint> consumed = new ArrayList<>();
    if (from != null) {
      endpoint("from", from.value(), join(path, "from"), consumed);
    }
    Endpoint source = consumed.isEmpty() ? null : consumed.get(0);
    endpoints.remove(source);
    Node.Entry autoStartup = route.entries().get("autoStartup");
    routes.add(
        new Route(
            scalar(route, "id"),
            autoStartup == null ? null : text(autoStartup.value(), join(path, "autoStartup")),
            read,
            new Place(file, position, path),
            source,
            endpoints));
  }

  private void kamelet(Node.Mapping root) {
    String name = scalar(map(root, "metadata"), "name");
    Node.Mapping spec = map(root, "spec");
    Map<String, String> defaults = new HashMap<>();
    map(map(spec, "definition"), "properties")
        .entries()
        .forEach(
            (property, entry) -> {
              String value =
                  entry.value() instanceof Node.Mapping map ? scalar(map, "default") : null;
              if (value != null) {
                defaults.put(property, value);
              }
            });
    List<Endpoint> endpoints = new ArrayList<>();
    collect(map(spec, "template"), "spec.template", endpoints);
    if (name != null) {
      kamelet = new Kamelet(name, defaults, endpoints);
    }
  }

  private void collect(Node node, String path, List<Endpoint> found) {
    if (node instanceof Node.Mapping map) {
      map.entries()
          .forEach(
              (key, entry) -> {
                String place = join(path, key);
                if (ENDPOINT_STEPS.contains(key)) {
                  endpoint(key, entry.value(), place, found);
                }
                if (!key.equals("parameters")) {
                  collect(entry.value(), place, found);
                }
              });
    } else if (node instanceof Node.Sequence list) {
      for (int i = 0; i < list.items().size(); i++) {
        collect(list.items().get(i), path + "[" + i + "]", found);
      }
    }
  }

  private void endpoint(String step, Node node, String path, List<Endpoint> found) {
    if (node instanceof Node.Scalar scalar && ENDPOINT_STEPS.contains(step)) {
      found.add(new Endpoint(text(scalar, path), Map.of()));
    } else if (node instanceof Node.Mapping map && map.entries().containsKey("uri")) {
      Map<String, Text> parameters = new LinkedHashMap<>();
      map(map, "parameters")
          .entries()
          .forEach(
              (key, entry) -> {
                if (entry.value() instanceof Node.Scalar value) {
                  parameters.put(key, text(value, join(join(path, "parameters"), key)));
                }
              });
      Text uri = text(map.entries().get("uri").value(), join(path, "uri"));
      found.add(new Endpoint(uri, parameters));
    }
  }

  private Text text(Node node, String path) {
    String value = node instanceof Node.Scalar scalar ? scalar.text() : "";
    return new Text(value, new Place(file, node.position(), path));
  }

  private static Node.Mapping map(Node.Mapping in, String key) {
    Node.Entry entry = in.entries().get(key);
    return entry != null && entry.value() instanceof Node.Mapping map
        ? map
        : new Node.Mapping(Position.NOWHERE, Map.of());
  }

  private static String scalar(Node.Mapping in, String key) {
    Node.Entry entry = in.entries().get(key);
    return entry != null && entry.value() instanceof Node.Scalar scalar && !scalar.isNull()
        ? scalar.text()
        : null;
  }

  private static String join(String path, String key) {
    String shown = Words.shorten(key);
    return path.isEmpty() ? shown : path + "." + shown;
  }
}
