package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * The OpenAPI document says what the {@code rest} entries in {@code routes/api} do, and no more.
 */
@Tag("track-coordination")
class OpenApiTest {

  private static final ObjectMapper JSON = new JsonMapper();
  static final Path DOCUMENT = Path.of("routes/api/openapi.json");

  @Test
  void describesEachRestEntry() throws IOException {
    assertThat(described(JSON.readTree(Files.readString(DOCUMENT)))).isEqualTo(declared());
  }

  @Test
  void usesEachSchemaThatItHas() throws IOException {
    String document = Files.readString(DOCUMENT);
    JSON.readTree(document)
        .at("/components/schemas")
        .fieldNames()
        .forEachRemaining(
            name -> assertThat(document).contains("#/components/schemas/" + name + "\""));
  }

  private static Set<String> described(JsonNode document) {
    Set<String> operations = new TreeSet<>();
    document
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        method ->
                            operations.add(
                                line(
                                    method.getKey(),
                                    path.getKey(),
                                    method.getValue().at("/security/0/token/0").asText(),
                                    stream(method.getValue().path("parameters"))
                                        .filter(p -> !p.path("in").asText().equals("header"))
                                        .map(
                                            p ->
                                                parameter(
                                                    p.path("name").asText(),
                                                    p.path("in").asText(),
                                                    p.at("/schema/type").asText(),
                                                    p.path("required").asBoolean()))))));
    return operations;
  }

  private static Set<String> declared() {
    Set<String> operations = new TreeSet<>();
    for (JsonNode entry : restEntries()) {
      for (String method : List.of("get", "post")) {
        for (JsonNode verb : entry.path(method)) {
          operations.add(
              line(
                  method,
                  entry.path("path").asText() + verb.path("path").asText(),
                  verb.at("/security/0/scopes").asText(),
                  stream(verb.path("param"))
                      .map(
                          p ->
                              parameter(
                                  p.path("name").asText(),
                                  p.path("type").asText(),
                                  p.path("dataType").asText(),
                                  p.path("required").asBoolean()))));
        }
      }
    }
    assertThat(operations).hasSizeGreaterThan(30);
    return operations;
  }

  private static String line(String method, String path, String role, Stream<String> parameters) {
    return "%s %s by a %s %s".formatted(method, path, role, parameters.sorted().toList());
  }

  private static String parameter(String name, String where, String type, boolean required) {
    return "%s %s in %s%s".formatted(type, name, where, required ? "" : "?");
  }

  private static List<JsonNode> restEntries() {
    try (Stream<Path> files = Files.list(Path.of("routes/api"))) {
      return files
          .filter(file -> file.toString().endsWith(".camel.yaml"))
          .sorted(Comparator.naturalOrder())
          .flatMap(file -> stream(read(file)))
          .map(entry -> entry.path("rest"))
          .filter(JsonNode::isObject)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode read(Path file) {
    try {
      return JSON.valueToTree(
          new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<JsonNode> stream(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }
}
