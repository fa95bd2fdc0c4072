package org.trackcoordinator.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.util.List;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a good file says is what its definition holds. */
@Tag("track-coordination")
class DefinitionTest {

  @Test
  void ofTheSampleWorkflow() {
    Definition definition = read("invoice-intake.yaml");

    assertThat(definition.workflow()).isEqualTo("invoice-intake");
    assertThat(definition.description()).isEqualTo("Invoices from the mailbox to the books");
    assertThat(definition.deadline()).isEqualTo(Duration.ofHours(24));
    assertThat(definition.on()).containsExactly(entry("failed", "alert-finance"));
    assertThat(definition.tracks())
        .extracting(Track::number, Track::id, Track::level, Track::root, Track::leaf)
        .containsExactly(
            tuple(1, "gmail", 0, true, false),
            tuple(2, "drive", 1, false, false),
            tuple(3, "file-management", 2, false, false),
            tuple(4, "freee", 3, false, true));
    Track freee = definition.tracks().get(3);
    assertThat(freee.handler()).isEqualTo("freee");
    assertThat(freee.circuit()).isEqualTo("freee-api");
    assertThat(freee.dependencies())
        .containsExactly(new Dependency("file-management", On.COMPLETED));
    assertThat(freee.policy())
        .isEqualTo(
            new Policy(
                Duration.ofMinutes(10),
                null,
                new Retry(3, Duration.ofSeconds(2), 2, Duration.ofMinutes(5), 0.2, List.of("4xx")),
                4,
                null,
                OnFailure.FAIL_RUN,
                null));
  }

  @Test
  void withoutSettingsHasTheDefaults() {
    Definition definition = read("minimal.yaml");

    assertThat(definition.description()).isNull();
    assertThat(definition.deadline()).isNull();
    assertThat(definition.on()).isEmpty();
    assertThat(definition.tracks())
        .containsExactly(
            new Track(1, "a", null, "a", "a", 0, true, List.of(), Policy.DEFAULT, null));
  }

  @Test
  void mergesTheSettingsOfTheTrackOverThoseOfTheFileOverTheBuiltIn() {
    Policy ocr = track(read("everything.yaml"), "ocr").policy();
    Policy mail = track(read("everything.yaml"), "mail").policy();

    assertThat(mail.timeout()).isEqualTo(Duration.ofSeconds(90));
    assertThat(mail.triggerTimeout()).isEqualTo(Duration.ofHours(2));
    assertThat(mail.retry())
        .isEqualTo(
            new Retry(
                5, Duration.ofMillis(500), 1.5, Duration.ofMillis(90_500), 0, List.of("4xx")));
    assertThat(ocr.timeout()).isNull();
    assertThat(ocr.triggerTimeout()).isEqualTo(Duration.ofMinutes(90));
    assertThat(ocr.retry())
        .isEqualTo(
            new Retry(2, Duration.ofMillis(500), 1.5, Duration.ofMinutes(10), 0, List.of("4xx")));
    assertThat(ocr.when()).isEqualTo("${body[pages]} > 0");
  }

  @Test
  void readsBothFormsOfADependency() {
    Definition definition = read("everything.yaml");

    assertThat(track(definition, "ocr").dependencies())
        .containsExactly(new Dependency("scan", On.DATA_READY));
    assertThat(track(definition, "ocr-again").dependencies())
        .containsExactly(new Dependency("ocr", On.COMPLETED));
    assertThat(track(definition, "book").dependencies())
        .containsExactly(
            new Dependency("mail", On.COMPLETED), new Dependency("ocr-again", On.COMPLETED));
  }

  @Test
  void sharesTheSettingsOfAHandlerAmongItsTracks() {
    Track again = track(read("everything.yaml"), "ocr-again");

    assertThat(again.handler()).isEqualTo("textract");
    assertThat(again.circuit()).isEqualTo("textract-api");
    assertThat(again.policy().maxConcurrent()).isEqualTo(4);
    assertThat(again.policy().rate()).isEqualTo(new Rate(10, Duration.ofSeconds(1)));
  }

