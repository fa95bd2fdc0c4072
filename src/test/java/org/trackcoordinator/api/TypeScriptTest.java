package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.Tool;

/**
 * {@code docs/track-coordination.d.ts} says the same as the OpenAPI document and the schema of
 * workflow files. {@code TRACKS_TEST_WRITE=1 mvn test -Dtest=TypeScriptTest} writes it anew.
 */
@Tag("track-coordination")
class TypeScriptTest {

  private static final JsonMapper JSON = new JsonMapper();
  private static final Path TYPES = Path.of("docs/track-coordination.d.ts");
  private static final String HEAD =
      """
      // Types of the track coordinator's REST interface (routes/api/openapi.json), of the events that it streams, and of workflow
      // files (names that begin with Workflow). Made from these documents by TypeScriptTest; not edited by hand.
      """;

  private static final String WORKER =
      """
      import type { Claim, ClaimedWork, Completion, Event, NewEvent, NewRun, Problem, Run, WorkflowFile } from './track-coordination';

      const start: NewRun = { payload: { mail: 7 }, idempotencyKey: 'a', priority: 3 };
      const event: NewEvent = { correlationId: 'c', trackId: 'gmail', eventType: 'completed' };
      const claim: Claim = { worker: 'w', max: 5, lease: '30s' };
      const workflow: WorkflowFile = {
        workflow: 'invoice-intake',
        tracks: { gmail: {}, drive: { dependsOn: ['gmail'], retry: { maxAttempts: 3 }, onFailure: 'continue' } },
      };
      export function complete(claimed: ClaimedWork): Completion {
        return { attempt: claimed.work[0].attempt, payload: claimed.work[0].payload };
      }
      export function ended(run: Run): string | null { return run.state === 'failed' ? run.error : null; }
      export function show(problem: Problem, event: Event): string { return problem.detail + (event.trackId ?? ''); }
      // @ts-expect-error there is no such event type
      const wrong: NewEvent = { correlationId: 'c', trackId: 'gmail', eventType: 'done' };
      // @ts-expect-error a claim names its worker
      const nameless: Claim = { max: 5 };
      export default [start, event, claim, workflow, wrong, nameless];
      """;

  @Test
  void theTypesAreThoseOfTheOpenApiDocumentAndTheWorkflowSchema() throws IOException {
    String types = types();
    if (System.getenv("TRACKS_TEST_WRITE") != null) {
      Files.writeString(TYPES, types);
    }
    assertThat(Files.readString(TYPES)).isEqualTo(types);
  }

  @Test
  @Needs(Tool.TSC)
  void aProgramIsCheckedByThem(@TempDir Path folder) throws Exception {
    Files.copy(TYPES, folder.resolve("track-coordination.d.ts"));
    Files.writeString(folder.resolve("worker.ts"), WORKER);
    Process compiler =
        new ProcessBuilder(
                Tool.TSC.path().toString(),
                "--strict",
                "--noEmit",
                "--target",
                "es2020",
                "--lib",
                "es2020",
                "worker.ts")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(compiler.getInputStream().readAllBytes());
    assertThat(compiler.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(compiler.exitValue()).as(said).isZero();
  }

  private static String types() throws IOException {
    JsonNode interfaces = JSON.readTree(Files.readString(OpenApiTest.DOCUMENT));
    ObjectNode workflow =
        (ObjectNode)
            JSON.readTree(
                Files.readString(Path.of("src/main/resources/schema/workflow.schema.json")));
    ObjectNode files = JSON.createObjectNode();
    files.set("File", workflow);
    files.setAll((ObjectNode) workflow.remove("definitions"));
    return HEAD
        + TypeScriptTypes.of(interfaces.at("/components/schemas"), "")
        + TypeScriptTypes.of(files, "Workflow");
  }
}
