package org.trackcoordinator.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes the schemas of a JSON Schema or OpenAPI document as TypeScript. It knows what ours use:
 * objects, arrays, enums, references, alternatives and null; a pattern or range is left to the
 * server.
 */
final class TypeScriptTypes {

  private final StringBuilder out = new StringBuilder();

  /** The types of all schemas of a document, in its order. */
  static String of(JsonNode schemas, String prefix) {
    TypeScriptTypes types = new TypeScriptTypes();
    schemas
        .properties()
        .forEach(
            schema -> types.declare(prefix + capital(schema.getKey()), schema.getValue(), prefix));
    return types.out.toString();
  }

  private void declare(String name, JsonNode schema, String prefix) {
    out.append('\n');
    describe(schema, "");
    if (schema.has("properties") && !isNullable(schema)) {
      out.append("export interface ")
          .append(name)
          .append(' ')
          .append(object(schema, "", prefix))
          .append('\n');
    } else {
      out.append("export type ")
          .append(name)
          .append(" = ")
          .append(type(schema, "", prefix))
          .append(";\n");
    }
  }

  private void describe(JsonNode schema, String indent) {
    out.append(description(schema, indent));
  }

  private static String description(JsonNode schema, String indent) {
    String text = schema.path("description").asText();
    return text.isEmpty() ? "" : indent + "/** " + text.replace("*/", "* /") + " */\n";
  }

  private static String object(JsonNode schema, String indent, String prefix) {
    Set<String> required = new TreeSet<>();
    schema.path("required").forEach(name -> required.add(name.asText()));
    StringBuilder text = new StringBuilder("{\n");
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      String name =
          property.getKey().matches("[A-Za-z_][A-Za-z0-9_]*")
              ? property.getKey()
              : "'" + property.getKey() + "'";
      text.append(description(property.getValue(), indent + "  "))
          .append(indent)
          .append("  ")
          .append(name)
          .append(required.contains(property.getKey()) ? ": " : "?: ")
          .append(type(property.getValue(), indent + "  ", prefix))
          .append(";\n");
    }
    if (schema.path("additionalProperties").isObject() && !schema.path("properties").isEmpty()) {
      text.append(indent).append("  [detail: string]: unknown;\n");
    }
    return text.append(indent).append('}').toString();
  }

  private static String type(JsonNode schema, String indent, String prefix) {
    String plain = notNull(schema, indent, prefix);
    return isNullable(schema) && !plain.endsWith("null") ? plain + " | null" : plain;
  }

  private static String notNull(JsonNode schema, String indent, String prefix) {
    if (schema.has("$ref")) {
      String reference = schema.path("$ref").asText();
      return prefix + capital(reference.substring(reference.lastIndexOf('/') + 1));
    }
    for (String alternatives : List.of("anyOf", "oneOf")) {
      if (schema.has(alternatives)) {
        return union(schema.path(alternatives), indent, prefix);
      }
    }
    if (schema.has("allOf") && !schema.has("properties")) {
      return type(schema.path("allOf").get(0), indent, prefix); // what follows narrows what fits
    }
    if (schema.has("enum")) {
      List<String> values = new ArrayList<>();
      schema
          .path("enum")
          .forEach(value -> values.add(value.isNull() ? "null" : "'" + value.asText() + "'"));
      return String.join(" | ", values);
    }
    if (schema.has("const")) {
      return "'" + schema.path("const").asText() + "'";
    }
    String kind =
        schema.path("type").isArray()
            ? schema.path("type").get(0).asText()
            : schema.path("type").asText();
    return switch (kind) {
      case "string" -> "string";
      case "integer", "number" -> "number";
      case "boolean" -> "boolean";
      case "null" -> "null";
      case "array" -> "Array<" + type(schema.path("items"), indent, prefix) + ">";
      case "object" ->
          schema.has("properties")
              ? object(schema, indent, prefix)
              : "Record<string, "
                  + (schema.path("additionalProperties").isObject()
                      ? type(schema.path("additionalProperties"), indent, prefix)
                      : "unknown")
                  + ">";
      default -> throw new IllegalArgumentException("no type for " + schema);
    };
  }

  private static String union(JsonNode alternatives, String indent, String prefix) {
    Set<String> types = new java.util.LinkedHashSet<>();
    alternatives.forEach(alternative -> types.add(type(alternative, indent, prefix)));
    return String.join(" | ", types);
  }

  private static boolean isNullable(JsonNode schema) {
    if (schema.path("nullable").asBoolean()) {
      return true;
    }
    for (JsonNode kind : schema.path("type")) {
      if (kind.asText().equals("null")) {
        return true;
      }
    }
    return false;
  }

  private static String capital(String name) {
    return Character.toUpperCase(name.charAt(0)) + name.substring(1);
  }
}
