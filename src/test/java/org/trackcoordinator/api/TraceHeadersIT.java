package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Programs elsewhere take part in the trace of a run: they bring one, and are told theirs. */
@Tag("track-coordination")
class TraceHeadersIT {

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();
  @RegisterExtension static final RunningApi api = new RunningApi(database);

  @Test
  void theHeaderOfAStartReachesTheWorker() {
    assertThat(traceparentOfWork("traceparent", "00-" + TRACE + "-b7ad6b7169203331-01"))
        .matches("00-" + TRACE + "-[0-9a-f]{16}-01")
        .doesNotContain("b7ad6b7169203331");
  }

  @Test
  void withoutItTheTraceIsTheRunIfSomebodyExportsIt() {
    assertThat(traceparentOfWork("x-other", "1"))
        .as("nobody exports: a worker that was told to record would be alone with it")
        .isEqualTo("null");
    database.sql().queryForList("select track_coordination.say_what_is_traced(1)");
    assertThat(traceparentOfWork("x-other", "1")).matches("00-RUN-[0-9a-f]{16}-01");
    assertThat(traceparentOfWork("traceparent", "nonsense"))
        .as("what is none is ignored")
        .matches("00-RUN-[0-9a-f]{16}-01");
  }

  private static String traceparentOfWork(String header, String value) {
    database.load("{ workflow: short, tracks: { fetch: { handler: first } } }");
    var started = api.post("/workflows/short/runs", "{}", header, value);
    assertThat(started.status()).as(started.response().body()).isEqualTo(202);
    String run = started.json().path("correlationId").asText();
    JsonNode work =
        api.post("/handlers/first/claims?wait=60", "{\"worker\": \"w\"}").json().path("work");
    assertThat(work).hasSize(1);
    return work.get(0).path("traceparent").asText().replace(run.replace("-", ""), "RUN");
  }
}
