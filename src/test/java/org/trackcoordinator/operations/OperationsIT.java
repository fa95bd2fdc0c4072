package org.trackcoordinator.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.ServedCoordinator;

/** Whoever is asked, the database or a server, does the same and answers the same. */
@Tag("track-coordination")
class OperationsIT {

  private static final String INTAKE =
      """
      workflow: intake
      defaults: {retry: {maxAttempts: 1}}
      tracks:
        gmail: {}
        drive: {dependsOn: [gmail]}
      """;
  private static final String IDLE =
      """
      workflow: idle
      tracks:
        nobody: {}
        after: {dependsOn: [nobody]}
      """;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension static final ServedCoordinator served = new ServedCoordinator(database);

  private Operations direct;
  private Operations remote;

  @BeforeEach
  void load() {
    database.load(INTAKE);
    database.load(IDLE);
    direct = new DatabaseOperations(database.database());
    remote =
        new ServerOperations(
            ServerAddress.parse(served.url()), Optional.of(ServedCoordinator.OPERATOR));
  }

  @ParameterizedTest
  @EnumSource
  void eachAnswersTheSame(Operation operation) throws Exception {
    Callable<ObjectNode> arguments = arguments(operation);
    String fromDatabase = comparable(direct.call(operation, arguments.call()));
    assertThat(fromDatabase).contains("\"");
    assertThat(comparable(remote.call(operation, arguments.call()))).isEqualTo(fromDatabase);
  }

  /** What is the subject of a question is made once, what is changed for each call anew. */
  private Callable<ObjectNode> arguments(Operation operation) throws Exception {
    return switch (operation) {
      case RECORD_EVENT ->
          () ->
              run(UUID.randomUUID().toString())
                  .put("trackId", "nobody")
                  .put("eventType", "completed")
                  .put("userId", "maria")
                  .<ObjectNode>set("payload", Json.object().put("mail", 7))
                  .set("metadata", Json.object().put("workflow", "idle"));
      case START_RUN ->
          () ->
              Json.object()
                  .put("workflow", "idle")
                  .put("userId", "maria")
                  .put("priority", 3)
                  .putNull("idempotencyKey")
                  .set("payload", Json.object().put("mail", 7));
      case LIST_WORKFLOWS, LIST_QUEUES, AUDIT -> Json::object;
      case READ_WORKFLOW -> () -> Json.object().put("workflow", "intake");
      case RETIRE_DEFINITION ->
          () -> signed(Json.object().put("workflow", "old").put("hash", replaced()));
      case LIST_RUNS -> {
        completed();
        yield () -> Json.object().put("workflow", "intake").put("limit", 5);
      }
      case READ_RUN, READ_RESULT -> {
        String run = completed();
        yield () -> run(run);
      }
      case EXPLAIN -> {
        String run = failed();
        yield () -> run(run).put("trackId", "drive");
      }
      case RETRY_RUN -> () -> signed(run(failed()));
      case SKIP_TRACK ->
          () ->
              signed(run(idle()).put("trackId", "nobody"))
                  .set("payload", Json.object().put("amount", 1));
      case CANCEL_RUN -> () -> signed(run(idle()));
      case HOLD -> () -> signed(Json.object().put("userId", UUID.randomUUID() + " a/b"));
      case RELEASE -> () -> signed(held());
      case LIST_GATES -> {
        held();
        yield Json::object;
      }
      case LIST_QUARANTINE -> {
        quarantined();
        quarantined();
        yield () -> Json.object().put("limit", 1);
      }
      case REPLAY_EVENT, DISMISS_EVENT -> () -> signed(Json.object().put("eventId", quarantined()));
    };
  }

  /** Without the names of what was made anew, and without what grows older meanwhile. */
  private static String comparable(JsonNode answer) {
    String text = answer.toString().replaceAll("(\"oldestSeconds\":)[0-9.]+", "$1…");
    return answer.has("eventId") || answer.size() == 3 && answer.has("correlationId")
        ? text.replaceAll("\"[0-9a-f-]{36}\"|\\d+", "…")
        : text;
  }

  @Test
  void theEndOfARunIsAwaited() {
    for (Operations operations : List.of(direct, remote)) {
      String completed = start(operations, "intake", Json.object());
      ObjectNode end = operations.awaitEnd(completed, PATIENCE);
      assertThat(end.path("state").asText()).isEqualTo("completed");
      assertThat(end.path("result")).hasToString("{\"by\":\"drive\",\"amount\":12.10}");
      String idle = start(operations, "idle", Json.object());
      long begun = System.nanoTime();
      assertThat(operations.awaitEnd(idle, Duration.ofMillis(900)).path("state").asText())
          .isEqualTo("running");
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isBetween(Duration.ofMillis(900), Duration.ofSeconds(30));
    }
  }

  @Test
  void whoLooksInTheDatabaseNeedNotBeTold() {
    direct.awaitEnd(start(direct, "idle", Json.object()), Duration.ofMillis(500));
    assertThat(database.count("select count(*) from track_coordination.runs where awaited"))
        .isZero();
  }

