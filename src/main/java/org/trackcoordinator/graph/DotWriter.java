package org.trackcoordinator.graph;

import java.util.ArrayList;
import java.util.List;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Track;

/** Writes a graph for Graphviz: {@code dot -Tpng}. */
final class DotWriter {

  private static final int COLUMNS = 60;

  private final StringBuilder text = new StringBuilder();

  private DotWriter() {}

  static String write(Definition definition) {
    return new DotWriter().digraph(definition);
  }

  private String digraph(Definition definition) {
    text.append("digraph ").append(quote(definition.workflow())).append(" {\n");
    text.append("  rankdir=LR;\n");
    text.append("  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n");
    for (Track track : definition.tracks()) {
      addNode("  ", Caption.of(track));
    }
    for (Link link : Link.of(definition)) {
      text.append("  ")
          .append(quote(link.from().id()))
          .append(" -> ")
          .append(quote(link.to().id()))
          .append(attributes(link.kind()))
          .append(";\n");
    }
    addRunEnds(Caption.ofRunEnds(definition));
    return text.append("}\n").toString();
  }

  private void addRunEnds(List<Caption> ends) {
    if (!ends.isEmpty()) {
      text.append("  subgraph cluster_ends {\n    label=\"when the run ends\";\n");
      ends.forEach(end -> addNode("    ", end));
      text.append("  }\n");
    }
  }

  private void addNode(String indent, Caption caption) {
    List<String> lines = new ArrayList<>();
    lines.add(caption.id());
    lines.addAll(caption.lines(COLUMNS));
    text.append(indent)
        .append(quote(caption.id()))
        .append(" [label=\"")
        .append(String.join("\\n", lines.stream().map(DotWriter::escape).toList()))
        .append("\"];\n");
  }

  private static String attributes(Link.Kind kind) {
    return switch (kind) {
      case COMPLETED -> "";
      case DATA_READY -> " [style=dashed, label=\"data_ready\"]";
      case FALLBACK -> " [style=dotted, label=\"fallback\"]";
    };
  }

  private static String quote(String name) {
    return "\"" + escape(name) + "\"";
  }

  /** Quotes end a string; Graphviz replaces {@code \N} and its like, and HTML's entities. */
  private static String escape(String line) {
    return line.replace("\\", "\\\\").replace("\"", "\\\"").replace("&", "&amp;");
  }
}
