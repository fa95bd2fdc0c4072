package org.trackcoordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** The page, the dashboard and the alerts name what an instance that has work exports. */
@Tag("track-coordination")
class ObservabilityDocsIT {

  private static final Path PAGE = Path.of("docs/observability.md");
  private static final Path DASHBOARD = Path.of("docs/grafana/track-coordinator.json");
  private static final Path ALERTS = Path.of("docs/alerts.yaml");

  /** What Prometheus adds to all that it reads of an instance. */
  private static final Set<String> OF_PROMETHEUS = Set.of("instance", "job");

  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(tracks_\\w+)` \\|([^|]*)\\|");
  private static final Pattern QUOTED = Pattern.compile("`(\\w+)`");
  private static final Pattern METRIC =
      Pattern.compile("\\b((?:tracks|jvm|process|system)_\\w+)(?:\\{([^}]*)})?");
  private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(?:=~|!~|!=|=)\\s*\"");
  private static final Pattern GROUPING = Pattern.compile("\\b(?:by|on)\\s*\\(([^)]*)\\)");
  private static final Pattern TEMPLATE =
      Pattern.compile("\\{\\{\\s*(?:\\$labels\\.)?(\\w+)\\s*}}");

  private static final String WORKFLOW =
      """
      workflow: all
      tracks:
        first: { handler: here }
        second: { handler: here, dependsOn: [first] }
        third: { handler: elsewhere, dependsOn: [second] }
      """;

  @RegisterExtension
  static final CoordinatedDatabase DATABASE = CoordinatedDatabase.coordinated(() -> worker());

  private Scrape scrape;

  @BeforeEach
  void letEverythingHappenOnce() throws Exception {
    DATABASE.load(WORKFLOW);
    Coordinator coordinator = DATABASE.running();
    UUID run = DATABASE.startRun("all");
    DATABASE.awaitState(run, "third", "triggered");
    DATABASE.insertEvent(run, "third", "completed", "{}");
    DATABASE.awaitRunsEnded(1);
    coordinator.camel().getRouteController().suspendRoute("here");
    UUID waiting = DATABASE.startRun("all");
    DATABASE.awaitState(waiting, "first", "triggered");
    coordinator.camel().getRouteController().resumeRoute("here"); // it is claimed, not handed over
    DATABASE.awaitState(waiting, "third", "triggered");
    DATABASE
        .sql()
        .queryForList("select track_coordination.hold(handler => 'here', who => 'a', why => 'b')");
    DATABASE.awaitState(DATABASE.startRun("all"), "first", "held");
    scrape =
        await()
            .atMost(Duration.ofSeconds(30))
            .until(
                () -> Scrape.of(coordinator),
                s ->
                    s.value("tracks_queue_depth", "state", "held") == 1
                        && s.names().contains("tracks_wake_ups_total"));
  }

  @Test
  void thePageNamesAllMetricsAndTheirLabels() throws IOException {
    Map<String, Set<String>> documented = new TreeMap<>();
    Matcher row = ROW.matcher(Files.readString(PAGE));
    while (row.find()) {
      Set<String> labels = new TreeSet<>();
      QUOTED.matcher(row.group(2)).results().forEach(label -> labels.add(label.group(1)));
      documented.put(row.group(1), labels);
    }
    Map<String, Set<String>> exported = new TreeMap<>();
    scrape
        .types()
        .forEach(
            (name, type) -> {
              if (name.startsWith("tracks_") && !isMaximum(name)) {
                boolean isHistogram = type.equals("histogram");
                exported.put(name, scrape.labels(isHistogram ? name + "_count" : name));
              }
            });
    assertThat(exported).isEqualTo(documented);
  }

  private boolean isMaximum(String name) {
    return name.endsWith("_max") && scrape.types().containsKey(name.replaceAll("_max$", ""));
  }

  @Test
  void theDashboardShowsWhatIsThere() throws IOException {
    JsonNode dashboard = new JsonMapper().readTree(DASHBOARD.toFile());
    List<String> shown = new ArrayList<>();
    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        String expression = target.path("expr").asText();
        shown.add(expression);
        assertFits(panel.path("title").asText(), expression, target.path("legendFormat").asText());
      }
    }
    for (JsonNode variable : dashboard.path("templating").path("list")) {
      Matcher values =
          Pattern.compile("label_values\\((\\w+), (\\w+)\\)")
              .matcher(variable.path("query").asText());
      if (values.matches()) {
        assertThat(scrape.labels(values.group(1))).contains(values.group(2));
      }
    }
    assertThat(shown).hasSizeGreaterThan(30);
  }

  @Test
  @SuppressWarnings("unchecked")
  void theAlertsAreAboutWhatIsThere() throws IOException {
    Map<String, Object> file =
        (Map<String, Object>)
            new Load(LoadSettings.builder().build()).loadFromString(Files.readString(ALERTS));
    Set<String> names = new TreeSet<>();
    for (var group : (List<Map<String, Object>>) file.get("groups")) {
      for (var rule : (List<Map<String, Object>>) group.get("rules")) {
        Map<String, String> annotations = (Map<String, String>) rule.get("annotations");
        String name = (String) rule.get("alert");
        assertThat(names.add(name)).as(name).isTrue();
        assertFits(name, (String) rule.get("expr"), String.join(" ", annotations.values()));
        assertThat(annotations).as(name).containsKeys("summary", "action");
        assertThat((Map<String, String>) rule.get("labels")).as(name).containsKey("severity");
      }
    }
    assertThat(names).hasSizeGreaterThan(10);
  }

  /** Each metric is there, and has each label that is asked for. */
  private void assertFits(String where, String expression, String text) {
    Set<String> all = new TreeSet<>(OF_PROMETHEUS);
    Matcher metric = METRIC.matcher(expression);
    int metrics = 0;
    while (metric.find()) {
      String name = metric.group(1);
      assertThat(scrape.names()).as(where).contains(name);
      Set<String> labels = new TreeSet<>(OF_PROMETHEUS);
      labels.addAll(scrape.labels(name));
      if (metric.group(2) != null) {
        Matcher label = MATCHER.matcher(metric.group(2));
        while (label.find()) {
          assertThat(labels).as("%s: %s", where, name).contains(label.group(1));
        }
      }
      all.addAll(labels);
      metrics++;
    }
    assertThat(metrics).as(where).isPositive();
    Matcher grouping = GROUPING.matcher(expression);
    while (grouping.find()) {
      assertThat(all).as(where).contains(grouping.group(1).split(",\\s*"));
    }
    TEMPLATE
        .matcher(text)
        .results()
        .forEach(label -> assertThat(all).as(where).contains(label.group(1)));
    assertThat(expression.chars().filter(c -> c == '(').count())
        .as(where)
        .isEqualTo(expression.chars().filter(c -> c == ')').count());
  }

  private static RouteBuilder worker() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-here?handler=here").routeId("here").setBody(constant("{}"));
      }
    };
  }
}
