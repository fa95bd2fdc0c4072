package org.trackcoordinator.lint;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Says what a route does with the coordinator, through kamelets of the folder too. */
final class UseReader {

  /** A kamelet in a kamelet in a kamelet: more is a circle. */
  private static final int DEEPEST = 10;

  private static final String CONCURRENCY = "10";
  private static final String LEASE = "1m";

  /** How a kamelet names the route that it is put into. */
  private static final Set<String> OUTER = Set.of("source", "sink");

  private final Map<String, Kamelet> kamelets;
  private final Set<String> known;
  private final Placeholders settings;

  /**
   * @param known the names of all kamelets and templates that there are; null if nobody can tell
   */
  UseReader(Map<String, Kamelet> kamelets, Set<String> known, Placeholders settings) {
    this.kamelets = kamelets;
    this.known = known;
    this.settings = settings;
  }

  List<Use> uses(Route route) {
    List<Use> found = new ArrayList<>();
    if (route.from() != null) {
      new OfRoute(route, found).read(route.from(), true, settings, null, 0);
    }
    route.others().forEach(to -> new OfRoute(route, found).read(to, false, settings, null, 0));
    return found;
  }

  /** Whether it begins its work by itself; also if only a running instance knows. */
  boolean startsItself(Route route) {
    return route.autoStartup() == null
        || !settings.fill(route.autoStartup().value()).equals("false");
  }

  private final class OfRoute {

    private final Route route;
    private final List<Use> found;

    OfRoute(Route route, List<Use> found) {
      this.route = route;
      this.found = found;
    }

    /**
     * @param begins whether a route, or what a kamelet is made of, begins with it
     * @param outer where a route names the kamelet that this endpoint is a part of, or null
     */
    void read(
        Endpoint endpoint, boolean begins, Placeholders placeholders, Place outer, int depth) {
      String uri = placeholders.fill(endpoint.uri().value());
      String path = uri.replaceFirst("[?].*", "");
      String component = path.replaceFirst(":.*", "");
      String rest =
          path.substring(Math.min(path.length(), component.length() + 1)).replaceFirst("^//", "");
      Parameters parameters = new Parameters(endpoint, uri, placeholders, outer);
      Place place = outer == null ? endpoint.uri().place() : outer;
      if (component.equals("track-work")) {
        Text written = endpoint.uri();
        serves(
            new Value(written.value(), Placeholders.isKnown(rest) ? rest : null, place),
            parameters,
            Map.of());
      } else if (component.equals("kamelet")) {
        String name = rest.isEmpty() ? parameters.text("templateId") : rest.replaceFirst("/.*", "");
        kamelet(name, parameters, placeholders, place, depth);
      } else if (component.equals("direct")) {
        direct(Placeholders.isKnown(rest) ? "direct:" + rest : null, begins, parameters, place);
      }
    }

    private void kamelet(
        String name, Parameters parameters, Placeholders placeholders, Place outer, int depth) {
      Kamelet kamelet = kamelets.get(name);
      if (known != null
          && Placeholders.isKnown(name)
          && !known.contains(name)
          && !OUTER.contains(name)) {
        found.add(new Use.Misses(route, name, known, outer));
      }
      switch (name) {
        case "track-source" ->
            serves(
                parameters.value("handler", ""),
                parameters,
                kamelet == null ? Map.of() : kamelet.defaults());
        case "track-start-sink" ->
            found.add(
                new Use.Starts(
                    route,
                    parameters.value("workflow", ""),
                    parameters.has("completes") ? parameters.value("completes", "") : null));
        case "track-event-sink" ->
            found.add(
                new Use.Reports(
                    route, parameters.value("trackId", ""), parameters.value("eventType", "")));
        default -> {
          if (kamelet != null && depth < DEEPEST) {
            Placeholders inner =
                placeholders.over(
                    key ->
                        parameters.has(key) ? parameters.text(key) : kamelet.defaults().get(key));
            for (int i = 0; i < kamelet.endpoints().size(); i++) {
              read(kamelet.endpoints().get(i), i == 0, inner, outer, depth + 1);
            }
          }
        }
      }
    }

    private void direct(String input, boolean begins, Parameters parameters, Place place) {
      if (begins) {
        found.add(new Use.Receives(route, input));
      } else if (input != null && !parameters.text("failIfNoConsumers").equals("false")) {
        found.add(new Use.Sends(route, input, place));
      }
    }

    private void serves(Value handler, Parameters parameters, Map<String, String> defaults) {
      found.add(
          new Use.Serves(
              route,
              handler,
              parameters.value("concurrency", defaults.getOrDefault("concurrency", CONCURRENCY)),
              parameters.value("lease", defaults.getOrDefault("lease", LEASE))));
    }
  }

  /** The parameters of one endpoint, from its URI and from beside it. */
  private static final class Parameters {

    private final Map<String, Value> values = new LinkedHashMap<>();
    private final Place uri;

    Parameters(Endpoint endpoint, String filledUri, Placeholders placeholders, Place outer) {
      uri = outer == null ? endpoint.uri().place() : outer;
      int query = filledUri.indexOf('?');
      if (query >= 0) {
        for (String pair : filledUri.substring(query + 1).split("&")) {
          int equals = pair.indexOf('=');
          if (equals > 0) {
            put(pair.substring(0, equals), decoded(pair.substring(equals + 1)), uri);
          }
        }
      }
      endpoint
          .parameters()
          .forEach(
              (key, text) -> {
                Place place = outer == null ? text.place() : outer;
                String filled = placeholders.fill(text.value());
                values.put(
                    key,
                    new Value(text.value(), Placeholders.isKnown(filled) ? filled : null, place));
              });
    }

    boolean has(String key) {
      return values.containsKey(key);
    }

    Value value(String key, String otherwise) {
      return values.getOrDefault(key, new Value(otherwise, otherwise, uri));
    }

    /** What is put in place of a placeholder: what is not known stays one. */
    String text(String key) {
      Value value = value(key, "");
      return value.isKnown() ? value.known() : "{{" + key + "}}";
    }

    private void put(String key, String filled, Place place) {
      values.put(key, new Value(filled, Placeholders.isKnown(filled) ? filled : null, place));
    }

    private static String decoded(String text) {
      try {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        return text; // a lone % stands for itself
      }
    }
  }
}
