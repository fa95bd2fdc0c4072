package org.trackcoordinator.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trackcoordinator.testkit.HandlerMock;
import org.trackcoordinator.testkit.TrackTestKit;

/** What the docs name is there. */
@Tag("track-coordination")
class DocsTest {

  private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)[^)]*\\)");
  private static final Pattern PATH =
      Pattern.compile("`((?:routes|migrations|docs|src)/[A-Za-z0-9_./-]+)`");
  private static final Pattern SAVED_BY_READER = Pattern.compile("Save as `([^`]+)`");
  private static final Pattern TEST = Pattern.compile("`([A-Z][A-Za-z]+(?:Test|IT))`");

  static Stream<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      return Stream.concat(Stream.of(Path.of("README.md"), Path.of("CHANGELOG.md")), docs)
          .filter(file -> file.toString().endsWith(".md"))
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void linksLeadSomewhere(Path page) {
    for (String link : found(LINK, page)) {
      if (!link.startsWith("http")) {
        assertThat(page.toAbsolutePath().getParent().resolve(link)).exists();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void pathsAreThere(Path page) {
    List<String> paths = found(PATH, page);
    paths.removeAll(found(SAVED_BY_READER, page));
    paths.forEach(path -> assertThat(Path.of(path)).exists());
  }

  @ParameterizedTest
  @MethodSource("pages")
  void testsAreThere(Path page) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      Set<String> tests =
          files
              .map(file -> file.getFileName().toString().replace(".java", ""))
              .collect(Collectors.toSet());
      assertThat(tests).containsAll(found(TEST, page));
    }
  }

  @Test
  void whyExplainsEveryReason() {
    Set<String> given = new TreeSet<>(List.of("completed", "duplicate", "failed", "cancelled"));
    for (String file : List.of("062_create_decisions.sql", "115_create_reasons.sql")) {
      given.addAll(found(Pattern.compile("'([a-z]+(?:-[a-z]+)+)'"), Path.of("migrations", file)));
    }
    given.removeAll(Set.of("fail-run", "skip-downstream")); // policies
    given.remove("held-by-backpressure"); // holds sources, no activations
    assertThat(found(Pattern.compile("(?m)^\\| `([a-z-]+)` \\|"), Path.of("docs/why.md")))
        .containsExactlyInAnyOrderElementsOf(given);
  }

  @Test
  void theExampleOfTheTestKitIsATestOfOurs() throws IOException {
    List<String> examples =
        found(Pattern.compile("```java\n(.*?)```", Pattern.DOTALL), Path.of("docs/testing.md"));
    String ours =
        Files.readString(Path.of("src/test/java/org/trackcoordinator/demo/InvoiceIntakeIT.java"));
    String withoutOurTag = ours.replaceAll("(?m)^.*\\bTag\\b.*\n", "");
    assertThat(withoutOurTag).endsWith("\n\n" + examples.get(0));
    assertThat(examples).hasSize(1);
  }

  @Test
  void allThatTheTestKitOffersIsNamed() throws IOException {
    Set<String> offered =
        Stream.of(TrackTestKit.class, HandlerMock.class)
            .flatMap(type -> Stream.of(type.getDeclaredMethods()))
            .filter(method -> Modifier.isPublic(method.getModifiers()))
            .map(Method::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    offered.removeAll(Set.of("beforeAll", "beforeEach", "afterEach", "afterAll"));
    String page = Files.readString(Path.of("docs/testing.md"));
    assertThat(offered)
        .allMatch(
            name -> Pattern.compile("\\b" + name + "[(`]").matcher(page).find(),
            "is in docs/testing.md");
  }

  @Test
  void ciRunsBothCommandsOfTheReadme() throws IOException {
    String ci = Files.readString(Path.of(".ci/run"));
    List<String> commands = shellBlocks(Path.of("README.md"));
    for (String part : commands.get(0).split(" && ")) {
      assertThat(ci.replace("mvn -q -B ", "mvn -q ")).contains(part.strip());
    }
    assertThat(ci.replace("mvn -B ", "mvn ")).contains(commands.get(1).strip());
  }

  static List<String> shellBlocks(Path page) throws IOException {
    return found(Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL), page);
  }

  private static List<String> found(Pattern pattern, Path page) {
    try {
      List<String> found = new ArrayList<>();
      Matcher matcher = pattern.matcher(Files.readString(page));
      while (matcher.find()) {
        found.add(matcher.group(1));
      }
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
