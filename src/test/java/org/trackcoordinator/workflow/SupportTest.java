package org.trackcoordinator.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A setting without effect is never silent, and stops the workflow if it would change what runs.
 */
@Tag("track-coordination")
class SupportTest {

  private static final String UNENFORCED =
      " is not enforced by this version yet; the workflow runs without it";
  private static final String REFUSED =
      " is not carried out by this version; remove it to run the workflow";

  @Test
  void warnsOfWhatIsNotEnforced() {
    Definition definition =
        parse(
            """
            workflow: w
            deadline: 1h
            defaults:
              timeout: 5m
            tracks:
              a: { timeout: 1m, triggerTimeout: 2m }
              b:
                retry: { maxAttempts: 2 }
                circuit: c
                maxConcurrent: 2
                rate: 1/s
                timeout: 1m
            on: { failed: f, completed: f }
            """);

    assertThat(Support.notBuiltYet(definition))
        .allMatch(note -> note.severity() == Note.Severity.WARNING)
        .extracting(Note::toString)
        .containsExactly(
            "w.yaml:2:1: deadline: 'deadline'" + UNENFORCED,
            "w.yaml:4:3: defaults.timeout: 'timeout'" + UNENFORCED + " (nor in 2 more places)",
            "w.yaml:6:21: tracks.a.triggerTimeout: 'triggerTimeout'" + UNENFORCED,
            "w.yaml:8:5: tracks.b.retry: 'retry'" + UNENFORCED,
            "w.yaml:9:5: tracks.b.circuit: 'circuit'" + UNENFORCED,
            "w.yaml:10:5: tracks.b.maxConcurrent: 'maxConcurrent'" + UNENFORCED,
            "w.yaml:11:5: tracks.b.rate: 'rate'" + UNENFORCED,
            "w.yaml:13:7: on.failed: 'on'" + UNENFORCED + " (nor in 1 more places)");
    assertThatCode(() -> Support.requireRunnable(definition)).doesNotThrowAnyException();
  }

  @Test
  void refusesWhatWouldChangeWhatRuns() {
    Definition definition =
        parse(
            """
            workflow: w
            tracks:
              a: { onFailure: { fallback: b }, timeout: 1m }
              b: { onFailure: continue }
              c:
                onFailure: skip-downstream
                when: ${body}
            """);

    assertThat(Support.notBuiltYet(definition)).hasSize(5);
    assertThatThrownBy(() -> Support.requireRunnable(definition))
        .isInstanceOf(InvalidWorkflowException.class)
        .hasMessage(
            String.join(
                "\n",
                "w.yaml:3:8: tracks.a.onFailure: 'onFailure'" + REFUSED,
                "w.yaml:4:8: tracks.b.onFailure: 'onFailure'" + REFUSED,
                "w.yaml:6:5: tracks.c.onFailure: 'onFailure'" + REFUSED,
                "w.yaml:7:5: tracks.c.when: 'when'" + REFUSED));
  }

  @Test
  void isSilentAboutDefaultsAndAboutWhatIsSoAnyway() {
    Definition definition =
        parse(
            """
            workflow: w
            deadline: none
            defaults: { timeout: none, triggerTimeout: none }
            tracks:
              a: { onFailure: fail-run, handler: h, description: d }
              b: { dependsOn: { track: a, on: data_ready } }
            """);

    assertThat(Support.notBuiltYet(definition)).isEmpty();
  }

  private static Definition parse(String text) {
    return WorkflowFiles.parse("w.yaml", text);
  }
}
