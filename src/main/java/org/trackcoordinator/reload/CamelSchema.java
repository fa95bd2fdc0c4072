package org.trackcoordinator.reload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.trackcoordinator.workflow.Node;
import org.trackcoordinator.workflow.Problem;
import org.trackcoordinator.workflow.Words;

/**
 * Checks files against the JSON schema of Camel's YAML DSL, as far as that schema goes: types,
 * known and required keys, words to choose from. Says where in the file something is wrong, which
 * the libraries for JSON schemas can't, and takes a hundredth of their time and memory.
 *
 * <p>A text is taken where a number or boolean is wanted, and a number for a text, as Camel does:
 * it may be a placeholder.
 */
final class CamelSchema {

  private static final String RESOURCE = "/schema/camelYamlDsl.json";
  private static SoftReference<CamelSchema> last = new SoftReference<>(null);

  private final JsonNode root;

  private CamelSchema(JsonNode root) {
    this.root = root;
  }

  /** Read when it is needed; it may be forgotten when memory is short. */
  static synchronized CamelSchema get() {
    CamelSchema schema = last.get();
    if (schema == null) {
      try (InputStream in = CamelSchema.class.getResourceAsStream(RESOURCE)) {
        schema = new CamelSchema(new ObjectMapper().readTree(in));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      last = new SoftReference<>(schema);
    }
    return schema;
  }

  /** What is wrong with a file of routes. */
  List<Problem> check(String file, Node document) {
    return check(file, document, root, "");
  }

  /** What is wrong with the {@code from} of a kamelet's template. */
  List<Problem> checkFrom(String file, Node.Entry from, String path) {
    JsonNode entry = root.path("items").path("properties").path("from");
    return check(file, from.value(), entry, path);
  }

  private List<Problem> check(String file, Node node, JsonNode schema, String path) {
    return new Check(file).check(node, schema, path);
  }

  private JsonNode resolved(JsonNode schema) {
    JsonNode found = schema;
    while (found.has("$ref")) {
      found = root.at(found.get("$ref").asText().substring(1));
    }
    return found;
  }

  private final class Check {

    private final String file;

    Check(String file) {
      this.file = file;
    }

    List<Problem> check(Node node, JsonNode unresolved, String path) {
      JsonNode schema = resolved(unresolved);
      String type = schema.path("type").asText();
      if (!fits(node, type)) {
        return List.of(
            problem(node, path, "must be %s, not %s".formatted(kind(type), node.kind())));
      }
      List<Problem> problems = new ArrayList<>();
      if (node instanceof Node.Scalar scalar) {
        chosen(scalar, schema, path, problems);
      } else if (node instanceof Node.Sequence list && schema.has("items")) {
        for (int i = 0; i < list.items().size(); i++) {
          problems.addAll(check(list.items().get(i), schema.get("items"), path + "[" + i + "]"));
        }
      } else if (node instanceof Node.Mapping map) {
        keys(map, schema, path, problems);
      }
      for (String choice : List.of("anyOf", "oneOf")) {
        if (schema.has(choice)) {
          problems.addAll(best(node, schema.get(choice), path));
        }
      }
      if (schema.has("not") && check(node, schema.get("not"), path).isEmpty()) {
        problems.add(problem(node, path, "does not belong here"));
      }
      return problems;
    }

    private void chosen(Node.Scalar scalar, JsonNode schema, String path, List<Problem> found) {
      Set<String> words = new TreeSet<>();
      schema.path("enum").forEach(word -> words.add(word.asText()));
      boolean placeholder = scalar.text().contains("{{");
      if (!words.isEmpty() && !placeholder && !words.contains(scalar.text())) {
        String known = ", allowed is " + String.join(", ", words);
        String message = "unknown word " + Words.quote(scalar.text());
        found.add(problem(scalar, path, message + Words.didYouMean(scalar.text(), words, known)));
      }
    }

    private void keys(Node.Mapping map, JsonNode schema, String path, List<Problem> found) {
      JsonNode properties = schema.path("properties");
      Set<String> known = new TreeSet<>();
      properties.fieldNames().forEachRemaining(known::add);
      boolean only =
          schema.has("additionalProperties") && !schema.get("additionalProperties").asBoolean(true);
      map.entries()
          .forEach(
              (key, entry) -> {
                String place = path.isEmpty() ? key : path + "." + Words.shorten(key);
                if (properties.has(key)) {
                  found.addAll(check(entry.value(), properties.get(key), place));
                } else if (only) {
                  String message =
                      "unknown key " + Words.quote(key) + Words.didYouMean(key, known, "");
                  found.add(
                      new Problem(file, entry.key().line(), entry.key().column(), path, message));
                }
              });
      for (JsonNode required : schema.path("required")) {
        if (!map.entries().containsKey(required.asText())) {
          found.add(problem(map, path, "lacks the key " + Words.quote(required.asText())));
        }
      }
      int most = schema.path("maxProperties").asInt(Integer.MAX_VALUE);
      if (map.entries().size() > most) {
        found.add(problem(map, path, "has more keys than " + most + ": one step, one list item"));
      }
    }

    /** None if one choice fits; else what is wrong with the one that was most likely meant. */
    private List<Problem> best(Node node, JsonNode choices, String path) {
      Map<JsonNode, List<Problem>> all = new LinkedHashMap<>();
      for (JsonNode choice : choices) {
        List<Problem> problems = check(node, choice, path);
        if (problems.isEmpty()) {
          return problems;
        }
        all.put(resolved(choice), problems);
      }
      return all.entrySet().stream()
          .min(
              Comparator.comparing(
                      (Map.Entry<JsonNode, List<Problem>> choice) ->
                          -likelihood(node, choice.getKey()))
                  .thenComparingInt(choice -> choice.getValue().size()))
          .map(Map.Entry::getValue)
          .orElse(List.of());
    }

    /** How likely it is that a choice was meant, from 0. */
    private int likelihood(Node node, JsonNode choice) {
      if (choice.has("not") || !fits(node, choice.path("type").asText())) {
        return 0;
      }
      JsonNode required = choice.path("required");
      boolean has =
          !required.isEmpty()
              && node instanceof Node.Mapping map
              && map.entries().containsKey(required.get(0).asText());
      return has ? 2 : required.isEmpty() && node instanceof Node.Mapping ? 1 : 0;
    }

    private Problem problem(Node node, String path, String message) {
      return new Problem(file, node.position().line(), node.position().column(), path, message);
    }
  }

  private static boolean fits(Node node, String type) {
    return switch (type) {
      case "object" -> node instanceof Node.Mapping;
      case "array" -> node instanceof Node.Sequence;
      case "string" -> node instanceof Node.Scalar && !node.isNull();
      case "boolean" -> node instanceof Node.Scalar scalar && isBoolean(scalar);
      case "number", "integer" -> node instanceof Node.Scalar scalar && isNumber(scalar);
      default -> true;
    };
  }

  private static boolean isBoolean(Node.Scalar scalar) {
    return scalar.text().matches("true|false|.*\\{\\{.*");
  }

  private static boolean isNumber(Node.Scalar scalar) {
    return scalar.type() == Node.Scalar.Type.NUMBER
        || scalar.text().matches("-?\\d+(\\.\\d+)?|.*\\{\\{.*");
  }

  private static String kind(String type) {
    return switch (type) {
      case "object" -> "a map";
      case "array" -> "a list";
      case "string" -> "a text";
      case "boolean" -> "true or false";
      default -> "a number";
    };
  }
}
