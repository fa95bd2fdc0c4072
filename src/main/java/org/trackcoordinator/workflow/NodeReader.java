package org.trackcoordinator.workflow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import org.trackcoordinator.workflow.Node.Entry;
import org.trackcoordinator.workflow.Node.Scalar.Type;

/**
 * Reads one YAML 1.2 or JSON document into nodes.
 *
 * <p>Composed from the parser's events rather than with the library's composer: that reports only
 * the first duplicate key, and it follows nesting and aliases before they can be counted.
 */
final class NodeReader {

  private static final int DEEPEST = 16;
  private static final int MOST_REPEATED = 100_000;

  /** No tag is ever resolved to a Java class: explicit ones are refused. */
  private static final ScalarResolver RESOLVER = new CoreSchema().getScalarResolver();

  private final Problems problems;
  private final Iterator<Event> events;
  private final int deepest;
  private final Map<Anchor, Anchored> anchors = new HashMap<>();

  /** Keys and, in lists, indexes. */
  private final Deque<Object> path = new ArrayDeque<>();

  private int nodes;
  private int repeated;

  private record Anchored(Node node, int size) {}

  private NodeReader(Iterator<Event> events, int deepest, Problems problems) {
    this.events = events;
    this.deepest = deepest;
    this.problems = problems;
  }

  /** Reads a workflow, which has no reason to nest deeply. */
  static Node read(String text, Problems problems) {
    return read(text, DEEPEST, problems);
  }

  /**
   * Reads the document; duplicate keys are added to the problems.
   *
   * @param deepest how many levels of lists and maps may stand in one another
   * @throws InvalidWorkflowException if there is not exactly one readable document
   */
  static Node read(String text, int deepest, Problems problems) {
    try {
      Iterator<Event> events = new Parse(settings(text)).parseString(text).iterator();
      return new NodeReader(events, deepest, problems).document();
    } catch (MarkedYamlEngineException e) {
      String context = e.getContext() == null ? "" : e.getContext() + ": ";
      Position position = e.getProblemMark().map(NodeReader::position).orElse(Position.NOWHERE);
      throw problems.fatal(position, "", "not readable as YAML or JSON: " + context + problem(e));
    } catch (ReaderException e) {
      String character = String.format("U+%04X", e.getCodePoint());
      String message = "the character " + character + " is not allowed in YAML; remove it";
      throw problems.fatal(positionOf(text, e.getPosition()), "", message);
    } catch (YamlEngineException e) {
      throw problems.fatal(Position.NOWHERE, "", "not readable as YAML or JSON: " + e.getMessage());
    }
  }

  /**
   * The buffer takes the whole text: with a small one the library copies what is left of a long
   * token at each refill, which makes 10 MB in one line a matter of minutes.
   */
  private static LoadSettings settings(String text) {
    return LoadSettings.builder()
        .setCodePointLimit(Integer.MAX_VALUE)
        .setBufferSize(text.length() + 1)
        .build();
  }

  /** The library advises against indentation by whatever character it met; true of tabs only. */
  private static String problem(MarkedYamlEngineException e) {
    String problem = e.getProblem();
    int advice = problem.contains("TAB") ? -1 : problem.indexOf(". (Do not use ");
    return advice < 0 ? problem : problem.substring(0, advice);
  }

  private Node document() {
    events.next(); // stream start
    if (!events.next().getEventId().equals(Event.ID.DocumentStart)) {
      throw problems.fatal(
          new Position(1, 1), "", "the file is empty; begin with workflow: <name>");
    }
    Node root = node(events.next());
    events.next(); // document end
    Event after = events.next();
    if (!after.getEventId().equals(Event.ID.StreamEnd)) {
      String message = "a second document begins here; write one workflow per file";
      throw problems.fatal(position(after), "", message);
    }
    return root;
  }