  @Test
  void refusalsSayTheSame() {
    ObjectNode nobody = run(UUID.randomUUID().toString());
    for (Operation operation :
        List.of(
            Operation.READ_RUN,
            Operation.READ_RESULT,
            Operation.EXPLAIN,
            Operation.RETRY_RUN,
            Operation.CANCEL_RUN)) {
      refusedAlike(operation, nobody.deepCopy());
    }
    refusedAlike(Operation.START_RUN, Json.object().put("workflow", "nope"));
    refusedAlike(Operation.START_RUN, Json.object().put("workflow", "idle").put("priority", 10));
    refusedAlike(Operation.HOLD, Json.object().put("who", "ann"));
    refusedAlike(Operation.LIST_RUNS, Json.object().put("state", "lost"));
    refusedAlike(Operation.DISMISS_EVENT, Json.object().put("eventId", 4711));
  }

  private void refusedAlike(Operation operation, ObjectNode argument) {
    List<String> messages =
        Stream.of(direct, remote)
            .map(
                operations -> {
                  RefusedOperation refusal =
                      catchThrowableOfType(
                          RefusedOperation.class, () -> operations.call(operation, argument));
                  assertThat(refusal).as(operation + " at " + operations.place()).isNotNull();
                  return "%s, %s"
                      .formatted(
                          refusal.isUnknown(),
                          refusal
                              .getMessage()
                              .replaceFirst("^(In|At) \\Q" + operations.place() + "\\E:? ", ""));
                })
            .toList();
    assertThat(messages.get(1)).isEqualTo(messages.get(0));
  }

  @Test
  void whatTheCoordinatorGotInTheWayOfIsTriedAgain() {
    database
        .sql()
        .execute(
            """
            create sequence if not exists testing.tries;
            alter function track_coordination.list_gates_json(jsonb) rename to the_real_one;
            create function track_coordination.list_gates_json(jsonb) returns jsonb language plpgsql as $$
            begin
              if nextval('testing.tries') % 3 <> 0 then
                raise exception 'deadlock detected' using errcode = '40P01';
              end if;
              return '{"gates": []}';
            end $$""");
    try {
      assertThat(direct.call(Operation.LIST_GATES, Json.object())).hasToString("{\"gates\":[]}");
      assertThat(database.count("select last_value from testing.tries")).isEqualTo(3);
    } finally {
      database
          .sql()
          .execute(
              """
              drop function track_coordination.list_gates_json(jsonb);
              alter function track_coordination.the_real_one(jsonb) rename to list_gates_json;
              drop sequence testing.tries""");
    }
  }

  @Test
  void aReaderMayReadAndNoMore() {
    Operations reader =
        new ServerOperations(
            ServerAddress.parse(served.url()), Optional.of(ServedCoordinator.READER));
    assertThat(reader.call(Operation.AUDIT, Json.object()).path("findings")).isEmpty();
    assertThat(
            catchThrowableOfType(
                RefusedOperation.class, () -> reader.call(Operation.CANCEL_RUN, run(idle()))))
        .hasMessageContaining("A token with the role reader may not do this")
        .hasMessageContaining("operator");
    for (Optional<String> wrong : List.of(Optional.<String>empty(), Optional.of("guessed"))) {
      assertThat(
              catchThrowableOfType(
                  RefusedOperation.class,
                  () ->
                      new ServerOperations(ServerAddress.parse(served.url()), wrong)
                          .call(Operation.AUDIT, Json.object())))
          .hasMessageContaining("A token is missing or wrong")
          .hasMessageContaining("--token-file");
    }
  }

  private static ObjectNode run(String correlationId) {
    return Json.object().put("correlationId", correlationId);
  }

  private static ObjectNode signed(ObjectNode argument) {
    return argument.put("who", "ann").put("why", "a test");
  }

  private static String start(Operations operations, String workflow, ObjectNode payload) {
    ObjectNode argument = Json.object().put("workflow", workflow);
    argument.set("payload", payload);
    return operations.call(Operation.START_RUN, argument).path("correlationId").asText();
  }

  private String idle() {
    String run = start(direct, "idle", Json.object());
    database.awaitState(UUID.fromString(run), "nobody", "triggered");
    return run;
  }

  private String completed() {
    return ended(Json.object(), "completed");
  }

  private String failed() {
    return ended(Json.object().put("fail", true), "failed");
  }

  private String ended(ObjectNode payload, String state) {
    String run = start(direct, "intake", payload);
    assertThat(direct.awaitEnd(run, PATIENCE).path("state").asText()).isEqualTo(state);
    return run;
  }

  /** A user whose runs are held. */
  private ObjectNode held() {
    ObjectNode user = Json.object().put("userId", UUID.randomUUID().toString());
    direct.call(Operation.HOLD, signed(user.deepCopy()));
    return user;
  }

  private long quarantined() {
    UUID nobody = UUID.randomUUID();
    database.insertEvent(nobody, "nowhere", "completed", "{}");
    String query =
        "select coalesce(max(event_id), 0) from track_coordination.quarantine where correlation_id = ?";
    Awaitility.await().atMost(PATIENCE).until(() -> database.count(query, nobody) > 0);
    return database.count(query, nobody);
  }

  /** The hash of a definition that is not current any more. */
  private static String replaced() {
    String workflow = "workflow: old\ndescription: %s\ntracks: {a: {}}\n";
    int replaced = database.load(workflow.formatted(UUID.randomUUID()));
    database.load(workflow.formatted("the current one"));
    return database
        .texts("select hash from track_coordination.definitions where definition_id = ?", replaced)
        .get(0);
  }
}
