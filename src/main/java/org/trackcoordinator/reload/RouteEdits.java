package org.trackcoordinator.reload;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.camel.Endpoint;
import org.apache.camel.RouteConfigurationsBuilder;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.kamelet.KameletEndpoint;
import org.apache.camel.impl.engine.RouteService;
import org.apache.camel.model.Model;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.reload.FolderFiles.Content;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.Problem;

/**
 * Makes the files of a folder of routes live, as far as they are good. Files that were changed
 * together go together; one that is refused holds back none but those that need it.
 */
final class RouteEdits {

  private static final Logger LOG = LoggerFactory.getLogger(RouteEdits.class);

  private final EditableCamelContext context;
  private final SourceReader reader;
  private final UnaryOperator<String> shown;
  private final RouteChecks checks;
  private final Lock commands;
  private final Consumer<Set<String>> afterwards;
  private final Map<String, String> closed =
      new HashMap<>(); // not understood at the start, and why
  private Sources live = new Sources(Map.of());
  private boolean toBeTriedAgain;

  /**
   * @param shown a path in the folder, as messages name it
   * @param checks what is looked at beside each file by itself
   * @param commands held by whoever stops, suspends, resumes or starts a route
   * @param afterwards is told when routes were changed, with {@code commands} held, and which are
   *     not expected to run any more
   */
  RouteEdits(
      EditableCamelContext context,
      SourceReader reader,
      UnaryOperator<String> shown,
      RouteChecks checks,
      Lock commands,
      Consumer<Set<String>> afterwards) {
    this.context = context;
    this.reader = reader;
    this.shown = shown;
    this.checks = checks;
    this.commands = commands;
    this.afterwards = afterwards;
  }

  /** These files are what the context was started with. */
  void startedWith(Map<String, Content> contents) {
    Map<String, Source> sources = new HashMap<>();
    contents.forEach(
        (file, content) -> {
          try {
            sources.put(file, read(file, content));
          } catch (InvalidWorkflowException e) { // Camel took it as it is
            String reason = e.problems().get(0).toString();
            closed.put(file, reason);
            sources.put(file, Source.resource(file, shown.apply(file), text(content)));
            LOG.warn("Edits of this file take a restart, since it is not in order: {}", reason);
          }
        });
    live = new Sources(sources);
  }

  /**
   * Why a context could not be started with these files, as an edit of them would be refused.
   *
   * @param failure with which it failed
   * @return empty if the files don't tell
   */
  List<Problem> whyNotStarted(Map<String, Content> contents, Throwable failure) {
    List<Problem> problems = new ArrayList<>();
    Sources all = new Sources(changed(contents, problems));
    problems.addAll(all.duplicates());
    if (!problems.isEmpty()) {
      return problems;
    }
    List<Problem> blamed = new Blame(live, all).ofRoute(failure);
    Set<String> files =
        (blamed.isEmpty()
                ? all.files().values().stream().map(Source::shown)
                : blamed.stream().map(Problem::file))
            .collect(Collectors.toSet());
    try {
      List<Problem> known =
          checks.lint().stream().filter(problem -> files.contains(problem.file())).toList();
      return known.isEmpty() ? blamed : known; // it has a remedy, too
    } catch (RuntimeException e) { // a context that was stopped for it knows no settings any more
      failure.addSuppressed(e);
      return blamed;
    }
  }

  /**
   * Makes live what is good in these files.
   *
   * @return why other files are not live
   */
  List<Problem> apply(Map<String, Content> contents) {
    toBeTriedAgain = false;
    List<Problem> problems = new ArrayList<>();
    Map<String, Source> changed = changed(contents, problems);
    while (!changed.isEmpty()) {
      List<Problem> wrong = heldBack(changed, problems, contents);
      if (wrong.isEmpty()) {
        wrong = attempt(new Sources(with(changed)));
      }
      if (wrong.isEmpty()) {
        return problems;
      }
      problems.addAll(wrong);
      Set<String> blamed = wrong.stream().map(Problem::file).collect(Collectors.toSet());
      if (!changed.keySet().removeIf(file -> blamed.contains(shown.apply(file)))) {
        changed.clear(); // whatever it was, nothing of it is live
      }
    }
    return problems;
  }

