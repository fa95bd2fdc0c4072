package org.trackcoordinator.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trackcoordinator.graph.Drawing.Point;
import org.trackcoordinator.graph.SvgPicture.Box;
import org.trackcoordinator.graph.SvgPicture.Line;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Dependency;
import org.trackcoordinator.workflow.Track;
import org.w3c.dom.Element;

/** What can be seen in the picture of a workflow. */
@Tag("track-coordination")
class SvgTest {

  private static final WorkflowGraph GRAPH = new WorkflowGraph();

  static Stream<Definition> definitions() {
    return Stream.concat(SampleGraphs.real(), SampleGraphs.random());
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void eachTrackStandsInTheColumnOfItsLevel(Definition definition) {
    List<Box> boxes = picture(definition, Map.of()).boxes();
    List<String> tracks = new ArrayList<>(definition.tracks().stream().map(Track::id).toList());
    definition.on().keySet().forEach(state -> tracks.add("on." + state));
    assertThat(boxes).extracting(Box::track).containsExactlyElementsOf(tracks);
    double right = 0;
    for (Map.Entry<Integer, List<Box>> column :
        new TreeMap<>(SvgPicture.columns(boxes)).entrySet()) {
      double left = column.getValue().get(0).x();
      assertThat(left).as("level %d", column.getKey()).isGreaterThan(right);
      assertThat(column.getValue()).allSatisfy(box -> assertThat(box.x()).isEqualTo(left));
      right = column.getValue().stream().mapToDouble(box -> box.x() + box.width()).max().orElse(0);
    }
    for (Track track : definition.tracks()) {
      assertThat(boxes.get(track.number() - 1).level()).isEqualTo(track.level());
    }
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void noBoxCoversAnotherNorLeavesThePicture(Definition definition) {
    SvgPicture picture = picture(definition, Map.of());
    double width = Double.parseDouble(picture.root().getAttribute("width"));
    double height = Double.parseDouble(picture.root().getAttribute("height"));
    List<Box> boxes = new ArrayList<>(picture.boxes());
    boxes.sort(Comparator.comparingDouble(Box::x).thenComparingDouble(Box::y));
    for (int i = 0; i < boxes.size(); i++) {
      Box box = boxes.get(i);
      assertThat(box.x() + box.width()).isLessThan(width);
      assertThat(box.y() + box.height()).isLessThan(height);
      for (int j = i + 1; j < boxes.size() && boxes.get(j).x() < box.x() + box.width(); j++) {
        if (box.overlaps(boxes.get(j))) {
          throw new AssertionError(box + " covers " + boxes.get(j));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void eachEdgeIsALineAroundTheBoxesBetween(Definition definition) {
    SvgPicture picture = picture(definition, Map.of());
    List<Line> lines = picture.lines();
    assertThat(lines).extracting(Line::name).containsExactlyInAnyOrderElementsOf(edges(definition));
    Map<String, Box> boxes = new HashMap<>();
    picture.boxes().forEach(box -> boxes.put(box.track(), box));
    TreeMap<Double, TreeMap<Double, Box>> columns = new TreeMap<>();
    SvgPicture.columns(boxes.values()).values().stream()
        .flatMap(List::stream)
        .forEach(box -> columns.computeIfAbsent(box.x(), x -> new TreeMap<>()).put(box.y(), box));
    for (Line line : lines) {
      Box from = boxes.get(line.from());
      Box to = boxes.get(line.to());
      Point first = line.points().get(0);
      Point last = line.points().get(line.points().size() - 1);
      assertThat(first.x()).isCloseTo(from.x() + from.width(), within(0.2));
      assertThat(first.y()).isBetween(from.y(), from.y() + from.height());
      assertThat(last.x()).isCloseTo(to.x(), within(0.2));
      assertThat(last.y()).isBetween(to.y(), to.y() + to.height());
      for (Point point : line.points()) {
        Map.Entry<Double, TreeMap<Double, Box>> column = columns.floorEntry(point.x());
        Map.Entry<Double, Box> near = column.getValue().floorEntry(point.y());
        if (near != null && near.getValue().covers(point)) {
          throw new AssertionError(line.name() + " runs over " + near.getValue());
        }
      }
    }
  }

  private static List<String> edges(Definition definition) {
    List<String> edges = new ArrayList<>();
    for (Track track : definition.tracks()) {
      for (Dependency dependency : track.dependencies()) {
        edges.add(dependency.track() + " -" + dependency.on().word() + "-> " + track.id());
      }
      if (track.fallbackOf() != null) {
        edges.add(track.fallbackOf() + " -fallback-> " + track.id());
      }
    }
    return edges;
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void theSameDefinitionIsTheSamePicture(Definition definition) {
    String svg = new WorkflowGraph().render(definition, GraphFormat.SVG, Map.of());
    assertThat(new WorkflowGraph().render(definition, GraphFormat.SVG, Map.of())).isEqualTo(svg);
  }

  @Test
  void itTellsWhoCannotSeeItWhatItIs() {
    SvgPicture picture = picture(SampleGraphs.everyKind(), Map.of());
    assertThat(picture.root().getAttribute("role")).isEqualTo("img");
    Element title = picture.elements("title").get(0);
    Element description = picture.elements("desc").get(0);
    assertThat(picture.root().getAttribute("aria-labelledby"))
        .isEqualTo(title.getAttribute("id") + " " + description.getAttribute("id"));
    assertThat(title.getTextContent()).isEqualTo("intake");
    assertThat(description.getTextContent())
        .isEqualTo("5 tracks, 5 edges, 5 levels. Bills & receipts");
  }

  @Test
  void aTrackSaysWhatIsNotAsUsual() {
    SvgPicture picture = picture(SampleGraphs.everyKind(), Map.of());
    assertThat(texts(picture.track("scan"))).containsExactly("scan", "Reads paper");
    assertThat(texts(picture.track("ocr"))).containsExactly("ocr", "handler textract");
    assertThat(texts(picture.track("type-in"))).containsExactly("type-in", "on failure: continue");
    assertThat(texts(picture.track("approve")))
        .containsExactly("approve", "when ${body[total]} > 1000");
    assertThat(texts(picture.track("book"))).containsExactly("book", "on failure: skip-downstream");
    assertThat(texts(picture.track("on.failed"))).containsExactly("on.failed", "handler alert");
  }

  @Test
  void theKeyExplainsTheKindsOfEdgesThatThereAre() {
    assertThat(key(SampleGraphs.everyKind(), Map.of()))
        .containsExactly(
            "starts after completion",
            "starts after data_ready, or completion",
            "fallback: steps in after failure");
    assertThat(key(SampleGraphs.chain(3, 1), Map.of())).containsExactly("starts after completion");
    assertThat(key(SampleGraphs.chain(1, 1), Map.of())).isEmpty();
  }

  @Test
  void statesAreClassesAndSignsAndInTheKey() {
    Map<String, String> states =
        Map.of("scan", "completed", "ocr", "failed", "on.failed", "started", "unknown", "held");
    SvgPicture picture = picture(SampleGraphs.everyKind(), states);
    assertThat(picture.track("ocr").getAttribute("class")).isEqualTo("track state-failed");
    assertThat(picture.track("ocr").getAttribute("data-state")).isEqualTo("failed");
    assertThat(sign(picture.track("ocr"))).isEqualTo(State.FAILED.sign());
    assertThat(sign(picture.track("scan"))).isEqualTo(State.COMPLETED.sign());
    assertThat(picture.track("on.failed").getAttribute("class"))
        .isEqualTo("track run-end state-started");
    assertThat(picture.track("book").getAttribute("class")).isEqualTo("track");
    assertThat(picture.track("book").getElementsByTagName("path").getLength()).isZero();
    assertThat(picture.track("type-in").getAttribute("class")).isEqualTo("track fallback");
    assertThat(key(SampleGraphs.everyKind(), states)).endsWith("started", "completed", "failed");
  }

  @Test
  void eachStateAndEachKindOfEdgeIsStyledForLightAndForDark() {
    String[] schemes = SvgStyle.CSS.split("@media \\(prefers-color-scheme: dark\\)");
    assertThat(schemes).hasSize(2);
    for (String scheme : schemes) {
      for (State state : State.values()) {
        if (state != State.WAITING) { // as a track without a state
          assertThat(scheme).contains(".state-" + state.word() + " ");
        }
      }
      assertThat(scheme)
          .contains(".edge {", ".edge.data_ready {", ".edge.fallback {", ".head.data_ready {");
    }
  }

  private static String sign(Element track) {
    return ((Element) track.getElementsByTagName("path").item(0)).getAttribute("d");
  }

  private static List<String> key(Definition definition, Map<String, String> states) {
    return picture(definition, states).elements("g").stream()
        .filter(group -> group.getAttribute("class").equals("key"))
        .flatMap(group -> texts(group).stream())
        .toList();
  }

  private static List<String> texts(Element element) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < element.getElementsByTagName("text").getLength(); i++) {
      texts.add(element.getElementsByTagName("text").item(i).getTextContent());
    }
    return texts;
  }

  private static SvgPicture picture(Definition definition, Map<String, String> states) {
    return SvgPicture.read(GRAPH.render(definition, GraphFormat.SVG, states));
  }
}
