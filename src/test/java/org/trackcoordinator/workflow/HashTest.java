package org.trackcoordinator.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The hash is that of the meaning: the same for all ways to write it, another for any other. */
@Tag("track-coordination")
class HashTest {

  private static final String PLAIN =
      """
      workflow: w
      description: d
      deadline: 90m
      tracks:
        a:
        b: { dependsOn: [a], handler: h, circuit: c, maxConcurrent: 2, rate: 5/s }
        c: { dependsOn: [a, { track: b, on: data_ready }], handler: h, timeout: 5m }
      on: { failed: f, completed: g }
      """;

  static Stream<Path> good() {
    return Stream.of("good-workflows", "real-dags")
        .flatMap(folder -> WorkflowFiles.find(Resources.path(folder)).stream());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // JSON, keys in another order
        """
        {"on": {"completed": "g", "failed": "f"}, "deadline": "90m", "description": "d", "tracks": {
          "a": {}, "b": {"rate": "5/s", "maxConcurrent": 2, "circuit": "c", "handler": "h",
          "dependsOn": ["a"]}, "c": {"timeout": "5m", "handler": "h",
          "dependsOn": ["a", {"on": "data_ready", "track": "b"}]}}, "workflow": "w"}
        """,
        // tracks and dependencies in another order, durations spelt otherwise
        """
        workflow: w
        description: d
        deadline: PT1H30M
        tracks:
          c: { dependsOn: [{ track: b, on: data_ready }, a], handler: h, timeout: 300s }
          b: { dependsOn: a, handler: h, circuit: c, maxConcurrent: 2, rate: 5/1000ms }
          a: {}
        on: { failed: f, completed: g }
        """,
        // defaults written out, and the handler's settings at its other track
        """
        workflow: w
        description: d
        deadline: 90m
        defaults:
          timeout: 10m
          triggerTimeout: none
          retry: { maxAttempts: 3, backoff: 2s, multiplier: 2.0, maxBackoff: 5m, jitter: 0.20 }
        tracks:
          a: { handler: a, circuit: a, dependsOn: [], onFailure: fail-run }
          b: { dependsOn: [{ track: a, on: completed }], handler: h }
          c:
            dependsOn: [a, { track: b, on: data_ready }]
            handler: h
            timeout: 5m
            circuit: c
            maxConcurrent: 2
            rate: 5/s
        on: { failed: f, completed: g }
        """,
        // the file's defaults instead of the track's
        """
        workflow: w
        description: d
        deadline: 90m
        defaults: { timeout: 5m }
        tracks:
          a: { timeout: 10m }
          b: { dependsOn: [a], handler: h, circuit: c, maxConcurrent: 2, rate: 5/s, timeout: 10m }
          c: { dependsOn: [a, { track: b, on: data_ready }], handler: h }
        on: { failed: f, completed: g }
        """
      })
  void isTheSameForTheSameMeaning(String text) {
    Definition plain = WorkflowFiles.parse("w.yaml", PLAIN);
    Definition other = WorkflowFiles.parse("other.yaml", text);

    assertThat(other.canonicalJson()).isEqualTo(plain.canonicalJson());
    assertThat(other.hash()).isEqualTo(plain.hash());
    assertThat(other).isEqualTo(plain).hasSameHashCodeAs(plain);
    assertThat(other.tracks()).isEqualTo(plain.tracks());
  }

  @Test
  void isAnotherForAnyOtherMeaning() {
    List<String> others =
        Stream.of(
                new String[] {"workflow: w", "workflow: v"},
                new String[] {"description: d", "description: e"},
                new String[] {"deadline: 90m", "deadline: 91m"},
                new String[] {"deadline: 90m", "defaults: { triggerTimeout: 1h }"},
                new String[] {"  a:\n", "  a: { retry: { maxAttempts: 4 } }\n"},
                new String[] {"  a:\n", "  a: { retry: { jitter: 0.3 } }\n"},
                new String[] {"  a:\n", "  a: { onFailure: continue }\n"},
                new String[] {"  a:\n", "  a: { when: x }\n"},
                new String[] {"  a:\n", "  a: { description: d }\n"},
                new String[] {"  a:\n", "  a:\n  d:\n"},
                new String[] {"dependsOn: [a], ", ""},
                new String[] {"handler: h", "handler: i"},
                new String[] {"circuit: c", "circuit: d"},
                new String[] {"maxConcurrent: 2", "maxConcurrent: 3"},
                new String[] {"rate: 5/s", "rate: 5/m"},
                new String[] {"data_ready", "completed"},
                new String[] {"timeout: 5m", "timeout: none"},
                new String[] {"failed: f", "failed: g"},
                new String[] {"failed: f", "cancelled: f"})
            .map(change -> PLAIN.replace(change[0], change[1]))
            .map(text -> WorkflowFiles.parse("w.yaml", text).hash())
            .toList();

    assertThat(others).doesNotHaveDuplicates().doesNotContain(hash(PLAIN));
  }

  @ParameterizedTest
  @MethodSource("good")
  void theCanonicalFormMeansTheSame(Path file) {
    Definition definition = WorkflowFiles.read(file);
    Definition again = WorkflowFiles.parse("canonical.json", definition.canonicalJson());

    assertThat(again.canonicalJson()).isEqualTo(definition.canonicalJson());
    assertThat(again.tracks()).isEqualTo(definition.tracks());
    assertThat(again.deadline()).isEqualTo(definition.deadline());
    assertThat(again.on()).isEqualTo(definition.on());
    assertThat(again.description()).isEqualTo(definition.description());
  }

  /** Runs keep the definition they began with: another hash here orphans what is stored. */
  @Test
  void isWhatItWas() {
    Definition definition = WorkflowFiles.parse("w.yaml", PLAIN);

    assertThat(definition.canonicalJson())
        .isEqualTo(
            "{\"deadline\":\"PT1H30M\",\"defaults\":{\"retry\":{\"backoff\":\"PT2S\",\"jitter\":0.2,"
                + "\"maxAttempts\":3,\"maxBackoff\":\"PT5M\",\"multiplier\":2,\"notOn\":[\"4xx\"]},\"timeout\":\"PT10M\","
                + "\"triggerTimeout\":\"none\"},\"description\":\"d\",\"on\":{\"completed\":\"g\","
                + "\"failed\":\"f\"},\"tracks\":{\"a\":{},\"b\":{\"circuit\":\"c\","
                + "\"dependsOn\":[\"a\"],\"handler\":\"h\",\"maxConcurrent\":2,\"rate\":\"5/PT1S\"},"
                + "\"c\":{\"circuit\":\"c\",\"dependsOn\":[\"a\",{\"on\":\"data_ready\","
                + "\"track\":\"b\"}],\"handler\":\"h\",\"maxConcurrent\":2,\"rate\":\"5/PT1S\","
                + "\"timeout\":\"PT5M\"}},\"workflow\":\"w\"}");
    assertThat(definition.hash())
        .isEqualTo("65e71d08baf2e2d4d657611eb2666ea578c3e270035d8abe9dfbb06a05b9083e");
  }

  private static String hash(String text) {
    return WorkflowFiles.parse("w.yaml", text).hash();
  }
}