  /**
   * Whether something could not be done for now: a route is at work that the new one can't share.
   */
  boolean isToBeTriedAgain() {
    return toBeTriedAgain;
  }

  /** What differs from what is live, null for a file that is gone; others are refused at once. */
  private Map<String, Source> changed(Map<String, Content> contents, List<Problem> refused) {
    Map<String, Source> changed = new TreeMap<>();
    Set<String> files = new TreeSet<>(contents.keySet());
    files.addAll(live.files().keySet());
    for (String file : files) {
      Content content = contents.get(file);
      Source known = live.files().get(file);
      if (content == null) {
        changed.put(file, null);
      } else if (known == null || !known.text().equals(text(content))) {
        try {
          changed.put(file, read(file, content));
        } catch (InvalidWorkflowException e) {
          refused.addAll(e.problems());
        }
      }
      if (closed.containsKey(file) && changed.containsKey(file)) {
        changed.remove(file);
        refused.add(
            whole(
                file,
                "takes a restart, since it was not in order when the program started: "
                    + closed.get(file)));
      }
    }
    return changed;
  }

  private Source read(String file, Content content) {
    boolean understood = reader.isOfRoutes(file) || SourceReader.isKamelet(file);
    if (content.text() == null && understood) {
      throw new InvalidWorkflowException(List.of(whole(file, content.failure())));
    }
    return reader.read(file, shown.apply(file), text(content));
  }

  private Problem whole(String file, String message) {
    return new Problem(shown.apply(file), 0, 0, "", message);
  }

  private static String text(Content content) {
    return content.text() == null ? content.stamp().toString() : content.text();
  }

  private Map<String, Source> with(Map<String, Source> changed) {
    Map<String, Source> next = new HashMap<>(live.files());
    changed.forEach(
        (file, source) -> {
          if (source == null) {
            next.remove(file);
          } else {
            next.put(file, source);
          }
        });
    return next;
  }

  /** A route that is gone from one file may have been moved to another, which is refused. */
  private List<Problem> heldBack(
      Map<String, Source> changed, List<Problem> refused, Map<String, Content> contents) {
    List<Problem> held = new ArrayList<>();
    Set<String> refusedFiles = refused.stream().map(Problem::file).collect(Collectors.toSet());
    Sources next = new Sources(with(changed));
    for (RouteEntry route : live.routes().values()) {
      String file = live.placeOf(route).file();
      if (next.routes().containsKey(route.id()) || !changed.containsKey(file)) {
        continue;
      }
      contents.forEach(
          (other, content) -> {
            if (refusedFiles.contains(shown.apply(other)) && text(content).contains(route.id())) {
              held.add(
                  whole(
                      file,
                      "takes the route '%s' away, which may be in %s now; this waits for that file to be mended"
                          .formatted(route.id(), shown.apply(other))));
            }
          });
    }
    return held;
  }

  private List<Problem> attempt(Sources next) {
    Difference difference = new Difference(live, next);
    List<Problem> wrong = checks.look(difference, live, next);
    if (!wrong.isEmpty() || difference.isEmpty()) {
      live = wrong.isEmpty() ? next : live;
      return wrong;
    }
    long begun = System.nanoTime();
    RouteChange change = new RouteChange(context, difference.gone(), difference.beansConcerned());
    Blame blame = new Blame(live, next);
    try {
      change.prepare(isStale(difference), () -> build(difference, next, blame));
      blame.building(null);
    } catch (Exception | LinkageError e) {
      return blame.of(e);
    }
    Set<String> built =
        difference.toBuild().stream()
            .map(RouteEntry::id)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> removed = new TreeSet<>(difference.gone());
    removed.removeAll(built);
    commands.lock();
    try {
      change.commit();
      live = next;
    } catch (Exception | LinkageError e) {
      toBeTriedAgain |= e.getCause() instanceof NotYetException;
      return blame.of(e);
    } finally {
      Set<String> unexpected = new TreeSet<>(removed);
      unexpected.addAll(built);
      unexpected.removeIf(this::startsByItself);
      afterwards.accept(unexpected);
      commands.unlock();
    }
    LOG.info(
        "Edited files are live after {} ms{}{}",
        (System.nanoTime() - begun) / 1_000_000,
        built.isEmpty() ? "" : ", new or changed: " + String.join(", ", built),
        removed.isEmpty() ? "" : ", gone: " + String.join(", ", removed));
    return List.of();
  }

