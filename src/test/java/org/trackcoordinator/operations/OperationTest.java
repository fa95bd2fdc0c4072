package org.trackcoordinator.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The table of operations is what the REST interface serves. */
@Tag("track-coordination")
class OperationTest {

  private static final Path API = Path.of("routes/api");
  private static final Pattern SQL = Pattern.compile("sql:classpath:(sql/api/[a-z-]+\\.sql)");
  private static final Pattern DIRECT = Pattern.compile("direct:[a-z-]+");

  /** Entries that no command asks, and why. */
  private static final Map<String, String> FOR_OTHERS =
      Map.ofEntries(
          Map.entry("api-claim-work-remotely", "for workers"),
          Map.entry("api-heartbeat", "for workers"),
          Map.entry("api-complete-work", "for workers"),
          Map.entry("api-fail-work", "for workers"),
          Map.entry("api-give-back-work", "for workers"),
          Map.entry("api-hold-run", "api-hold does the same"),
          Map.entry("api-release-run", "api-release does the same"),
          Map.entry("api-hold-handler", "api-hold does the same"),
          Map.entry("api-release-handler", "api-release does the same"),
          Map.entry("api-list-tracks", "for the console; api-read-run and api-explain say it"),
          Map.entry("api-read-payloads", "for the console"),
          Map.entry("api-read-track", "api-explain says it in a sentence"),
          Map.entry("api-stream-events", "for programs that stay"),
          Map.entry("api-draw-workflow", "drawn where the command runs, from api-read-workflow"),
          Map.entry("api-health", "for whoever watches the process"),
          Map.entry("api-openapi", "for tools"));

  /** One entry: what it is called, and to where it leads. */
  private record Entry(String id, String to) {}

  @Test
  void eachEntryIsAnOperationOrForOthers() throws IOException {
    Map<String, Entry> entries = entries();
    Set<String> left = new TreeSet<>();
    entries.forEach((request, entry) -> left.add(entry.id()));
    for (Operation operation : Operation.values()) {
      Entry entry = entries.get(request(operation.method(), operation.path()));
      assertThat(entry).as(operation + " is an entry").isNotNull();
      assertThat(left.remove(entry.id())).as(entry.id() + " is one operation").isTrue();
    }
    assertThat(FOR_OTHERS.keySet()).containsAll(left);
  }

  @ParameterizedTest
  @EnumSource
  void anEntryCallsTheFunctionOfItsOperation(Operation operation) throws IOException {
    String to = entries().get(request(operation.method(), operation.path())).to();
    String statements = statements(to, new TreeSet<>());
    assertThat(statements).contains("track_coordination." + operation.function() + "(");
  }

  @ParameterizedTest
  @EnumSource
  void onlyQuestionsAreAskedByGet(Operation operation) {
    boolean question =
        Stream.of("LIST_", "READ_", "EXPLAIN", "AUDIT")
            .anyMatch(prefix -> operation.name().startsWith(prefix));
    assertThat(operation.method()).isEqualTo(question ? "GET" : "POST");
  }

  private static String request(String method, String path) {
    return method + " /api" + path;
  }

  /** By method and path. */
  private static Map<String, Entry> entries() throws IOException {
    Map<String, Entry> entries = new TreeMap<>();
    for (Map<?, ?> item : items()) {
      if (item.get("rest") instanceof Map<?, ?> rest) {
        for (String method : List.of("get", "post", "put", "patch", "delete")) {
          if (rest.get(method) instanceof List<?> verbs) {
            for (Object verb : verbs) {
              Map<?, ?> entry = (Map<?, ?>) verb;
              String path =
                  rest.get("path") + (entry.get("path") == null ? "" : "" + entry.get("path"));
              Entry before =
                  entries.put(
                      method.toUpperCase(Locale.ROOT) + " " + path,
                      new Entry((String) entry.get("id"), String.valueOf(entry.get("to"))));
              assertThat(before).as(path).isNull();
            }
          }
        }
      }
    }
    return entries;
  }

  /** The statements that a step leads to, through as many direct routes as it takes. */
  private static String statements(String step, Set<String> seen) throws IOException {
    StringBuilder statements = new StringBuilder();
    Matcher files = SQL.matcher(step);
    while (files.find()) {
      statements.append(Files.readString(Path.of("routes", files.group(1))));
    }
    Matcher routes = DIRECT.matcher(step);
    while (routes.find()) {
      if (seen.add(routes.group())) {
        for (Map<?, ?> item : items()) {
          if (item.get("route") instanceof Map<?, ?> route
              && ((Map<?, ?>) route.get("from")).get("uri").equals(routes.group())) {
            statements.append(statements(route.toString(), seen));
          }
        }
      }
    }
    return statements.toString();
  }

  private static List<Map<?, ?>> items() throws IOException {
    List<Map<?, ?>> items = new ArrayList<>();
    try (Stream<Path> files = Files.list(API)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).sorted().toList()) {
        Object document =
            new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
        ((List<?>) document).forEach(item -> items.add((Map<?, ?>) item));
      }
    }
    return items;
  }
}
