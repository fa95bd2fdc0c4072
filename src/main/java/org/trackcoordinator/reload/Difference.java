package org.trackcoordinator.reload;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What is to be done to come from what runs to what the files say. */
final class Difference {

  private static final String CONFIGURATION = "routeConfiguration";

  private final Sources before;
  private final Sources after;
  private final Set<String> resources = new TreeSet<>(); // that changed
  private final List<RouteEntry> configurations = new ArrayList<>(); // new or changed
  private final Set<String> configurationsGone = new TreeSet<>();
  private final List<RouteEntry> beans = new ArrayList<>(); // new or changed
  private final Set<String> beansGone = new TreeSet<>(); // their names
  private final Set<String> beansConcerned = new TreeSet<>(); // those, and the new ones
  private final Set<String> kamelets = new TreeSet<>(); // that are to be read anew
  private final Set<String> gone = new LinkedHashSet<>();
  private final List<RouteEntry> toBuild = new ArrayList<>();

  Difference(Sources before, Sources after) {
    this.before = before;
    this.after = after;
    findResources();
    findBeans();
    findConfigurations();
    findKamelets();
    findRoutes();
  }

  /** Ids of routes that are replaced or removed. */
  Set<String> gone() {
    return gone;
  }

  /** Routes to be built: new, changed, or of something that changed. */
  List<RouteEntry> toBuild() {
    return toBuild;
  }

  /** Route configurations that are new or say something else. */
  List<RouteEntry> configurations() {
    return configurations;
  }

  Set<String> configurationsGone() {
    return configurationsGone;
  }

  /** Entries of which beans are to be made. */
  List<RouteEntry> beans() {
    return beans;
  }

  /** Names of beans that nobody makes any more. */
  Set<String> beansGone() {
    return beansGone;
  }

  /** Names of beans that are new, others than before, or gone. */
  Set<String> beansConcerned() {
    return beansConcerned;
  }

  /** Names of kamelets to be read anew. */
  Set<String> kamelets() {
    return kamelets;
  }

  /** Files that hold neither routes nor kamelets, and changed. */
  Set<String> resources() {
    return resources;
  }

  boolean isEmpty() {
    return gone.isEmpty()
        && toBuild.isEmpty()
        && configurations.isEmpty()
        && configurationsGone.isEmpty()
        && beansConcerned.isEmpty()
        && kamelets.isEmpty();
  }

  /** Entries of other kinds that changed: templates of routes, settings of REST, … */
  List<RouteEntry> others() {
    List<RouteEntry> changed = new ArrayList<>();
    Set<String> keys = new TreeSet<>(before.others().keySet());
    keys.addAll(after.others().keySet());
    for (String key : keys) {
      List<RouteEntry> now = after.others().getOrDefault(key, List.of());
      List<RouteEntry> then = before.others().getOrDefault(key, List.of());
      if (!key.startsWith(CONFIGURATION + " ") && !same(then, now)) {
        changed.addAll(now.isEmpty() ? then : now);
      }
    }
    return changed;
  }

  private void findResources() {
    Set<String> files = new TreeSet<>(before.files().keySet());
    files.addAll(after.files().keySet());
    for (String file : files) {
      Source then = before.files().get(file);
      Source now = after.files().get(file);
      boolean resource = (then == null || then.isResource()) && (now == null || now.isResource());
      if (resource && (then == null || now == null || !then.text().equals(now.text()))) {
        resources.add(file);
      }
    }
  }

  private void findBeans() {
    after.beans().stream()
        .filter(entry -> before.beans().stream().noneMatch(entry::saysSameAs))
        .forEach(
            entry -> {
              beans.add(entry);
              beansConcerned.addAll(entry.beans());
            });
    beansGone.addAll(names(before));
    beansGone.removeAll(names(after));
    beansConcerned.addAll(beansGone);
  }

  private static Set<String> names(Sources sources) {
    Set<String> names = new TreeSet<>();
    sources.beans().forEach(entry -> names.addAll(entry.beans()));
    return names;
  }

  private void findConfigurations() {
    for (Map.Entry<String, List<RouteEntry>> entry : after.others().entrySet()) {
      if (entry.getKey().startsWith(CONFIGURATION + " ")
          && (!same(before.others().getOrDefault(entry.getKey(), List.of()), entry.getValue())
              || entry.getValue().stream()
                  .anyMatch(used -> usesChangedResource(used) || usesChangedBean(used)))) {
        configurations.addAll(entry.getValue());
      }
    }
    for (String key : before.others().keySet()) {
      if (key.startsWith(CONFIGURATION + " ") && !after.others().containsKey(key)) {
        configurationsGone.add(key.substring(CONFIGURATION.length() + 1));
      }
    }
  }

  private void findKamelets() {
    Set<String> names = new TreeSet<>(before.kamelets().keySet());
    names.addAll(after.kamelets().keySet());
    for (String name : names) {
      RouteEntry now = after.kamelets().get(name);
      RouteEntry then = before.kamelets().get(name);
      if (now == null
          || !now.saysSameAs(then)
          || usesChangedResource(now)
          || usesChangedBean(now)) {
        kamelets.add(name);
      }
    }
    boolean more = true;
    while (more) { // kamelets of kamelets
      more = false;
      for (RouteEntry kamelet : after.kamelets().values()) {
        more |= usesChangedKamelet(kamelet) && kamelets.add(kamelet.id());
      }
    }
  }

  private void findRoutes() {
    for (RouteEntry route : before.routes().values()) {
      if (!after.routes().containsKey(route.id())) {
        gone.add(route.id());
      }
    }
    for (RouteEntry route : after.routes().values()) {
      RouteEntry then = before.routes().get(route.id());
      if (!route.saysSameAs(then) || isConcerned(route)) {
        toBuild.add(route);
        if (then != null) {
          gone.add(route.id());
        }
      }
    }
  }

  private boolean isConcerned(RouteEntry route) {
    return usesChangedResource(route)
        || usesChangedBean(route)
        || usesChangedKamelet(route)
        || usesChangedConfiguration(route);
  }

  private boolean usesChangedKamelet(RouteEntry entry) {
    return kamelets.stream().anyMatch(entry::usesKamelet);
  }

  /** In whatever way: a route that is made anew for nothing does no harm. */
  private boolean usesChangedBean(RouteEntry entry) {
    return beansConcerned.stream().anyMatch(entry::names);
  }

  private boolean usesChangedResource(RouteEntry entry) {
    return resources.stream().anyMatch(file -> entry.mentions("classpath:" + file));
  }

  private boolean usesChangedConfiguration(RouteEntry route) {
    Set<String> ids = new TreeSet<>(configurationsGone);
    configurations.forEach(configuration -> ids.add(configuration.id()));
    String used = route.node().textAt("routeConfigurationId");
    if (used.isEmpty()) {
      return ids.contains(""); // one without an id is for all routes that name none
    }
    return Set.of(used.split(",")).stream()
        .anyMatch(id -> ids.contains(id.strip()) || (id.contains("*") && !ids.isEmpty()));
  }

  private static boolean same(Collection<RouteEntry> then, Collection<RouteEntry> now) {
    return then.stream()
        .map(RouteEntry::meaning)
        .toList()
        .equals(now.stream().map(RouteEntry::meaning).toList());
  }
}
