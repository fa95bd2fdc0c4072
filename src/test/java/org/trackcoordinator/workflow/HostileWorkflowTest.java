package org.trackcoordinator.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trackcoordinator.workflow.BadWorkflowTest.refusal;

import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Files made to break a reader are refused like any other, and soon. */
@Tag("track-coordination")
class HostileWorkflowTest {

  private static final String NOT_STORABLE =
      "holds a character that PostgreSQL cannot store (NUL or half a pair); remove it";

  @Test
  void nestingOfAHundredThousandLevels() {
    assertThat(refusalOf("a: " + "[".repeat(100_000)))
        .isEqualTo("w.yaml:1:20: nested deeper than 16 levels");
    assertThat(refusalOf("{a: ".repeat(100_000)))
        .isEqualTo("w.yaml:1:69: nested deeper than 16 levels");
  }

  @Test
  void aliasesThatMultiply() {
    String bomb =
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
            + IntStream.range(0, 8)
                .mapToObj(i -> bombLine((char) ('b' + i), (char) ('a' + i)))
                .collect(Collectors.joining("\n"));

    assertThat(refusalOf(bomb))
        .isEqualTo(
            "w.yaml:5:29: e[7]: aliases repeat more than 100,000 values; "
                + "write them out or use 'defaults'");
  }

  private static String bombLine(char name, char repeated) {
    String alias = "*" + repeated;
    return name + ": &" + name + " [" + (alias + ",").repeat(9) + alias + "]";
  }

  @Test
  void aliasesThatMultiplyEdges() {
    String names =
        IntStream.range(0, 1_000).mapToObj(i -> "t" + i).collect(Collectors.joining(","));
    String tracks =
        IntStream.range(0, 1_000)
            .mapToObj(i -> "  u" + i + ": { dependsOn: *all }\n")
            .collect(Collectors.joining());

    assertThat(refusalOf("workflow: w\nx: &all [" + names + "]\ntracks:\n" + tracks))
        .startsWith("w.yaml:103:")
        .contains("tracks.u99.dependsOn: aliases repeat more than 100,000 values");
  }

  @Test
  void charactersThatPostgresqlCannotStore() {
    assertThat(refusalOf("workflow: w\ndescription: a\0b\ntracks: { a: }\n"))
        .isEqualTo("w.yaml:2:15: the character U+0000 is not allowed in YAML; remove it");
    assertThat(refusalOf("{workflow: w, description: \"\\uD800\", tracks: {a: {}}}"))
        .isEqualTo("w.yaml:1:28: description: " + NOT_STORABLE);
    assertThat(refusalOf("{workflow: w, tracks: {a: {when: \"x\\0\"}}}"))
        .isEqualTo("w.yaml:1:34: tracks.a.when: " + NOT_STORABLE);
  }

  @Test
  void elevenMegabytesOfText() {
    assertThat(refusalOf("#".repeat(11 * 1024 * 1024)))
        .isEqualTo("w.yaml: larger than 10 MB; a workflow file is a map, not data");
  }

  @Test
  void aNumberOfAMillionDigits() {
    String text = "workflow: w\ntracks: { a: { maxConcurrent: " + "9".repeat(1_000_000) + " } }\n";

    assertThat(soon(text))
        .startsWith("w.yaml:2:31: tracks.a.maxConcurrent: must be a whole number")
        .hasSizeLessThan(300);
  }

  @Test
  void aHundredThousandProblems() {
    String keys =
        IntStream.range(0, 100_000).mapToObj(i -> "k" + i + ": 1\n").collect(Collectors.joining());

    assertThat(soon("workflow: w\n" + keys + "tracks: { a: }\n").lines())
        .hasSize(101)
        .last()
        .isEqualTo("… and 99900 more problems");
  }

  @Test
  void aHundredThousandUnknownTracks() {
    String names =
        IntStream.range(0, 100_000).mapToObj(i -> "track-" + i).collect(Collectors.joining(","));
    String tracks =
        IntStream.range(0, 10_000).mapToObj(i -> "t" + i + ":\n  ").collect(Collectors.joining());

    assertThat(soon("workflow: w\ntracks:\n  " + tracks + "z: { dependsOn: [" + names + "] }\n"))
        .contains("unknown track 'track-99'");
  }

  @Test
  void aCycleOfTenThousandTracks() {
    String tracks =
        IntStream.range(0, 10_000)
            .mapToObj(i -> "  t" + i + ": { dependsOn: [t" + (i + 9_999) % 10_000 + "] }\n")
            .collect(Collectors.joining());

    assertThat(soon("workflow: w\ntracks:\n" + tracks))
        .startsWith("w.yaml:3:21: tracks.t0.dependsOn[0]: cycle: t0 → t1 → ")
        .contains(" → t49 → (9900 more) → t9950 → ")
        .endsWith(" → t9999 → t0; remove one of these dependencies");
  }

  private static String refusalOf(String text) {
    return refusal("w.yaml", text).getMessage();
  }

  private static String soon(String text) {
    return CpuTime.atMost(Duration.ofSeconds(3), () -> refusalOf(text));
  }
}