  private boolean startsByItself(String id) {
    RouteService route = context.routeService(id);
    return route != null && route.isAutoStartup();
  }

  private static Predicate<Endpoint> isStale(Difference difference) {
    return endpoint ->
        endpoint instanceof KameletEndpoint kamelet
            && difference.kamelets().contains(kamelet.getTemplateId());
  }

  private void build(Difference difference, Sources next, Blame blame) throws Exception {
    Model model = context.model();
    difference
        .configurationsGone()
        .forEach(
            id ->
                model
                    .getRouteConfigurationDefinitions()
                    .removeIf(known -> id.equals(Objects.toString(known.getId(), ""))));
    difference.beansGone().forEach(context.getRegistry()::unbind);
    for (RouteEntry beans : difference.beans()) {
      makeBeans(beans, next.placeOf(beans), blame);
    }
    for (String name : difference.kamelets()) {
      model.getRouteTemplateDefinitions().removeIf(template -> template.getId().equals(name));
      RouteEntry kamelet = next.kamelets().get(name);
      if (kamelet != null) {
        Source source = next.placeOf(kamelet);
        blame.building(source);
        PluginHelper.getRoutesLoader(context).loadRoutes(resource(source, source.text()));
      }
    }
    for (Source source : next.files().values()) {
      Set<RouteEntry> wanted =
          source.entries().stream()
              .filter(difference.configurations()::contains)
              .collect(Collectors.toSet());
      for (RoutesBuilder builder : builders(source, wanted, blame)) {
        if (builder instanceof RouteConfigurationsBuilder configurations) {
          configurations.updateRouteConfigurationsToCamelContext(context);
        }
      }
    }
    Set<String> ids = difference.toBuild().stream().map(RouteEntry::id).collect(Collectors.toSet());
    for (Source source : next.files().values()) {
      Set<RouteEntry> wanted =
          source.entries().stream()
              .filter(entry -> entry.routes().stream().map(RouteEntry::id).anyMatch(ids::contains))
              .collect(Collectors.toSet());
      for (RoutesBuilder builder : builders(source, wanted, blame)) {
        ((RouteBuilder) builder).addLifecycleInterceptor(new OnlyOperations(ids));
        builder.addRoutesToCamelContext(context);
      }
    }
  }

  /** Camel makes them when it begins to read, and remembers which until it is done with a file. */
  private void makeBeans(RouteEntry beans, Source source, Blame blame) throws Exception {
    try {
      builders(source, Set.of(beans), blame);
    } finally {
      for (RoutesBuilder builder :
          PluginHelper.getRoutesLoader(context)
              .findRoutesBuilders(resource(source, "- beans: []\n"))) {
        builder.addRoutesToCamelContext(context);
      }
    }
  }

  private List<RoutesBuilder> builders(Source source, Set<RouteEntry> wanted, Blame blame)
      throws Exception {
    if (wanted.isEmpty()) {
      return List.of();
    }
    blame.building(source);
    return List.copyOf(
        PluginHelper.getRoutesLoader(context)
            .findRoutesBuilders(resource(source, source.only(wanted))));
  }

  private static Resource resource(Source source, String text) {
    return ResourceHelper.fromString("file:" + source.shown(), text);
  }
}