  private Node node(Event event) {
    if (event instanceof AliasEvent alias) {
      return repeat(alias);
    }
    int before = nodes++;
    refuseTag(event);
    Node node =
        switch (event.getEventId()) {
          case Scalar -> scalar((ScalarEvent) event);
          case SequenceStart -> sequence(event);
          case MappingStart -> mapping(event);
          default -> throw new IllegalStateException("unexpected YAML event " + event);
        };
    Optional<Anchor> anchor = ((NodeEvent) event).getAnchor();
    anchor.ifPresent(name -> anchors.put(name, new Anchored(node, nodes - before)));
    return node;
  }

  private Node repeat(AliasEvent alias) {
    Anchored anchored = anchors.get(alias.getAlias());
    String name = alias.getAlias().getValue();
    if (anchored == null) {
      String message =
          "'*" + name + "' repeats nothing: there is no complete '&" + name + "' above";
      throw problems.fatal(position(alias), path(), message);
    }
    nodes += anchored.size();
    repeated += anchored.size();
    if (repeated > MOST_REPEATED) {
      String message = "aliases repeat more than 100,000 values; write them out or use 'defaults'";
      throw problems.fatal(position(alias), path(), message);
    }
    return anchored.node();
  }

  private void refuseTag(Event event) {
    Optional<String> tag = Optional.empty();
    if (event instanceof ScalarEvent scalar) {
      tag = scalar.getTag();
    } else if (event instanceof CollectionStartEvent collection) {
      tag = collection.getTag();
    }
    if (tag.isPresent()) {
      String written = Words.quote(tag.get().replace(Tag.PREFIX, "!!"));
      String message = "the tag " + written + " is not allowed; remove it, text may be quoted";
      throw problems.fatal(position(event), path(), message);
    }
  }

  private Node scalar(ScalarEvent event) {
    String text = event.getValue();
    boolean plain = event.getImplicit().canOmitTagInPlainScalar();
    return new Node.Scalar(position(event), text, type(RESOLVER.resolve(text, plain)));
  }

  private static Type type(Tag tag) {
    if (tag.equals(Tag.INT) || tag.equals(Tag.FLOAT)) {
      return Type.NUMBER;
    }
    if (tag.equals(Tag.BOOL)) {
      return Type.BOOLEAN;
    }
    return tag.equals(Tag.NULL) ? Type.NULL : Type.TEXT;
  }

  private Node sequence(Event start) {
    refuseTooDeep(start);
    List<Node> items = new ArrayList<>();
    for (Event event = events.next();
        !event.getEventId().equals(Event.ID.SequenceEnd);
        event = events.next()) {
      path.addLast(items.size());
      items.add(node(event));
      path.removeLast();
    }
    return new Node.Sequence(position(start), items);
  }

  private Node mapping(Event start) {
    refuseTooDeep(start);
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (Event event = events.next();
        !event.getEventId().equals(Event.ID.MappingEnd);
        event = events.next()) {
      if (!(event instanceof ScalarEvent key)) {
        throw problems.fatal(position(event), path(), "a key must be plain text");
      }
      refuseTag(key);
      path.addLast(key.getValue());
      Entry first = entries.get(key.getValue());
      if (first != null) {
        String message = "given twice, first on line " + first.key().line() + "; remove one";
        problems.add(position(key), path(), message);
      }
      Node value = node(events.next());
      entries.putIfAbsent(key.getValue(), new Entry(position(key), value));
      path.removeLast();
    }
    return new Node.Mapping(position(start), entries);
  }

  private void refuseTooDeep(Event start) {
    if (path.size() > deepest) {
      throw problems.fatal(position(start), "", "nested deeper than " + deepest + " levels");
    }
  }

  private String path() {
    String whole = "";
    for (Object part : path) {
      whole = part instanceof String key ? Fields.join(whole, key) : whole + "[" + part + "]";
    }
    return whole;
  }

  private static Position position(Event event) {
    return event.getStartMark().map(NodeReader::position).orElse(Position.NOWHERE);
  }

  private static Position position(Mark mark) {
    return new Position(mark.getLine() + 1, mark.getColumn() + 1);
  }

  /** The place of a character, for errors that only count code points. */
  private static Position positionOf(String text, int codePoints) {
    int all = text.codePointCount(0, text.length());
    return Position.endOf(text.substring(0, text.offsetByCodePoints(0, Math.min(codePoints, all))));
  }
}
