package org.trackcoordinator.graph;

import java.util.ArrayList;
import java.util.List;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Track;

/**
 * Writes a graph as a Mermaid flowchart. Nodes are called {@code t1} … by their numbers, since an
 * id such as {@code end} means something to Mermaid.
 */
final class MermaidWriter {

  private static final int COLUMNS = 60;

  private final StringBuilder text = new StringBuilder();

  private MermaidWriter() {}

  static String write(Definition definition) {
    return new MermaidWriter().flowchart(definition);
  }

  private String flowchart(Definition definition) {
    text.append("flowchart LR\n");
    text.append("  accTitle: ").append(definition.workflow()).append('\n');
    for (Track track : definition.tracks()) {
      text.append("  ").append(id(track)).append(label("[", Caption.of(track), "]")).append('\n');
    }
    for (Link link : Link.of(definition)) {
      text.append("  ")
          .append(id(link.from()))
          .append(arrow(link.kind()))
          .append(id(link.to()))
          .append('\n');
    }
    addRunEnds(Caption.ofRunEnds(definition));
    return text.toString();
  }

  private void addRunEnds(List<Caption> ends) {
    if (!ends.isEmpty()) {
      text.append("  subgraph ends[\"when the run ends\"]\n");
      int number = 0;
      for (Caption end : ends) {
        text.append("    e").append(++number).append(label("([", end, "])")).append('\n');
      }
      text.append("  end\n");
    }
  }

  private static String id(Track track) {
    return "t" + track.number();
  }

  private static String arrow(Link.Kind kind) {
    return switch (kind) {
      case COMPLETED -> " --> ";
      case DATA_READY -> " -. data_ready .-> ";
      case FALLBACK -> " == fallback ==> ";
    };
  }

  private static String label(String open, Caption caption, String close) {
    List<String> lines = new ArrayList<>();
    lines.add(escape(caption.id()));
    caption.lines(COLUMNS).forEach(line -> lines.add(escape(line)));
    return open + "\"" + String.join("<br/>", lines) + "\"" + close;
  }

  /**
   * All signs but those of names become character codes: quotes, tags, Markdown, comments and
   * directives, which Mermaid looks for inside labels too.
   */
  private static String escape(String line) {
    StringBuilder escaped = new StringBuilder();
    line.codePoints()
        .forEach(
            c -> {
              if (c > 0x7F || Character.isLetterOrDigit(c) || " .,_-/()".indexOf(c) >= 0) {
                escaped.appendCodePoint(c);
              } else {
                escaped.append('#').append(c).append(';');
              }
            });
    return escaped.toString();
  }
}
