package org.trackcoordinator.reload;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.FailedToStartRouteException;
import org.trackcoordinator.workflow.Problem;

/** Finds where in the files that is written which Camel can't build, for a person to mend it. */
final class Blame {

  private static final Pattern LINE = Pattern.compile("line[: ]+(\\d+)");
  private static final Pattern UNKNOWN_OPTION =
      Pattern.compile("endpoint: (\\S+?)[ ?].*Unknown parameters=\\[\\{([^=,}]+)=", Pattern.DOTALL);
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_./:#-]{2,}");

  private final Sources before;
  private final Sources after;
  private Source building;

  Blame(Sources before, Sources after) {
    this.before = before;
    this.after = after;
  }

  /** This file is being read now. */
  void building(Source source) {
    building = source;
  }

  /**
   * Problems for what went wrong, at least one: in the file of the route that failed, or, if that
   * is as it was, in those that it was rebuilt for.
   */
  List<Problem> of(Throwable failure) {
    String reason = reason(failure);
    String route = routeOf(failure);
    RouteEntry entry = route == null ? null : after.routes().get(route);
    Source file = entry == null ? building : after.placeOf(entry);
    List<Problem> problems = new ArrayList<>();
    if (file != null && isChanged(file)) {
      int stated = entry == null ? statedLine(failure) : 0;
      int line = stated > 0 ? stated : lineOf(file, entry, reason);
      String path = entry == null ? "" : "route " + entry.id();
      return List.of(new Problem(file.shown(), line, line == 0 ? 0 : 1, path, reason));
    }
    String concerned = route == null ? "" : "the route '" + route + "' needs it: ";
    for (Source source : after.files().values()) {
      if (isChanged(source)) {
        problems.add(new Problem(source.shown(), 0, 0, "", concerned + reason));
      }
    }
    for (Source source : before.files().values()) {
      if (!after.files().containsKey(source.file())) {
        problems.add(new Problem(source.shown(), 0, 0, "", "can't go: " + concerned + reason));
      }
    }
    return problems;
  }

  /** The problem of the route that failed; empty if that is in none of the files, or not known. */
  List<Problem> ofRoute(Throwable failure) {
    String route = routeOf(failure);
    return route != null && after.routes().containsKey(route) ? of(failure) : List.of();
  }

  private boolean isChanged(Source source) {
    Source then = before.files().get(source.file());
    return then == null || !then.text().equals(source.text());
  }

  private static String routeOf(Throwable failure) {
    String route = null;
    for (Throwable cause = failure; cause != null && route == null; cause = cause.getCause()) {
      if (cause instanceof FailedToCreateRouteException create) {
        route = create.getRouteId();
      } else if (cause instanceof FailedToStartRouteException start) {
        route = start.getRouteId();
      }
    }
    return route;
  }

  /** The innermost cause says it best; Camel's outer ones repeat the whole route. */
  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    if (cause instanceof ClassNotFoundException) {
      return "there is no class " + message;
    }
    Matcher unknown = UNKNOWN_OPTION.matcher(String.valueOf(message));
    if (unknown.find()) {
      return "%s has no option '%s'".formatted(unknown.group(1), unknown.group(2));
    }
    return message == null
        ? cause.getClass().getSimpleName()
        : message.replaceAll("\\s+", " ").strip();
  }

  private static int statedLine(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      Matcher line = LINE.matcher(String.valueOf(cause.getMessage()));
      if (line.find()) {
        return Integer.parseInt(line.group(1));
      }
    }
    return 0;
  }

  /**
   * The line of the route that holds most of what the reason names; else where it begins.
   *
   * @param entry null for anywhere in the file; then 0 if no line holds any of it
   */
  private static int lineOf(Source file, RouteEntry entry, String reason) {
    String[] lines = file.text().split("\n", -1);
    int begin = entry == null ? 0 : entry.line() - 1;
    int end =
        entry == null
            ? lines.length
            : Stream.concat(file.entries().stream(), file.routes().stream())
                .mapToInt(other -> other.line() - 1)
                .filter(start -> start > begin)
                .min()
                .orElse(lines.length);
    int best = entry == null ? 0 : entry.line();
    int longest = 3;
    Set<String> words = new TreeSet<>();
    Matcher named = WORD.matcher(reason);
    while (named.find()) {
      words.add(named.group());
      words.add(named.group().replace("://", ":"));
      words.addAll(List.of(named.group().split("[./:#]+")));
    }
    if (entry != null) {
      words.remove(entry.id()); // which does not tell what is wrong with it
    }
    for (String word : words) {
      for (int i = begin; i < end; i++) {
        if (word.length() > longest && lines[i].contains(word)) {
          best = i + 1;
          longest = word.length();
        }
      }
    }
    return best;
  }
}
