package org.trackcoordinator.graph;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a graph can be written as. */
public enum GraphFormat {
  /** A picture, laid out; light or dark as its reader prefers. */
  SVG("image/svg+xml", "svg"),
  /** A Mermaid flowchart, which Markdown viewers draw. */
  MERMAID("text/vnd.mermaid; charset=utf-8", "mmd", "mermaid"),
  /** For Graphviz. */
  DOT("text/vnd.graphviz; charset=utf-8", "dot", "gv"),
  /** Nodes and edges, for programs. */
  JSON("application/json", "json");

  private final String contentType;
  private final List<String> fileEndings;

  GraphFormat(String contentType, String... fileEndings) {
    this.contentType = contentType;
    this.fileEndings = List.of(fileEndings);
  }

  /** The media type, for HTTP; text is in UTF-8. */
  public String contentType() {
    return contentType;
  }

  /** The endings of names of such files, without the dot; the usual one first. */
  public List<String> fileEndings() {
    return fileEndings;
  }

  /** The word in commands and in REST: {@code svg}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The words of all formats. */
  public static List<String> words() {
    return Arrays.stream(values()).map(GraphFormat::word).toList();
  }

  /**
   * The format of a word, in any letter case.
   *
   * @throws IllegalArgumentException naming the allowed words
   */
  public static GraphFormat of(String word) {
    return Arrays.stream(values())
        .filter(format -> format.word().equalsIgnoreCase(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no graph format '%s'; allowed are %s"
                        .formatted(
                            Text.shorten(String.valueOf(word), 40), String.join(", ", words()))));
  }
}
