package org.trackcoordinator.workflow;

import java.util.List;
import java.util.Map;

/** A value of a YAML or JSON document that knows where it stands. */
public sealed interface Node {

  /** Where it begins. */
  Position position();

  /** What the value is, as a message calls it: {@code a list}, {@code the number 5}. */
  String kind();

  /** Text, number, boolean or null; {@code text} as written, without quotes. */
  record Scalar(Position position, String text, Type type) implements Node {

    /** What YAML takes it for. */
    public enum Type {
      TEXT,
      NUMBER,
      BOOLEAN,
      NULL
    }

    @Override
    public String kind() {
      return switch (type) {
        case TEXT -> "the text " + Words.quote(text);
        case NUMBER -> "the number " + Words.shorten(text);
        case BOOLEAN -> "the boolean " + text;
        case NULL -> "empty";
      };
    }
  }

  /** A list. */
  record Sequence(Position position, List<Node> items) implements Node {
    @Override
    public String kind() {
      return "a list";
    }
  }

  /** Keys in the order of the file. */
  record Mapping(Position position, Map<String, Entry> entries) implements Node {
    @Override
    public String kind() {
      return "a map";
    }
  }

  /** A value and the place of its key. */
  record Entry(Position key, Node value) {

    /** The place to show for the value; an empty one is shown at its key. */
    Position position() {
      return value.isNull() ? key : value.position();
    }
  }

  /** What stands at this key; null if it is no map, or has no such key. */
  default Node at(String key) {
    return this instanceof Mapping map && map.entries().containsKey(key)
        ? map.entries().get(key).value()
        : null;
  }

  /** The text, number or boolean at this key as text; empty if there is none. */
  default String textAt(String key) {
    return at(key) instanceof Scalar scalar && !scalar.isNull() ? scalar.text() : "";
  }

  /** Whether nothing is written there. */
  default boolean isNull() {
    return this instanceof Scalar scalar && scalar.type() == Scalar.Type.NULL;
  }
}
