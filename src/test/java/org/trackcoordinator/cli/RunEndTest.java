package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import org.trackcoordinator.operations.RefusedOperation;
import org.trackcoordinator.operations.ServerAddress;
import org.trackcoordinator.operations.ServerOperations;

/** How the end of a run is waited for, and told. */
@Tag("track-coordination")
class RunEndTest {

  private static final String RUN = "01890a5d-ac96-774b-bcce-b302099a8057";

  /** Answers with these, one after the other; a null is an absence. */
  private static final class Answering implements Operations {
    private final Deque<Optional<ObjectNode>> answers = new ArrayDeque<>();
    private final List<Duration> asked = new ArrayList<>();

    Answering(ObjectNode... answers) {
      for (ObjectNode answer : answers) {
        this.answers.add(Optional.ofNullable(answer));
      }
    }

    @Override
    public ObjectNode awaitEnd(String correlationId, Duration time) {
      asked.add(time);
      return answers.remove().orElseThrow(RunEndTest::absence);
    }

    @Override
    public ObjectNode call(Operation operation, ObjectNode argument) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String place() {
      return "here";
    }

    @Override
    public void close() {}
  }

  @Test
  void itIsAskedForInPiecesThatProxiesLetThrough() {
    Answering operations = new Answering(run("running"), run("running"), run("completed"));
    assertThat(RunEnd.await(operations, RUN, Long.MAX_VALUE).isCompleted()).isTrue();
    assertThat(operations.asked).hasSize(3).containsOnly(Duration.ofSeconds(30));
  }

  @Test
  void whenTheTimeIsUpItIsToldAsItIs() {
    Answering operations = new Answering(run("running"));
    assertThat(RunEnd.await(operations, RUN, 0).isRunning()).isTrue();
    assertThat(operations.asked).containsExactly(Duration.ZERO);
  }

  @Test
  void anAbsenceIsWaitedOut() {
    Answering operations = new Answering(run("running"), null, run("failed"));
    RunEnd end = RunEnd.await(operations, RUN, Long.MAX_VALUE);
    assertThat(end.isRunning() || end.isCompleted()).isFalse();
    assertThat(operations.asked).hasSize(3);
  }

  @Test
  void anAbsenceThatLastsEndsTheWaitAndTheRunIsNamed() {
    assertThatThrownBy(
            () ->
                RunEnd.await(new Answering((ObjectNode) null), RUN, Long.MAX_VALUE, Duration.ZERO))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith(
            "Run " + RUN + " was started and goes on, but can't be waited for: Nobody listens at");
  }

  @Test
  void anAbsenceIsNotWaitedOutWhenTheTimeIsUp() {
    assertThatThrownBy(() -> RunEnd.await(new Answering((ObjectNode) null), RUN, 0))
        .isInstanceOf(Refusal.class);
  }

  @ParameterizedTest
  @CsvSource({
    "completed, , is completed after 1.500 s",
    "failed, freee: closed, is failed after 1.500 s: freee: closed",
    "timed_out, , is timed out after 1.500 s",
    "cancelled, , is cancelled after 1.500 s",
  })
  void itsEndIsASentence(String state, String error, String sentence) {
    ObjectNode run =
        run(state)
            .put("startedAt", "2026-11-28T09:00:00+09:00")
            .put("finishedAt", "2026-11-28T00:00:01.5+00:00")
            .put("error", error);
    assertThat(RunEnd.await(new Answering(run), RUN, 1).sentence())
        .isEqualTo("Run " + RUN + " " + sentence);
  }

  @Test
  void forProgramsTimesAreInUtcButNotThoseOfAResult() {
    ObjectNode run = run("completed").put("startedAt", "2026-11-28T09:00:00+09:00");
    run.putObject("result").put("paidAt", "2026-11-28T09:00:00+09:00");
    ObjectNode object = RunEnd.await(new Answering(run), RUN, 1).object();
    assertThat(object.path("startedAt").asText()).isEqualTo("2026-11-28T00:00:00Z");
    assertThat(object.at("/result/paidAt").asText()).isEqualTo("2026-11-28T09:00:00+09:00");
  }

  private static ObjectNode run(String state) {
    return Json.object().put("correlationId", RUN).put("state", state);
  }

  /** A real one: nobody listens on port 1. */
  private static RefusedOperation absence() {
    Operations away =
        new ServerOperations(ServerAddress.parse("http://127.0.0.1:1"), Optional.empty());
    return catchThrowableOfType(
        RefusedOperation.class, () -> away.call(Operation.AUDIT, Json.object()));
  }
}
