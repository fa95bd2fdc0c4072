package org.trackcoordinator.reload;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.camel.Route;
import org.trackcoordinator.workflow.Node;
import org.trackcoordinator.workflow.Problem;
import org.trackcoordinator.workflow.Words;

/** What is wrong with edited files that Camel would not notice, or too late. */
final class RouteChecks {

  private static final String DIRECT = "direct:";
  private static final String CONFIGURATION = "routeConfiguration ";
  private static final String RESTART = "is read when the program starts only; restart it";

  private final EditableCamelContext context;
  private final Set<String> calledFromOutside;
  private final Supplier<List<Problem>> lint;

  /**
   * @param calledFromOutside inputs of routes that the program itself sends to, {@code direct:…}
   * @param lint what else is wrong with the files as they lie on disk
   */
  RouteChecks(
      EditableCamelContext context, Set<String> calledFromOutside, Supplier<List<Problem>> lint) {
    this.context = context;
    this.calledFromOutside = Set.copyOf(calledFromOutside);
    this.lint = lint;
  }

  /** Why the difference can't be made live; each problem is in a file that was changed. */
  List<Problem> look(Difference difference, Sources before, Sources after) {
    Set<String> changed = changed(before, after);
    List<Problem> wrong = new ArrayList<>();
    after.duplicates().stream()
        .filter(problem -> changed.contains(problem.file()))
        .forEach(wrong::add);
    foundElsewhere(difference, before, wrong);
    beans(difference, before, after, wrong);
    needsRestart(difference, before, after, wrong);
    if (wrong.isEmpty()) {
      unknownConfigurations(difference, before, after, changed, wrong);
      wrong.addAll(unknownTargets(before, after, changed));
    }
    if (wrong.isEmpty()) {
      lint.get().stream().filter(problem -> changed.contains(problem.file())).forEach(wrong::add);
    }
    return wrong;
  }

  /** What else is wrong with the files as they lie on disk. */
  List<Problem> lint() {
    return lint.get();
  }

  private static Set<String> changed(Sources before, Sources after) {
    Set<String> changed = new TreeSet<>();
    Map<String, Source> all = new TreeMap<>(before.files());
    all.putAll(after.files());
    all.forEach(
        (file, source) -> {
          Source then = before.files().get(file);
          Source now = after.files().get(file);
          if (then == null || now == null || !then.text().equals(now.text())) {
            changed.add(source.shown());
          }
        });
    return changed;
  }

  private void foundElsewhere(Difference difference, Sources before, List<Problem> wrong) {
    for (RouteEntry route : difference.toBuild()) {
      if (!before.routes().containsKey(route.id()) && context.getRoute(route.id()) != null) {
        wrong.add(
            problem(
                route,
                "route.id",
                "there is a route '%s' already, in no file of this folder; choose another id"
                    .formatted(route.id())));
      }
    }
  }

  private void beans(Difference difference, Sources before, Sources after, List<Problem> wrong) {
    Set<String> known = new TreeSet<>();
    before.beans().forEach(entry -> known.addAll(entry.beans()));
    Map<String, RouteEntry> owners = new TreeMap<>();
    for (RouteEntry entry : after.beans()) {
      for (String name : entry.beans()) {
        RouteEntry other = owners.putIfAbsent(name, entry);
        if (other != null && difference.beansConcerned().contains(name)) {
          String message = "the bean '%s' is in %s:%d, too; a name is given once";
          wrong.add(problem(entry, "beans", message.formatted(name, other.file(), other.line())));
          wrong.add(problem(other, "beans", message.formatted(name, entry.file(), entry.line())));
        } else if (!known.contains(name) && context.getRegistry().lookupByName(name) != null) {
          wrong.add(
              problem(
                  entry,
                  "beans",
                  "there is a bean '%s' already, in no file of this folder; choose another name"
                      .formatted(name)));
        }
      }
    }
    before.beans().stream()
        .filter(RouteEntry::endsBeans)
        .filter(entry -> after.beans().stream().noneMatch(entry::saysSameAs))
        .forEach(
            entry ->
                wrong.add(
                    problem(
                        entry,
                        "beans",
                        "has a destroyMethod, while exchanges may still use the bean; restart it")));
  }

  /** Camel would do without, and so without the error handler that the route was to have. */
  private static void unknownConfigurations(
      Difference difference,
      Sources before,
      Sources after,
      Set<String> changed,
      List<Problem> wrong) {
    Set<String> known = new TreeSet<>();
    after.others().keySet().stream()
        .filter(key -> key.startsWith(CONFIGURATION))
        .forEach(key -> known.add(key.substring(CONFIGURATION.length())));
    for (RouteEntry route : difference.toBuild()) {
      if (!(route.node().at("routeConfigurationId") instanceof Node.Scalar named)) {
        continue;
      }
      for (String id : named.text().split(",")) {
        String message = "there is no routeConfiguration " + Words.quote(id.strip());
        if (known.contains(id.strip()) || id.contains("*") || id.contains("{{")) {
          continue;
        }
        if (changed.contains(route.file())) {
          wrong.add(
              new Problem(
                  route.file(),
                  named.position().line(),
                  named.position().column(),
                  "route " + route.id(),
                  message + Words.didYouMean(id.strip(), known, "")));
        }
        for (RouteEntry gone :
            before.others().getOrDefault(CONFIGURATION + id.strip(), List.of())) {
          wrong.add(
              whole(
                  gone.file(),
                  "%s any more, but the route '%s' in %s:%d names it"
                      .formatted(message, route.id(), route.file(), named.position().line())));
        }
      }
    }
  }

