package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.workflow.InvalidWorkflowException;

/** What is loaded to be run, and what is not. */
@Tag("track-coordination")
class WorkflowsTest {

  @TempDir private Path directory;

  @Test
  void conditionsThatDoNotParseAreRefusedAllAtOnce() throws IOException {
    write("a.yaml", "workflow: a\ntracks:\n  a: {when: 'nothing'}\n");
    write("b.yaml", "workflow: b\ntracks:\n  b: {when: '$.ok'}\n  c: {when: '$.x[?(@.n >'}\n");
    assertThatThrownBy(() -> Workflows.runnable(directory))
        .isInstanceOf(InvalidWorkflowException.class)
        .hasMessageMatching(
            "(?s).*a\\.yaml:3:7: tracks\\.a\\.when: asks nothing of the input.*"
                + "b\\.yaml:4:7: tracks\\.c\\.when: JSONPath refuses it: .*");
  }

  @Test
  void conditionsThatParseAreLoaded() throws IOException {
    write("a.yaml", "workflow: a\ntracks:\n  a: {when: '${body[n]} > 1'}\n  b: {when: '$.ok'}\n");
    assertThat(Workflows.runnable(directory)).hasSize(1);
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(directory.resolve(file), text);
  }
}
