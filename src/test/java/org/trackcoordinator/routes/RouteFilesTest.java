package org.trackcoordinator.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The house rules for everything under {@code routes/}, kept by all files there. */
@Tag("track-coordination")
class RouteFilesTest {

  private static final Path ROUTES = Path.of("routes");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonSchema SCHEMA = schema();
  private static final Pattern PARAMETER = Pattern.compile(":#(\\$\\{|\\w)");

  private static JsonSchema schema() {
    try (InputStream in = RouteFilesTest.class.getResourceAsStream("/schema/camelYamlDsl.json")) {
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(JSON.readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Stream<Path> routeFiles() {
    return files(".camel.yaml");
  }

  static Stream<Path> kamelets() {
    return files(".kamelet.yaml");
  }

  static Stream<Path> allYaml() {
    return Stream.concat(routeFiles(), kamelets());
  }

  @ParameterizedTest
  @MethodSource("routeFiles")
  void isValidAgainstTheSchemaOfTheYamlDsl(Path file) {
    assertThat(SCHEMA.validate(read(file)))
        .filteredOn(problem -> !isPlaceholder(problem.getInstanceNode()))
        .isEmpty();
  }

  /** The schema wants a boolean or number where a placeholder may stand for one. */
  private static boolean isPlaceholder(JsonNode value) {
    return value != null && value.asText().matches("\\{\\{[^{}]+}}");
  }

  @ParameterizedTest
  @MethodSource("routeFiles")
  void holdsRoutesWithIdsAndDescriptionsInCanonicalForm(Path file) {
    for (JsonNode entry : read(file)) {
      String kind = entry.fieldNames().next();
      assertThat(kind).isIn("route", "routeConfiguration", "beans", "rest", "restConfiguration");
      if (kind.equals("beans") || kind.equals("restConfiguration")) {
        continue;
      }
      JsonNode definition = entry.get(kind);
      assertThat(definition.path("id").asText()).matches("[a-z][a-z0-9-]*");
      assertThat(definition.path("description").asText()).as("description").endsWith(".");
    }
  }

  @Test
  void namesEachRouteOnce() {
    Set<String> ids = new HashSet<>();
    routeFiles()
        .forEach(
            file ->
                read(file).findValues("route").stream()
                    .map(route -> route.path("id").asText())
                    .forEach(id -> assertThat(ids.add(id)).as(id + " in " + file).isTrue()));
    assertThat(ids).hasSizeGreaterThan(20);
  }

  /** Hawtio looks for a route by its id in all that has one, and takes what comes first. */
  @Test
  void noStepIsCalledLikeARoute() {
    List<String> ids =
        routeFiles().flatMap(file -> read(file).findValuesAsText("id").stream()).toList();
    routeFiles()
        .flatMap(file -> read(file).findValues("route").stream())
        .map(route -> route.path("id").asText())
        .forEach(route -> assertThat(ids).containsOnlyOnce(route));
  }

  @ParameterizedTest
  @MethodSource("routeFiles")
  void hasNoCommentsInside(Path file) throws IOException {
    assertThat(Files.readAllLines(file)).noneMatch(line -> line.strip().startsWith("#"));
  }

  /** Without the count camel-sql asks the server for it before every execution. */
  @ParameterizedTest
  @MethodSource("allYaml")
  void countsTheParametersOfEachStatement(Path file) {
    List<JsonNode> statements = new ArrayList<>();
    collectStatements(read(file), statements);
    for (JsonNode statement : statements) {
      String name = statement.get("uri").asText().replace("sql:classpath:sql/", "");
      assertThat(statement.path("parameters").path("parametersCount").asLong())
          .as("parametersCount of " + name)
          .isEqualTo(parameters(name));
    }
  }

  @Test
  void usesEachStatement() {
    Set<String> used = new HashSet<>();
    allYaml()
        .forEach(
            file -> {
              List<JsonNode> statements = new ArrayList<>();
              collectStatements(read(file), statements);
              statements.forEach(
                  node -> used.add(node.get("uri").asText().replace("sql:classpath:sql/", "")));
            });
    Path all = ROUTES.resolve("sql");
    try (Stream<Path> statements = Files.walk(all)) {
      assertThat(
              statements
                  .filter(Files::isRegularFile)
                  .map(file -> all.relativize(file).toString().replace('\\', '/')))
          .containsExactlyInAnyOrderElementsOf(used);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("routeFiles")
  void describesEachOperationOfARestEntryAndSaysWhoMayDoIt(Path file) {
    for (JsonNode entry : read(file)) {
      for (String method : List.of("get", "post")) {
        for (JsonNode verb : entry.path("rest").path(method)) {
          assertThat(verb.path("id").asText()).matches("api-[a-z][a-z0-9-]*");
          assertThat(verb.path("description").asText()).endsWith(".");
          assertThat(verb.at("/security/0/key").asText()).isEqualTo("token");
          assertThat(verb.at("/security/0/scopes").asText()).isIn("reader", "worker", "operator");
        }
      }
    }
  }

  /**
   * The schema is the one of Kaoto's catalogue (npm, @kaoto/camel-catalog 0.10.4, Camel 4.18.4).
   */
  @ParameterizedTest
  @MethodSource("kamelets")
  void isAKameletAsKaotoReadsIt(Path file) throws IOException {
    JsonNode kamelet = read(file);
    try (InputStream in = RouteFilesTest.class.getResourceAsStream("/kaoto/kamelet.schema.json")) {
      JsonSchema schema =
          JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(JSON.readTree(in));
      assertThat(schema.validate(kamelet)).isEmpty();
    }
    JsonNode route =
        JSON.createArrayNode()
            .add(JSON.createObjectNode().set("from", kamelet.at("/spec/template/from")));
    assertThat(SCHEMA.validate(route))
        .filteredOn(problem -> !isPlaceholder(problem.getInstanceNode()))
        .isEmpty();
  }

  /** As the catalogue of Camel's own kamelets has them. */
  @ParameterizedTest
  @MethodSource("kamelets")
  void hasWhatTheCatalogueShows(Path file) {
    JsonNode kamelet = read(file);
    String name = kamelet.at("/metadata/name").asText();
    String type = kamelet.at("/metadata/labels/camel.apache.org~1kamelet.type").asText();
    assertThat(file.getFileName().toString()).isEqualTo(name + ".kamelet.yaml");
    assertThat(type).isIn("source", "sink", "action");
    assertThat(name).endsWith("-" + type);
    JsonNode annotations = kamelet.at("/metadata/annotations");
    String icon = annotations.path("camel.apache.org/kamelet.icon").asText();
    assertThat(icon).startsWith("data:image/svg+xml;base64,");
    assertThat(
            new String(
                Base64.getDecoder().decode(icon.substring(icon.indexOf(',') + 1)),
                StandardCharsets.UTF_8))
        .startsWith("<svg ")
        .endsWith("</svg>");
    assertThat(annotations.path("camel.apache.org/kamelet.support.level").asText()).isNotEmpty();
    assertThat(annotations.path("camel.apache.org/kamelet.group").asText()).isNotEmpty();
    for (JsonNode property : kamelet.at("/spec/definition/properties")) {
      assertThat(property.has("default") || property.has("example")).isTrue();
    }
    assertThat(kamelet.at("/spec/dependencies")).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("kamelets")
  void describesEachPropertyOfAKamelet(Path file) {
    JsonNode definition = read(file).path("spec").path("definition");
    assertThat(definition.path("title").asText()).isNotEmpty();
    assertThat(definition.path("description").asText()).isNotEmpty();
    for (JsonNode property : definition.path("properties")) {
      assertThat(property.path("title").asText()).isNotEmpty();
      assertThat(property.path("description").asText()).isNotEmpty();
      assertThat(property.path("type").asText()).isNotEmpty();
    }
  }

  /** A statement's parameters as camel-sql finds them: comment lines do not count. */
  private static long parameters(String statement) {
    try {
      long count = 0;
      for (String line : Files.readAllLines(ROUTES.resolve("sql").resolve(statement))) {
        Matcher matcher = PARAMETER.matcher(line.strip().startsWith("--") ? "" : line);
        while (matcher.find()) {
          count++;
        }
      }
      return count;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void collectStatements(JsonNode node, List<JsonNode> found) {
    if (node.path("uri").asText().startsWith("sql:classpath:")) {
      found.add(node);
    }
    node.forEach(child -> collectStatements(child, found));
  }

  private static JsonNode read(Path file) {
    try {
      LoadSettings settings = LoadSettings.builder().setLabel(file.toString()).build();
      return JSON.valueToTree(new Load(settings).loadFromString(Files.readString(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<Path> files(String ending) {
    try (Stream<Path> all = Files.walk(ROUTES)) {
      return all
          .filter(file -> file.toString().endsWith(ending))
          .sorted(Comparator.naturalOrder())
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