  @Test
  void aFallbackIsNeitherRootNorLeaf() {
    Definition definition = read("everything.yaml");

    Track fallback = track(definition, "type-in");
    assertThat(track(definition, "ocr").policy().onFailure())
        .isEqualTo(new OnFailure(OnFailure.Action.FALLBACK, "type-in"));
    assertThat(fallback.fallbackOf()).isEqualTo("ocr");
    assertThat(fallback.level()).isEqualTo(track(definition, "ocr").level() + 1);
    assertThat(fallback.root()).isFalse();
    assertThat(fallback.leaf()).isFalse();
    assertThat(fallback.dependencies()).isEmpty();
    assertThat(definition.tracks())
        .filteredOn(Track::leaf)
        .extracting(Track::id)
        .containsExactly("book");
    assertThat(definition.tracks())
        .filteredOn(Track::root)
        .extracting(Track::id)
        .containsExactly("mail", "scan");
  }

  @Test
  void aTrackWhoseOnlySuccessorIsItsFallbackIsALeaf() {
    Definition definition =
        WorkflowFiles.parse(
            "w.yaml", "{workflow: w, tracks: {a: {onFailure: {fallback: b}}, b: }}");

    assertThat(track(definition, "a").leaf()).isTrue();
    assertThat(track(definition, "b").leaf()).isFalse();
  }

  @Test
  void aLongBackoffRaisesALongestOneThatIsNotWritten() {
    Definition definition =
        WorkflowFiles.parse("w.yaml", "{workflow: w, tracks: {a: {retry: {backoff: 1h}}}}");

    assertThat(track(definition, "a").policy().retry().maxBackoff()).isEqualTo(Duration.ofHours(1));
  }

  @Test
  void levelsAreTheLongestWayFromARoot() {
    Definition definition =
        WorkflowFiles.parse(
            "w.yaml",
            "{workflow: w, tracks: {end: {dependsOn: [a, c, z]}, a: , b: {dependsOn: [a]},"
                + " c: {dependsOn: [a, b]}, z: }}");

    assertThat(definition.tracks())
        .extracting(Track::number, Track::id, Track::level)
        .containsExactly(
            tuple(1, "a", 0),
            tuple(2, "z", 0),
            tuple(3, "b", 1),
            tuple(4, "c", 2),
            tuple(5, "end", 3));
  }

  @Test
  void withHandlersRenamesEveryHandlerAndCircuit() {
    Definition simulated = read("everything.yaml").withHandlers(name -> "simulate/" + name);

    assertThat(simulated.tracks())
        .allSatisfy(
            track -> {
              assertThat(track.handler()).startsWith("simulate/");
              assertThat(track.circuit()).startsWith("simulate/");
            });
    assertThat(track(simulated, "ocr").circuit()).isEqualTo("simulate/textract-api");
    assertThat(track(simulated, "mail").circuit()).isEqualTo("simulate/mail");
    assertThat(simulated.on().values()).containsOnly("simulate/tell", "simulate/alert");
    assertThat(simulated.hash()).isNotEqualTo(read("everything.yaml").hash());
    assertThat(simulated.hash())
        .isEqualTo(CanonicalJson.sha256(simulated.canonicalJson()))
        .isEqualTo(read("everything.yaml").withHandlers(name -> "simulate/" + name).hash());
    assertThat(simulated.withHandlers(name -> name.substring("simulate/".length())))
        .isEqualTo(read("everything.yaml"));
    assertThat(shape(simulated)).isEqualTo(shape(read("everything.yaml")));
  }

  private static List<Tuple> shape(Definition definition) {
    return definition.tracks().stream()
        .map(t -> tuple(t.id(), t.level(), t.leaf(), t.policy(), t.dependencies()))
        .toList();
  }

  private static Definition read(String name) {
    return WorkflowFiles.read(Resources.path("good-workflows/" + name));
  }

  private static Track track(Definition definition, String id) {
    return definition.tracks().stream().filter(t -> t.id().equals(id)).findFirst().orElseThrow();
  }
}
