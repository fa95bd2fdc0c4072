package org.trackcoordinator.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A setting without effect is never silent, and stops the workflow if it would change what runs.
 */
@Tag("track-coordination")
class SupportTest {

  private static final String REFUSED =
      " is not carried out by this version; remove it to run the workflow";

  @Test
  void refusesWhatWouldChangeWhatRuns() {
    Definition definition =
        parse(
            """
            workflow: w
            tracks:
              a: { when: "${body}", rate: 1/s }
              c:
                when: ${body}
            """);

    assertThat(Support.notBuiltYet(definition)).hasSize(2);
    assertThatThrownBy(() -> Support.requireRunnable(definition))
        .isInstanceOf(InvalidWorkflowException.class)
        .hasMessage(
            String.join(
                "\n",
                "w.yaml:3:8: tracks.a.when: 'when'" + REFUSED,
                "w.yaml:5:5: tracks.c.when: 'when'" + REFUSED));
  }

  @Test
  void whatIsCarriedOutIsNotNoted() {
    Definition definition =
        parse(
            """
            workflow: w
            deadline: 1h
            defaults:
              timeout: 5m
              retry: { maxAttempts: 2, notOn: [4xx] }
            tracks:
              a: { triggerTimeout: 2m, circuit: c, maxConcurrent: 2, rate: 1/s, onFailure: { fallback: b } }
              b: { onFailure: continue }
              c: { dependsOn: [a], onFailure: skip-downstream }
            on: { failed: f, completed: f }
            """);

    assertThat(Support.notBuiltYet(definition)).isEmpty();
  }

  private static Definition parse(String yaml) {
    return WorkflowFiles.parse("w.yaml", yaml);
  }
}
