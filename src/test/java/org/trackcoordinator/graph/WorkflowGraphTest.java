package org.trackcoordinator.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.trackcoordinator.testing.BareCamel;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.InvalidWorkflowException;

/** The way in, for commands and for routes. */
@Tag("track-coordination")
class WorkflowGraphTest {

  private static final Definition DEFINITION = SampleGraphs.everyKind();

  private final WorkflowGraph graph = new WorkflowGraph();

  @ParameterizedTest
  @EnumSource(GraphFormat.class)
  void aStoredDocumentIsDrawnAsItsFile(GraphFormat format) {
    assertThat(graph.render(DEFINITION.canonicalJson(), format.word()))
        .isEqualTo(graph.render(DEFINITION, format, Map.of()));
  }

  @Test
  void contentTypes() {
    assertThat(GraphFormat.words()).containsExactly("svg", "mermaid", "dot", "json");
    assertThat(GraphFormat.words().stream().map(graph::contentType))
        .containsExactly(
            "image/svg+xml",
            "text/vnd.mermaid; charset=utf-8",
            "text/vnd.graphviz; charset=utf-8",
            "application/json");
    assertThat(graph.contentType("SVG")).isEqualTo("image/svg+xml");
  }

  @Test
  void anUnknownFormatIsRefused() {
    String allowed = "allowed are svg, mermaid, dot, json";
    assertThatThrownBy(() -> graph.render("no document", "png"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no graph format 'png'; " + allowed);
    assertThatThrownBy(() -> graph.contentType("x".repeat(100_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no graph format '" + "x".repeat(39) + "…'; " + allowed);
    assertThatThrownBy(() -> graph.contentType(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(allowed);
  }

  @Test
  void anUnknownStateIsRefused() {
    assertThatThrownBy(() -> graph.render(DEFINITION, GraphFormat.SVG, Map.of("ocr", "done")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "there is no state 'done'; allowed are waiting, held, triggered, started, completed,"
                + " failed, timed_out, skipped, cancelled");
  }

  @Test
  void whatIsNoDefinitionIsRefused() {
    assertThatThrownBy(() -> graph.render("{\"tracks\": {}}", "svg"))
        .isInstanceOf(InvalidWorkflowException.class)
        .hasMessageContaining("the key 'workflow' is missing");
  }

  @Test
  void aRouteCallsItAsTheJavadocSays() {
    Exchange exchange = BareCamel.exchange();
    exchange.getContext().getRegistry().bind("workflowGraph", graph);
    exchange.getMessage().setBody(DEFINITION.canonicalJson());
    exchange.getMessage().setHeader("format", "svg");
    assertThat(ask(exchange, "render(${body}, ${header.format})"))
        .isEqualTo(graph.render(DEFINITION, GraphFormat.SVG, Map.of()));
    assertThat(ask(exchange, "contentType(${header.format})")).isEqualTo("image/svg+xml");
  }

  /** As the expression {@code method} of a route does. */
  private static String ask(Exchange exchange, String method) {
    return exchange
        .getContext()
        .resolveLanguage("bean")
        .createExpression("workflowGraph?method=" + method)
        .evaluate(exchange, String.class);
  }

  @Test
  void thePolicyLetsThePicturesOwnStyleThrough() throws Exception {
    SvgPicture picture = SvgPicture.read(graph.render(DEFINITION, GraphFormat.SVG, Map.of()));
    byte[] style =
        picture.elements("style").get(0).getTextContent().getBytes(StandardCharsets.UTF_8);
    String hash =
        Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(style));
    assertThat(WorkflowGraph.SVG_POLICY)
        .isEqualTo("default-src 'none'; style-src 'sha256-" + hash + "'; frame-ancestors 'self'");
    assertThat(picture.elements("*")).noneMatch(element -> element.hasAttribute("style"));
  }
}
