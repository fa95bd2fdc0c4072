package org.trackcoordinator.lint;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.trackcoordinator.workflow.Words;

/** Two routes that claim the work of one handler, each in its own way. */
final class WorkersAgree implements Check {

  @Override
  public void look(Project project, Consumer<Finding> found) {
    if (project.routes().isEmpty()) {
      return;
    }
    Map<String, Use.Serves> firsts = new HashMap<>();
    for (Use.Serves serves : project.routes().get().uses(Use.Serves.class)) {
      if (serves.handler().isKnown()) {
        Use.Serves first = firsts.putIfAbsent(serves.handler().known(), serves);
        if (first != null) {
          compare("concurrency", first, serves, Use.Serves::concurrency, found);
          compare("lease", first, serves, Use.Serves::lease, found);
        }
      }
    }
  }

  private static void compare(
      String name,
      Use.Serves first,
      Use.Serves second,
      Function<Use.Serves, Value> setting,
      Consumer<Finding> found) {
    Value one = setting.apply(first);
    Value other = setting.apply(second);
    if (one.isKnown() && other.isKnown() && !meaning(name, one).equals(meaning(name, other))) {
      found.accept(
          other
              .place()
              .warning(
                  "serves the handler %s with %s %s, but %s serves it with %s: which one gets the work is chance; give both the same, or remove one",
                  Words.quote(second.handler().known()),
                  name,
                  other.known(),
                  first.route().shown(),
                  one.known()));
    }
  }

  private static Object meaning(String name, Value value) {
    return name.equals("lease")
        ? Leases.duration(value).<Object>map(lease -> lease).orElse(value.known())
        : value.known();
  }
}
