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
    Map<String, RouteEntry> requests = new HashMap<>();
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
          String said = "the route '%s'".formatted(route.id());
          refuse(route, other, "route.id", said, "an id is given once");
        }
        RouteEntry same =
            route.request().isEmpty() ? null : requests.putIfAbsent(route.request(), route);
        if (same != null) {
          refuse(route, same, "operation.path", route.request(), "a request is answered by one");
        }
      }
      if (source.kamelet() != null) {
        places.put(source.kamelet(), source);
        kamelets.put(source.kamelet().id(), source.kamelet());
      }
    }
  }

  /** Refuses both of two that are the same in something that only one may have. */
  private void refuse(RouteEntry one, RouteEntry other, String key, String same, String rule) {
    duplicates.add(duplicate(one, other, key, same, rule));
    duplicates.add(duplicate(other, one, key, same, rule));
  }

  private static Problem duplicate(
      RouteEntry route, RouteEntry other, String key, String same, String rule) {
    return new Problem(
        route.file(),
        route.line(),
        1,
        key,
        "%s is in %s:%d, too; %s".formatted(same, other.file(), other.line(), rule));
  }

  /** Routes whose id, or the request that they answer, is another's, too. */
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
