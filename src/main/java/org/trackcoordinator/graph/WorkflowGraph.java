package org.trackcoordinator.graph;

import java.util.HashMap;
import java.util.Map;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * The graph of a workflow in each {@link GraphFormat}. Safe for many threads; share one, since it
 * keeps the drawings that were asked for last.
 *
 * <p>In a route it is the bean {@code workflowGraph}. With a definition's JSON document as text in
 * the body, the format's word in a header:
 *
 * <pre>{@code
 * - setHeader:
 *     name: Content-Type
 *     expression: { method: { ref: workflowGraph, method: "contentType(${header.format})" } }
 * - setBody:
 *     expression: { method: { ref: workflowGraph, method: "render(${body}, ${header.format})" } }
 * }</pre>
 */
public final class WorkflowGraph {

  /** The style sheet of all pictures as a source of styles of a Content-Security-Policy. */
  public static final String STYLE_SOURCE = SvgStyle.CSP_SOURCE;

  /**
   * A Content-Security-Policy with which a browser shows the picture as it is meant: it needs its
   * own style sheet, and nothing else.
   */
  public static final String SVG_POLICY =
      "default-src 'none'; style-src " + STYLE_SOURCE + "; frame-ancestors 'self'";

  /** Some 40 pictures of 1,300 tracks, or 4 of the largest; they take about 20 MB. */
  private static final int MOST_POINTS_KEPT = 400_000;

  private final Drawings drawings = new Drawings(MOST_POINTS_KEPT);

  /**
   * Writes the graph of a definition.
   *
   * @param document the definition as it is stored: a workflow file in JSON
   * @param format {@code svg}, {@code mermaid}, {@code dot} or {@code json}
   * @throws IllegalArgumentException for an unknown format, naming the allowed ones
   * @throws TooLargeToDrawException for a picture of more than 10,000 tracks, or whose edges cross
   *     more than 50,000 levels together
   * @throws org.trackcoordinator.workflow.InvalidWorkflowException if the document is no definition
   */
  public String render(String document, String format) {
    GraphFormat known = GraphFormat.of(format);
    return render(WorkflowFiles.parse("definition.json", document), known, Map.of());
  }

  /**
   * Writes the graph of a definition, and for a picture the states of a run's tracks.
   *
   * @param states the state ({@code completed}) by the track's id, {@code on.failed} and its like
   *     included; a track without one is drawn without, ids that are none of the definition's are
   *     left out. Only a picture shows them.
   * @throws IllegalArgumentException for an unknown state, naming the allowed ones
   * @throws TooLargeToDrawException for a picture that is too large, as above
   */
  public String render(Definition definition, GraphFormat format, Map<String, String> states) {
    return switch (format) {
      case SVG -> SvgWriter.write(definition, drawings.of(definition), known(states));
      case MERMAID -> MermaidWriter.write(definition);
      case DOT -> DotWriter.write(definition);
      case JSON -> JsonWriter.write(definition);
    };
  }

  /**
   * The media type of a format, for HTTP.
   *
   * @throws IllegalArgumentException for an unknown format, naming the allowed ones
   */
  public String contentType(String format) {
    return GraphFormat.of(format).contentType();
  }

  private static Map<String, State> known(Map<String, String> states) {
    Map<String, State> known = new HashMap<>();
    states.forEach((track, word) -> known.put(track, State.of(word)));
    return known;
  }
}
