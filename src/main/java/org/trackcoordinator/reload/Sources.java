package org.trackcoordinator.reload;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.trackcoordinator.workflow.Problem;

/** All files of a folder of routes at one time, and what they hold, by name. */
final class Sources {

  private final Map<String, Source> files;
  private final Map<String, RouteEntry> routes = new TreeMap<>();
  private final Map<String, RouteEntry> kamelets = new TreeMap<>();
  private final Map<String, List<RouteEntry>> others = new TreeMap<>();
  private final List<RouteEntry> beans = new ArrayList<>();
  private final Map<RouteEntry, Source> places = new HashMap<>();
  private final List<Problem> duplicates = new ArrayList<>();

  /**
   * @param files by their paths in the folder
   */
  Sources(Map<String, Source> files) {
    this.files = new TreeMap<>(files);
    for (Source source : this.files.values()) {
      for (RouteEntry entry : source.entries()) {
        places.put(entry, source);
        if (entry.isBeans()) {
          beans.add(entry);
        } else if (entry.routes().isEmpty() && !entry.isOfFile()) {
          others
              .computeIfAbsent(entry.kind() + " " + entry.id(), key -> new ArrayList<>())
              .add(entry);
        }
      }
      for (RouteEntry route : source.routes()) {
        places.put(route, source);
        RouteEntry other = routes.putIfAbsent(route.id(), route);
        if (other != null) {
          duplicates.add(duplicate(route, other));
          duplicates.add(duplicate(other, route));
        }
      }
      if (source.kamelet() != null) {
        places.put(source.kamelet(), source);
        kamelets.put(source.kamelet().id(), source.kamelet());
      }
    }
  }

  private static Problem duplicate(RouteEntry route, RouteEntry other) {
    return new Problem(
        route.file(),
        route.line(),
        1,
        "route.id",
        "the route '%s' is in %s:%d, too; an id is given once"
            .formatted(route.id(), other.file(), other.line()));
  }

  /** Routes whose id is another's, too. */
  List<Problem> duplicates() {
    return duplicates;
  }

  Map<String, Source> files() {
    return files;
  }

  /** By their ids. */
  Map<String, RouteEntry> routes() {
    return routes;
  }

  /** By their names. */
  Map<String, RouteEntry> kamelets() {
    return kamelets;
  }

  /** Entries that make beans. */
  List<RouteEntry> beans() {
    return beans;
  }

  /** Entries that make neither routes nor beans: route configurations, …; by kind and id. */
  Map<String, List<RouteEntry>> others() {
    return others;
  }

  /** Where an entry stands. */
  Source placeOf(RouteEntry entry) {
    return places.get(entry);
  }

  /** All routes and kamelets. */
  Collection<RouteEntry> all() {
    List<RouteEntry> all = new ArrayList<>(routes.values());
    all.addAll(kamelets.values());
    return all;
  }
}
