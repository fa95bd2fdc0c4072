package org.trackcoordinator.observe;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The values of one label: the first {@value #MOST} names, and one for all further ones. */
final class Names {

  static final int MOST = 1000;

  private final Set<String> names = ConcurrentHashMap.newKeySet();

  /** The name itself, or {@value Metrics#OTHERS} if there are too many. */
  String bounded(String name) {
    if (names.contains(name) || (names.size() < MOST && names.add(name))) {
      return name;
    }
    return names.contains(name) ? name : Metrics.OTHERS; // somebody else may just have added it
  }
}
