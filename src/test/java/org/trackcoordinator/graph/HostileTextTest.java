package org.trackcoordinator.graph;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;
import org.w3c.dom.Element;

/** Text of people stays text, whatever it is, in each format (S18). */
@Tag("track-coordination")
class HostileTextTest {

  private static final Pattern MERMAID_LINE =
      Pattern.compile(
          "flowchart LR|  accTitle: w|  t1\\[\"a(<br/>(when )?([ .,_/()A-Za-z0-9-]|[^\\x00-\\x7F]|#\\d+;)+){2}\"]");
  private static final Pattern DOT_NODE =
      Pattern.compile("  \"a\" \\[label=\"((?:[^\"\\\\]|\\\\.)*)\"];");

  /** Graphviz shows the characters that these stand for. */
  private static final Map<String, String> ENTITIES =
      Map.of("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", "\"", "&#60;", "<");

  private static final Pattern ENTITY = Pattern.compile(String.join("|", ENTITIES.keySet()));

  static Stream<String> texts() {
    return Stream.of(
        "</desc></title></text></g></svg><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onload='alert(1)",
        "]]> <!-- --> <![CDATA[ <?xml ?> <!DOCTYPE x [<!ENTITY e \"e\">]> &e; &lt; &#60;",
        "&lt;b&gt; &amp; &#60; & &quot;",
        "javascript:alert(1) data:text/html,<b>",
        "<a href=\"javascript:alert(1)\"><foreignObject/></a>",
        "\"]; t1 --> t9; click t1 \"javascript:alert(1)\"",
        "%%{init: {\"securityLevel\": \"loose\"}}%%",
        "`**bold** _it_` 1. - + # > #quot; #35; style a:#b; classDef c:#d;",
        "fa:fa-car @{ shape: x } $$x^2$$ {{a}} |b| ~~~ ::: ---",
        "\"]; \"b\" -> \"c\"; x [label=\"",
        "\\\" \\N \\G \\E \\T \\L \\l \\r \\n \\\\ \\",
        "${bean:x} {{env:HOME}} #{x} %s %n {0}",
        "</style><style>*{display:none}</style>",
        "url(https://example.org/x) @import expression(alert(1))",
        "請求書 😀 👨‍👩‍👧 ẞ é مرحبا",
        "x".repeat(100_000),
        "<".repeat(10_000),
        "請".repeat(1_000));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void inSvg(String text) {
    SvgPicture picture = SvgPicture.read(render(text, GraphFormat.SVG));
    Set<String> names = new HashSet<>();
    for (Element element : picture.elements("*")) {
      names.add(element.getTagName());
      for (int i = 0; i < element.getAttributes().getLength(); i++) {
        assertThat(element.getAttributes().item(i).getNodeName()).doesNotStartWith("on");
      }
    }
    assertThat(names)
        .isSubsetOf("svg", "title", "desc", "style", "defs", "marker", "path", "rect", "g", "text");
    assertThat(picture.elements("desc").get(0).getTextContent())
        .isEqualTo("1 track, 0 edges, 1 level. " + text);
    assertThat(picture.elements("style").get(0).getTextContent()).isEqualTo(SvgStyle.CSS);
    assertThat(picture.track("a").getElementsByTagName("title").item(0).getTextContent())
        .startsWith("a\n" + text.substring(0, Math.min(text.length(), 200)));
    assertThat(picture.boxes().get(0).width()).isLessThan(400);
  }

  @ParameterizedTest
  @MethodSource("texts")
  void inMermaid(String text) {
    assertThat(render(text, GraphFormat.MERMAID).lines())
        .hasSize(3)
        .allSatisfy(line -> assertThat(line).matches(MERMAID_LINE));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void inDot(String text) {
    String node = render(text, GraphFormat.DOT).lines().toList().get(3);
    Matcher label = DOT_NODE.matcher(node);
    assertThat(label.matches()).as(node).isTrue();
    String shown =
        label
            .group(1)
            .replaceFirst("^a\\\\n", "")
            .replaceFirst("(?s)\\\\nwhen .*", "")
            .replaceAll("\\\\(.)", "$1");
    assertThat(ENTITY.matcher(shown).replaceAll(entity -> ENTITIES.get(entity.group())))
        .isEqualTo(Text.shorten(text, 60));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void inJson(String text) throws Exception {
    JsonNode graph = JsonMapper.builder().build().readTree(render(text, GraphFormat.JSON));
    assertThat(graph.get("description").asText()).isEqualTo(text);
    assertThat(graph.get("nodes").get(0).get("description").asText()).isEqualTo(text);
    assertThat(graph.get("nodes").get(0).get("when").asText()).isEqualTo(text);
  }

  @Test
  void whatXmlCannotHoldAndWhatTurnsTextIsLeftOut() {
    String text = "a\u0001\u001b[31m b\n\r\t c\u202e d\u2066 e\ufeff f g\u0085 h\u200b i\u00ad";
    SvgPicture picture = SvgPicture.read(render(text, GraphFormat.SVG));
    assertThat(picture.track("a").getElementsByTagName("text").item(1).getTextContent())
        .isEqualTo("a [31m b c d e f g h i");
    assertThat(render(text, GraphFormat.MERMAID)).contains("a<br/>a #91;31m b c d e f g h i<br/>");
    assertThat(render(text, GraphFormat.DOT)).contains("a\\na [31m b c d e f g h i\\nwhen");
  }

  /** What a workflow file cannot hold. */
  @Test
  void whatIsNoCharacterIsLeftOut() {
    assertThat(Text.clean("a\ufffeb\uffffc\ud800d\udc00e\ufdd0f\u0000g")).isEqualTo("abcdef g");
  }

  @Test
  void aTextWithoutAnythingToShowIsNoLine() {
    String svg = render("\u200b \n", GraphFormat.SVG);
    assertThat(SvgPicture.read(svg).track("a").getElementsByTagName("text").getLength())
        .isEqualTo(2);
  }

  @Test
  void noTextIsWiderThanItsBox() {
    assertThat(Text.columns(Text.shorten("請".repeat(100), 44))).isEqualTo(43);
    assertThat(Text.columns(Text.shorten("x".repeat(100), 44))).isEqualTo(44);
    assertThat(Text.shorten("😀".repeat(30), 10)).isEqualTo("😀😀😀😀…");
    assertThat(Text.shortenName("t".repeat(100) + "-7", 40))
        .hasSize(40)
        .contains("…")
        .endsWith("-7");
    assertThat(Text.shortenName("t".repeat(40), 40)).isEqualTo("t".repeat(40));
  }

  private static String render(String text, GraphFormat format) {
    return new WorkflowGraph().render(definition(text), format, Map.of());
  }

  private static Definition definition(String text) {
    ObjectNode workflow = JsonMapper.builder().build().createObjectNode();
    workflow.put("workflow", "w").put("description", text);
    workflow.putObject("tracks").putObject("a").put("description", text).put("when", text);
    return WorkflowFiles.parse("w.json", workflow.toString());
  }
}