  private void needsRestart(
      Difference difference, Sources before, Sources after, List<Problem> wrong) {
    for (RouteEntry entry : difference.others()) {
      wrong.add(problem(entry, entry.kind(), RESTART));
    }
    difference.resources().stream()
        .filter(file -> file.endsWith(".properties"))
        .forEach(file -> wrong.add(whole(shown(before, after, file), RESTART)));
  }

  private static String shown(Sources before, Sources after, String file) {
    return after.files().getOrDefault(file, before.files().get(file)).shown();
  }

  /** Camel would wait for such a route when something is sent there, and then fail. */
  private List<Problem> unknownTargets(Sources before, Sources after, Set<String> changed) {
    List<Problem> wrong = new ArrayList<>();
    Set<String> inputs = inputs(before, after);
    for (RouteEntry entry : after.all()) {
      for (Target target : Target.in(entry)) {
        String name = resolved(target.uri());
        if (name != null && !inputs.contains(name)) {
          String message = "no route begins with " + Words.quote(name);
          if (changed.contains(entry.file())) {
            wrong.add(
                new Problem(
                    entry.file(),
                    target.node().position().line(),
                    target.node().position().column(),
                    entry.kind() + " " + entry.id(),
                    message + Words.didYouMean(name, inputs, "")));
          } else {
            takenAway(before, after, name)
                .forEach(
                    file ->
                        wrong.add(
                            whole(
                                file,
                                message
                                    + " any more, but '%s' in %s:%d sends to it"
                                        .formatted(
                                            entry.id(),
                                            entry.file(),
                                            target.node().position().line()))));
          }
        }
      }
    }
    for (String name : calledFromOutside) {
      if (!inputs.contains(name)) {
        takenAway(before, after, name)
            .forEach(
                file ->
                    wrong.add(
                        whole(
                            file,
                            "no route begins with %s any more, but the coordinator itself sends to it"
                                .formatted(Words.quote(name)))));
      }
    }
    return wrong;
  }

  /** Files in which a route began with this, and none does. */
  private List<String> takenAway(Sources before, Sources after, String name) {
    return before.routes().values().stream()
        .filter(route -> name.equals(resolved(Target.input(route))))
        .map(before::placeOf)
        .filter(
            source ->
                !after.files().containsKey(source.file())
                    || !after.files().get(source.file()).text().equals(source.text()))
        .map(Source::shown)
        .distinct()
        .toList();
  }

  private Set<String> inputs(Sources before, Sources after) {
    Set<String> inputs =
        after.routes().values().stream()
            .map(route -> resolved(Target.input(route)))
            .filter(name -> name != null)
            .collect(Collectors.toCollection(TreeSet::new));
    for (Route route : context.getRoutes()) { // those of no file
      if (!before.routes().containsKey(route.getRouteId())) {
        String input = inputOf(route);
        if (input != null) {
          inputs.add(input);
        }
      }
    }
    return inputs;
  }

  /** What a running route begins with, {@code direct:x}; null if with something else. */
  static String inputOf(Route route) {
    String uri = route.getEndpoint().getEndpointUri().replace("://", ":");
    return uri.startsWith(DIRECT) ? uri.replaceFirst("[?].*", "") : null;
  }

  /** The name of a direct endpoint without its options; null if it is none, or not known yet. */
  private String resolved(String uri) {
    if (uri == null) {
      return null;
    }
    String text;
    try {
      text = context.resolvePropertyPlaceholders(uri);
    } catch (IllegalArgumentException e) {
      return null; // Camel says so when it builds the route
    }
    int options = text.indexOf('?');
    boolean mayBeMissing = text.contains("failIfNoConsumers=false");
    boolean direct = text.startsWith(DIRECT) && !text.contains("${") && !text.contains("{{");
    return !direct || mayBeMissing ? null : options < 0 ? text : text.substring(0, options);
  }

  private static Problem problem(RouteEntry entry, String path, String message) {
    return new Problem(entry.file(), entry.line(), 1, path, message);
  }

  private static Problem whole(String file, String message) {
    return new Problem(file, 0, 0, "", message);
  }

  /** Something that a step names as the place to send to. */
  record Target(String uri, Node node) {

    private static final Set<String> STEPS =
        Set.of("to", "toD", "wireTap", "enrich", "pollEnrich", "deadLetterChannel");

    /** What a route begins with; null if it can't be told. */
    static String input(RouteEntry route) {
      return uri(route.node().at("from"));
    }

    static List<Target> in(RouteEntry entry) {
      List<Target> found = new ArrayList<>();
      collect(entry.node(), found);
      return found;
    }

    private static void collect(Node node, List<Target> found) {
      if (node instanceof Node.Sequence list) {
        list.items().forEach(item -> collect(item, found));
      } else if (node instanceof Node.Mapping map) {
        map.entries()
            .forEach(
                (key, step) -> {
                  String uri = STEPS.contains(key) ? uri(step.value()) : null;
                  if (uri != null) {
                    Node at =
                        step.value().at("uri") == null ? step.value() : step.value().at("uri");
                    found.add(new Target(uri, at));
                  }
                  collect(step.value(), found);
                });
      }
    }

    private static String uri(Node step) {
      Node uri = step instanceof Node.Mapping ? step.at("uri") : step;
      if (!(uri instanceof Node.Scalar scalar)) {
        return null;
      }
      Node parameters = step.at("parameters");
      boolean mayBeMissing =
          parameters != null && parameters.textAt("failIfNoConsumers").equals("false");
      return mayBeMissing ? scalar.text() + "?failIfNoConsumers=false" : scalar.text();
    }
  }
}
