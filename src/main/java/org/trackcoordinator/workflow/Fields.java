package org.trackcoordinator.workflow;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.trackcoordinator.workflow.Node.Entry;
import org.trackcoordinator.workflow.Node.Scalar;

/**
 * The typed values of one map of a workflow file.
 *
 * <p>Every method gives null for a key that is absent, and for a wrong value after having added the
 * problem.
 */
final class Fields {

  static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");

  /** Handlers of `simulate`, which no file may take work from. */
  private static final String RESERVED = "simulate/";

  private static final int LONGEST_NUMBER = 40;

  private final Map<String, Entry> entries;
  private final String path;
  private final Problems problems;

  private Fields(Map<String, Entry> entries, String path, Problems problems) {
    this.entries = entries;
    this.path = path;
    this.problems = problems;
  }

  /** The fields of a map, unknown keys refused; null after a problem if the node is no map. */
  static Fields of(
      Node node, Position position, String path, Collection<String> known, Problems problems) {
    if (!(node instanceof Node.Mapping mapping)) {
      String message = "must be a map with keys such as " + first(known) + ", but is ";
      problems.add(position, path, message + node.kind());
      return null;
    }
    mapping
        .entries()
        .forEach(
            (key, entry) -> {
              if (!known.contains(key)) {
                String hint =
                    Words.didYouMean(key, known, "; known here: " + String.join(", ", known));
                problems.add(entry.key(), path, "unknown key " + Words.quote(key) + hint);
              }
            });
    return new Fields(mapping.entries(), path, problems);
  }

  private static String first(Collection<String> known) {
    return known.stream().limit(3).reduce((a, b) -> a + ", " + b).orElseThrow();
  }

  static String join(String path, String key) {
    String shown = Words.shorten(key);
    return path.isEmpty() ? shown : path + "." + shown;
  }

  String path() {
    return path;
  }

  boolean has(String key) {
    return entries.containsKey(key);
  }

  Node node(String key) {
    return entries.get(key).value();
  }

  Position position(String key) {
    return entries.get(key).position();
  }

  Position keyPosition(String key) {
    return entries.get(key).key();
  }

  String path(String key) {
    return join(path, key);
  }

  Fields map(String key, Collection<String> known) {
    return has(key) ? of(node(key), position(key), path(key), known, problems) : null;
  }

  /** Any text that PostgreSQL can store. */
  String text(String key) {
    return has(key) ? text(node(key), position(key), path(key), problems) : null;
  }

  static String text(Node node, Position position, String path, Problems problems) {
    if (!(node instanceof Scalar scalar) || scalar.type() != Scalar.Type.TEXT) {
      String quote =
          node instanceof Scalar scalar && !node.isNull()
              ? "; write it in quotes: \"" + Words.shorten(scalar.text()) + "\""
              : "";
      problems.add(position, path, "must be text, but is " + node.kind() + quote);
      return null;
    }
    String text = scalar.text();
    if (text.codePoints().anyMatch(c -> c == 0 || Character.getType(c) == Character.SURROGATE)) {
      String message = "holds a character that PostgreSQL cannot store (NUL or half a pair)";
      problems.add(position, path, message + "; remove it");
      return null;
    }
    return text;
  }

  /** The id of a workflow or track, or the name of a handler or circuit. */
  String name(String key) {
    return has(key) ? name(node(key), position(key), path(key), problems) : null;
  }

  static String name(Node node, Position position, String path, Problems problems) {
    String text = text(node, position, path, problems);
    return text != null && isName(text, position, path, problems) ? text : null;
  }

  static boolean isName(String text, Position position, String path, Problems problems) {
    if (NAME.matcher(text).matches()) {
      return true;
    }
    String message =
        text.startsWith(RESERVED)
            ? "names that begin with 'simulate/' are reserved for the command simulate"
            : Words.quote(text)
                + " is no valid name: up to 200 letters, digits, '.', '_' or '-', "
                + "beginning with a letter or digit";
    problems.add(position, path, message);
    return false;
  }

  /** A duration longer than 0. */
  Duration duration(String key) {
    return duration(key, false);
  }

  /** A duration, or {@link Durations#NONE} for the word {@code none}. */
  Duration limit(String key) {
    return duration(key, true);
  }

  private Duration duration(String key, boolean orNone) {
    if (!has(key)) {
      return null;
    }
    String forms = "write 500ms, 10m, 1h30m or PT10M" + (orNone ? ", or none" : "");
    if (!(node(key) instanceof Scalar scalar) || scalar.type() == Scalar.Type.BOOLEAN) {
      problems.add(position(key), path(key), "must be a duration, but is " + node(key).kind());
      return null;
    }
    if (scalar.type() == Scalar.Type.NULL) {
      problems.add(position(key), path(key), "is empty; " + forms);
      return null;
    }
    if (scalar.type() == Scalar.Type.NUMBER) {
      String message = Words.shorten(scalar.text()) + " has no unit; " + forms;
      problems.add(position(key), path(key), message);
      return null;
    }
    if (orNone && scalar.text().equals(Durations.NONE_WORD)) {
      return Durations.NONE;
    }
    Duration duration = Durations.of(scalar.text()).orElse(null);
    if (duration == null) {
      String message = Words.quote(scalar.text()) + " is no duration; " + forms;
      problems.add(position(key), path(key), message + " (longer than 0, up to 3660d)");
    }
    return duration;
  }

  Integer integer(String key, int least, int most) {
    BigDecimal number = number(key, "a whole number", least, most, true);
    return number == null ? null : Integer.valueOf(number.intValueExact());
  }

  Double decimal(String key, int least, int most) {
    BigDecimal number = number(key, "a number", least, most, false);
    return number == null ? null : Double.valueOf(number.doubleValue());
  }

  private BigDecimal number(String key, String kind, int least, int most, boolean whole) {
    if (!has(key)) {
      return null;
    }
    BigDecimal number = number(node(key));
    if (number != null
        && number.compareTo(BigDecimal.valueOf(least)) >= 0
        && number.compareTo(BigDecimal.valueOf(most)) <= 0
        && (!whole || number.stripTrailingZeros().scale() <= 0)) {
      return number;
    }
    String range = String.format(Locale.ROOT, "%s from %,d to %,d", kind, least, most);
    String message = "must be " + range + ", but is " + node(key).kind();
    problems.add(position(key), path(key), message);
    return null;
  }

  /** Null for YAML's other numbers: hexadecimal, octal, .inf, .nan. */
  private static BigDecimal number(Node node) {
    if (!(node instanceof Scalar scalar)
        || scalar.type() != Scalar.Type.NUMBER
        || scalar.text().length() > LONGEST_NUMBER) {
      return null;
    }
    try {
      return new BigDecimal(scalar.text());
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** One of these words. */
  static boolean isOneOf(
      String word, List<String> words, Position position, String path, Problems problems) {
    if (words.contains(word)) {
      return true;
    }
    String hint = Words.didYouMean(word, words, "; write " + String.join(", ", words));
    problems.add(position, path, Words.quote(word) + " is unknown here" + hint);
    return false;
  }
}
