package org.trackcoordinator.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The shipped JSON schema, by which editors complete and check, and the reader, which has the
 * better messages, judge alike.
 */
@Tag("track-coordination")
class SchemaTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNode SCHEMA = json(Resources.text("schema/workflow.schema.json"));
  private static final JsonSchema VALIDATOR =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(SCHEMA);

  static Stream<BadWorkflow> bad() {
    return BadWorkflow.all().filter(bad -> !bad.schema().equals("cannot judge"));
  }

  static Stream<Path> good() throws IOException {
    List<Path> files = new ArrayList<>(WorkflowFiles.find(Resources.path("good-workflows")));
    files.addAll(WorkflowFiles.find(Resources.path("real-dags")));
    return files.stream();
  }

  @ParameterizedTest
  @MethodSource("bad")
  void agreesOnBadFiles(BadWorkflow bad) {
    assertThat(errors(bad.file(), bad.text()).isEmpty() ? "accepts" : "refuses")
        .isEqualTo(bad.schema());
  }

  @ParameterizedTest
  @MethodSource("good")
  void agreesOnGoodFiles(Path good) throws IOException {
    WorkflowFiles.read(good);

    String text = Files.readString(good).replace('\t', ' ');
    assertThat(errors(good.toString(), text)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("good")
  void acceptsTheCanonicalForm(Path good) {
    assertThat(errors("canonical.json", WorkflowFiles.read(good).canonicalJson())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "500ms",
        "1s",
        "5m",
        "24h",
        "7d",
        "1h30m",
        "1d2h3m4s5ms",
        "01m",
        "0m1s",
        "P1D",
        "PT5M",
        "PT0.001S",
        "P1DT2H3M4.5S",
        "",
        "5",
        "0s",
        "0m0s",
        "s",
        "1.5s",
        "-5m",
        "+5m",
        "5M",
        "5 m",
        "30s5m",
        "P",
        "PT",
        "P1DT",
        "P1W",
        "P1M",
        "PT-5M",
        "-PT5M",
        "PT0S",
        "PT0.000S",
        "PT1.S",
        "PT1.2345S",
        "pt5m",
        "PT5m",
        "none",
        "None",
        "1000000000ms",
        "999999999ms",
        "5m ",
        " 5m",
        "5m\n",
        "tomorrow"
      })
  void agreesOnDurations(String text) {
    String pattern = SCHEMA.at("/definitions/duration/pattern").asText();

    assertThat(text.matches(pattern)).isEqualTo(Durations.of(text).isPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10/s", "1/ms", "100/m", "5/30s", "1000000/d", "10/PT1M", "3/1h30m", "10", "10/", "/s",
        "0/s", "1000001/s", "01/s", "-1/s", "1.5/s", "10/0s", "10/PT0S", "10/5", "10/month", "10 /s"
      })
  void agreesOnRates(String text) {
    String pattern = SCHEMA.at("/definitions/track/properties/rate/pattern").asText();

    assertThat(text.matches(pattern)).isEqualTo(Rate.of(text).isPresent());
  }

  @ParameterizedTest
  @CsvSource({
    "timeout, PT10M",
    "triggerTimeout, none",
    "retry/properties/maxAttempts, 3",
    "retry/properties/backoff, PT2S",
    "retry/properties/multiplier, 2",
    "retry/properties/maxBackoff, PT5M",
    "retry/properties/jitter, 0.2"
  })
  void showsTheDefaultsThatHold(String place, String canonical) {
    JsonNode shown = SCHEMA.at("/definitions/" + place + "/default");
    String read = Durations.of(shown.asText()).map(Object::toString).orElse(shown.asText());
    assertThat(read).isEqualTo(canonical);

    JsonNode held = json(WorkflowFiles.parse("w", "{workflow: w, tracks: {a: }}").canonicalJson());
    assertThat(held.at("/defaults/" + place.replace("properties/", "")).asText())
        .isEqualTo(canonical);
  }

  @Test
  void isValidItself() {
    JsonSchema meta =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7)
            .getSchema(json(Resources.text("draft-07/schema")));
    assertThat(meta.validate(SCHEMA)).isEmpty();
  }

  @Test
  void tellsAnEditorWhatEachKeyIs() {
    List<String> silent = new ArrayList<>();
    collectSilent(SCHEMA, "", silent);

    assertThat(silent).isEmpty();
  }

  @Test
  void givesExamplesThatItAccepts() {
    List<String> wrong = new ArrayList<>();
    collectWrongExamples(SCHEMA, wrong);

    assertThat(wrong).isEmpty();
  }

  private static void collectSilent(JsonNode node, String path, List<String> silent) {
    node.path("properties")
        .properties()
        .forEach(
            property -> {
              JsonNode value = property.getValue();
              JsonNode shown =
                  value.has("$ref") ? SCHEMA.at(value.get("$ref").asText().substring(1)) : value;
              if (!shown.has("title") || !shown.has("description")) {
                silent.add(path + "/" + property.getKey());
              }
            });
    children(node).forEach((key, child) -> collectSilent(child, path + "/" + key, silent));
  }

  private static void collectWrongExamples(JsonNode node, List<String> wrong) {
    if (node.path("examples").isArray()) {
      ObjectNode root = node.deepCopy();
      root.set("definitions", SCHEMA.get("definitions"));
      JsonSchema validator =
          JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(root);
      for (JsonNode example : node.get("examples")) {
        validator.validate(example).forEach(error -> wrong.add(example + ": " + error));
      }
    }
    children(node).values().forEach(child -> collectWrongExamples(child, wrong));
  }

  private static Map<String, JsonNode> children(JsonNode node) {
    Map<String, JsonNode> children = new LinkedHashMap<>();
    node.properties().forEach(entry -> children.put(entry.getKey(), entry.getValue()));
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      children.put(String.valueOf(i), node.get(i));
    }
    return children;
  }

  private static List<String> errors(String file, String text) {
    JsonNode json = toJson(NodeReader.read(text, new Problems(file)));
    return VALIDATOR.validate(json).stream().map(Object::toString).toList();
  }

  private static JsonNode toJson(Node node) {
    JsonNodeFactory make = JsonNodeFactory.instance;
    if (node instanceof Node.Mapping mapping) {
      ObjectNode object = make.objectNode();
      mapping.entries().forEach((key, entry) -> object.set(key, toJson(entry.value())));
      return object;
    }
    if (node instanceof Node.Sequence sequence) {
      ArrayNode array = make.arrayNode();
      sequence.items().forEach(item -> array.add(toJson(item)));
      return array;
    }
    Node.Scalar scalar = (Node.Scalar) node;
    return switch (scalar.type()) {
      case NULL -> make.nullNode();
      case BOOLEAN -> make.booleanNode(Boolean.parseBoolean(scalar.text()));
      case NUMBER -> make.numberNode(new BigDecimal(scalar.text()));
      case TEXT -> make.textNode(scalar.text());
    };
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
