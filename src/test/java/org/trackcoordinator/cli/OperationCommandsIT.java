package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.ServedCoordinator;

/** Each command that asks, once of the database and once of a server: it shows the same. */
@Tag("track-coordination")
class OperationCommandsIT {

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
  private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();
  @RegisterExtension static final ServedCoordinator served = new ServedCoordinator(database);

  @TempDir Path directory;

  @BeforeEach
  void load() {
    database.load(INTAKE);
    database.load(IDLE);
  }

  @Test
  void whatIsShownIsTheSame() {
    String completed = completed();
    String failed = failed();
    held();
    quarantined();
    for (String command :
        List.of(
            "runs --workflow intake",
            "runs --workflow intake --json",
            "runs --state failed --limit 1",
            "runs --user nobody",
            "chain " + completed,
            "chain " + completed + " --json",
            "why " + failed,
            "why " + failed + " drive --json",
            "queues",
            "queues --json",
            "gates",
            "gates --json",
            "quarantine list",
            "quarantine list --json",
            "workflows",
            "workflows --json",
            "graph idle",
            "graph idle --format json",
            "audit",
            "audit --json")) {
      CliRun direct = direct(command);
      assertThat(direct.exitCode()).as(command + "\n" + direct).isZero();
      assertThat(remote(command)).as(command).isEqualTo(direct);
    }
  }

  @Test
  void runsAreListedForPeopleAndPrograms() {
    String failed = failed();
    String completed = completed();
    List<String> table = direct("runs").out().lines().toList();
    assertThat(table.get(0))
        .matches(
            "run +workflow +state +user +started \\(Asia/Tokyo\\) +duration +done +failed +in progress +error");
    assertThat(table.get(2)).matches(completed + "  intake +completed +\\d{4}-.* 2/2 +0 +0");
    assertThat(table.get(3)).matches(failed + "  intake +failed .* 0/2 +1 +0  gmail: no space");
    JsonNode json = parse(direct("runs", "--json", "--limit", "1"));
    assertThat(json.path("correlationId").asText()).isEqualTo(completed);
    assertThat(json.path("startedAt").asText()).endsWith("Z");
    assertThat(json.path("durationSeconds").isNumber()).isTrue();
  }

  /** docs/commands.md promises them: in this order, and no others. */
  @Test
  void theKeysAreThoseOfTheDocs() throws IOException {
    held();
    long event = quarantined();
    String old = "workflow: old\ndescription: %s\ntracks: {a: {}}\n";
    database.load(old.formatted("one"));
    database.load(old.formatted("another"));
    Map<String, String> options =
        Map.ofEntries(
            Map.entry("start", "idle"),
            Map.entry("start --wait", "intake"),
            Map.entry("event", UUID.randomUUID() + " nobody completed"),
            Map.entry("runs", ""),
            Map.entry("chain", completed()),
            Map.entry("why", failed()),
            Map.entry("queues", ""),
            Map.entry("gates", ""),
            Map.entry("quarantine list", ""),
            Map.entry("quarantine replay", "" + event),
            Map.entry("quarantine dismiss", "" + quarantined()),
            Map.entry("retry", failed()),
            Map.entry("skip", idle() + " nobody"),
            Map.entry("cancel", idle()),
            Map.entry("hold", "--user maria"),
            Map.entry("release", "--user maria"),
            Map.entry("workflows", ""),
            Map.entry("retire", "--unused old"));
    Map<String, List<String>> promised = keysInDocs();
    List<String> audit = promised.remove("audit"); // finds nothing here; DatabaseCommandsIT has it
    assertThat(audit).containsExactly("invariant", "correlationId", "trackId", "detail");
    assertThat(options.keySet()).isEqualTo(promised.keySet());
    promised.forEach(
        (command, keys) -> {
          CliRun run = direct((command + " --json " + options.get(command)).strip());
          assertThat(run.exitCode()).as(run.err()).isZero();
          List<String> shown = new ArrayList<>();
          parse(run.out().lines().findFirst().orElseThrow())
              .fieldNames()
              .forEachRemaining(shown::add);
          assertThat(shown).as(command).isEqualTo(keys);
        });
  }

  private static Map<String, List<String>> keysInDocs() throws IOException {
    Map<String, List<String>> keys = new TreeMap<>();
    Matcher rows =
        Pattern.compile("(?m)^\\| `([a-z -]+)` \\| ((?:`[A-Za-z]+` ?)+) \\|$")
            .matcher(Files.readString(Path.of("docs/commands.md")));
    while (rows.find()) {
      keys.put(rows.group(1), List.of(rows.group(2).replace("`", "").strip().split(" ")));
    }
    return keys;
  }

  @Test
  void aLongListIsReadInPagesAndItIsSaidIfThereIsMore() {
    database
        .sql()
        .execute(
            """
            insert into track_coordination.runs (correlation_id, definition_id, state, remaining_leaves, payload, finished_at)
            select gen_random_uuid(), definition_id, 'cancelled', 0, '{}', now()
              from track_coordination.workflows, generate_series(1, 2001) where workflow = 'idle'
            """);
    for (String at : List.of("", " --server")) {
      CliRun some = run(at, "runs --json --limit 1001");
      assertThat(some.out().lines().distinct()).hasSize(1001);
      assertThat(some.err())
          .isEqualToIgnoringNewLines("There are more; --limit N or --all shows them.");
      CliRun all = run(at, "runs --all");
      assertThat(all.out().lines()).hasSize(2003);
      assertThat(all.err()).isEmpty();
    }
    assertThat(direct("runs --state running"))
        .isEqualTo(new CliRun(0, "There are no such runs." + System.lineSeparator(), ""));
  }

  @Test
  void aRunIsStartedWithAllThatCanBeSaidOfIt() throws IOException {
    Files.writeString(directory.resolve("payload.json"), "{\n  \"amount\": 12.10\n}\n");
    for (String at : List.of("", " --server")) {
      UUID id = UUID.randomUUID();
      CliRun run =
          run(
              at,
              "start idle --payload @payload.json --user maria --priority 7 --json --completes nobody"
                  + " --idempotency-key k%s --correlation-id %s".formatted(at.length(), id));
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.out())
          .isEqualToIgnoringNewLines(
              "{\"correlationId\":\"%s\",\"workflow\":\"idle\",\"state\":\"running\"}"
                  .formatted(id));
      assertThat(
              database.texts(
                  "select user_id || priority from track_coordination.runs where correlation_id = ?",
                  id))
          .containsExactly("maria7");
      database.awaitState(id, "after", "triggered");
      assertThat(database.input(id, "after")).isEqualTo("{\"amount\": 12.10}");
      String again =
          "start idle --payload @payload.json --completes nobody --idempotency-key k" + at.length();
      assertThat(run(at, again).out())
          .isEqualToIgnoringNewLines("Run %s of idle is running".formatted(id));
      CliRun other = run(at, "start idle --completes nobody --idempotency-key k" + at.length());
      assertThat(other.exitCode()).isEqualTo(1);
      assertThat(other.err()).contains("payload");
    }
  }

  @Test
  void aStartCanWaitForTheResult() {
    for (String at : List.of("", " --server")) {
      CliRun completed = run(at, "start --wait intake");
      assertThat(completed.exitCode()).isZero();
      assertThat(completed.err()).isEmpty();
      assertThat(withoutIds(completed.out()).lines().toList())
          .hasSize(6)
          .satisfies(lines -> assertThat(lines.get(0)).isEqualTo("Run … of intake is running"))
          .satisfies(
              lines -> assertThat(lines.get(1)).matches("Run … is completed after \\S+( m?s)?"))
          .endsWith("  \"amount\" : 12.10", "}");
      JsonNode object = parse(run(at, "start intake --wait=60 --json"));
      assertThat(object.path("state").asText()).isEqualTo("completed");
      assertThat(object.path("result")).hasToString("{\"by\":\"drive\",\"amount\":12.10}");
      assertThat(object.path("finishedAt").asText()).endsWith("Z");
      assertThat(object.path("tracks")).hasSize(2);
    }
  }

  @Test
  void aStartThatWaitsEndsWithOneUnlessTheRunIsCompleted() {
    for (String at : List.of("", " --server")) {
      CliRun failed = run(at, "start intake --payload {\"fail\":1} --wait 60");
      assertThat(failed.exitCode()).isEqualTo(1);
      assertThat(failed.out()).contains(" is failed after ").contains(": gmail: no space");
      CliRun running = run(at, "start idle --wait 1");
      assertThat(running.exitCode()).isEqualTo(1);
      assertThat(running.err()).contains(" is still running after 1 s, and goes on; 'why ");
      CliRun json = run(at, "start idle --wait 0 --json");
      assertThat(json.exitCode()).isEqualTo(1);
      assertThat(parse(json).path("state").asText()).isEqualTo("running");
    }
  }

  @Test
  void whoWaitsIsToldThatTheRunWasCancelled() {
    for (String at : List.of("", " --server")) {
      String id = UUID.randomUUID().toString();
      CompletableFuture<CliRun> waiting =
          CompletableFuture.supplyAsync(() -> run(at, "start idle --wait --correlation-id " + id));
      database.awaitState(UUID.fromString(id), "nobody", "triggered");
      assertThat(run(at, "cancel " + id).exitCode()).isZero();
      CliRun cancelled = waiting.join();
      assertThat(cancelled.exitCode()).isEqualTo(1);
      assertThat(cancelled.out()).contains("Run " + id + " is cancelled after ");
    }
  }

  @Test
  void whatIsDoneIsToldAndRecorded() {
    List<String> done =
        both(
            () -> "retry " + failed() + " --who ann --why space",
            () -> "skip " + idle() + " nobody --payload {\"a\":1} --who ann --why space",
            () -> "cancel " + idle() + " --who ann --why space",
            () -> "hold --run " + idle() + " --track after --who ann --why space");
    assertThat(done)
        .containsExactly(
            "Run … goes on: 1 track is reopened",
            "Track nobody of run … is skipped",
            "Run … is cancelled",
            "Track after of run … is held");
    assertThat(
            database.texts(
                "select distinct action || ' ' || who || ' ' || why from track_coordination.operator_actions"))
        .containsExactlyInAnyOrder(
            "retry ann space", "skip ann space", "cancel ann space", "hold ann space");
    assertThat(both(() -> "cancel " + completed(), () -> "retry " + completed()))
        .containsExactly(
            "Run … was at its end before: nothing was done",
            "Nothing of run … is failed: nothing was done");
  }

  @Test
  void whoDoesItIsTheUserOfThisComputerUnlessItIsSaid() {
    both(() -> "cancel " + idle());
    assertThat(database.texts("select distinct who from track_coordination.operator_actions"))
        .containsExactly(System.getProperty("user.name"));
  }

  @Test
  void holdsAreReleasedWithTheSameOptions() {
    for (String subject : List.of("--handler freee", "--user a/b", "--run " + idle())) {
      for (String at : List.of("", " --server")) {
        assertThat(run(at, "hold " + subject).out()).endsWith(" is held" + System.lineSeparator());
        assertThat(run(at, "hold " + subject).out()).contains(" was held before");
        assertThat(run(at, "gates").out()).contains(subject.substring(2));
        assertThat(run(at, "release --json " + subject).out())
            .isEqualToIgnoringNewLines("{\"released\":true}");
        assertThat(run(at, "release " + subject).out()).contains(" was not held");
      }
    }
  }

  @Test
  void eventsAreRecordedAndStartRuns() {
    for (String at : List.of("", " --server")) {
      UUID run = UUID.randomUUID();
      CliRun recorded =
          run(
              at,
              "event "
                  + run
                  + " nobody completed --payload {\"a\":1.50} --metadata {\"workflow\":\"idle\"} --user maria");
      assertThat(recorded.out()).matches("Event \\d+ is recorded\\s+");
      database.awaitState(run, "after", "triggered");
      assertThat(database.input(run, "after")).isEqualTo("{\"a\": 1.50}");
      assertThat(parse(run(at, "event " + run + " after started --json")).path("eventId").asLong())
          .isPositive();
    }
  }

  @Test
  void quarantinedEventsAreReplayedAndDismissedAndOthersStopNothing() {
    for (String at : List.of("", " --server")) {
      long replayed = quarantined();
      long dismissed = quarantined();
      assertThat(run(at, "quarantine replay " + replayed).out())
          .isEqualToIgnoringNewLines("Event %d is replayed".formatted(replayed));
      CliRun two = run(at, "quarantine dismiss --json 1 " + dismissed);
      assertThat(two.exitCode()).isEqualTo(1);
      assertThat(two.out())
          .isEqualToIgnoringNewLines("{\"eventId\":%d,\"dismissed\":true}".formatted(dismissed));
      assertThat(two.err()).startsWith("error: ").contains("event 1 is not in quarantine");
    }
  }

  @Test
  void unusedDefinitionsAreRetired() {
    String workflow = "workflow: old\ndescription: %s\ntracks: {a: {}}\n";
    for (String at : List.of("", " --server")) {
      database.load(workflow.formatted("the first" + at));
      database.load(workflow.formatted("the second" + at));
      assertThat(run(at, "retire --unused old").out())
          .matches("(Definition [0-9a-f]{8} of old is retired\\s+)+");
      assertThat(run(at, "retire --unused old").out())
          .isEqualToIgnoringNewLines("No definition is unused.");
    }
  }

  @Test
  void payloadsComeFromStandardInputToo() {
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream("{\"名\": 1.10}".getBytes(StandardCharsets.UTF_8)));
      assertThat(direct("start idle --payload -").exitCode()).isZero();
    } finally {
      System.setIn(before);
    }
    assertThat(database.texts("select cast(payload as text) from track_coordination.runs"))
        .containsExactly("{\"名\": 1.10}");
  }

  @Test
  void refusalsSayWhereAndWhatToDo() throws IOException {
    String nobody = UUID.randomUUID().toString();
    assertThat(remote("chain " + nobody).err())
        .isEqualToIgnoringNewLines("error: %s has no run %s".formatted(place(), nobody));
    assertThat(remote("cancel " + nobody).err())
        .startsWith("error: At %s: there is no run %s. ".formatted(place(), nobody));
    assertThat(direct("hold --run " + nobody).err()).contains("there is no run " + nobody + ". ");
    assertThat(direct("start nope").err())
        .startsWith("error: In ")
        .contains("there is no workflow 'nope'. Known are: idle, intake");
    assertThat(remote("start nope").err()).contains("there is no workflow 'nope'. Known are");
    Path token = Files.writeString(directory.resolve("token"), ServedCoordinator.READER + "\n");
    CliRun reader =
        run("", "cancel %s --server %s --token-file %s".formatted(nobody, place(), token));
    assertThat(reader.exitCode()).isEqualTo(1);
    assertThat(reader.err()).contains("A token with the role reader may not do this");
    assertThat(run("", "audit --server %s --token-file %s".formatted(place(), token)).exitCode())
        .isZero();
    assertThat(run("", "audit --server " + place()).err())
        .contains("A token is missing or wrong. Set TRACKS_API_TOKEN");
    assertThat(run("", "audit --server http://127.0.0.1:1").err())
        .startsWith("error: Nobody listens at http://127.0.0.1:1. ");
  }

  private static String completed() {
    return ended("{}", "completed");
  }

  private static String failed() {
    return ended("{\"fail\": 1}", "failed");
  }

  private static String ended(String payload, String state) {
    UUID run = database.startRun("intake", payload);
    Awaitility.await().atMost(PATIENCE).until(() -> state.equals(database.state(run)));
    return run.toString();
  }

  private static String idle() {
    UUID run = database.startRun("idle");
    database.awaitState(run, "nobody", "triggered");
    return run.toString();
  }

  private void held() {
    assertThat(direct("hold --handler freee --why end-of-month").exitCode()).isZero();
  }

  private static long quarantined() {
    UUID nobody = UUID.randomUUID();
    database.insertEvent(nobody, "nowhere", "completed", "{}");
    String query =
        "select coalesce(max(event_id), 0) from track_coordination.quarantine where correlation_id = ?";
    Awaitility.await().atMost(PATIENCE).until(() -> database.count(query, nobody) > 0);
    return database.count(query, nobody);
  }

  /** Makes a command with a subject of its own. */
  private interface Making {
    String make();
  }

  /** Runs each command, which is made anew, in both places. Returns what both say. */
  private List<String> both(Making... commands) {
    return Stream.of(commands)
        .map(
            command -> {
              CliRun direct = direct(command.make());
              CliRun remote = remote(command.make());
              assertThat(direct.exitCode()).as(direct.err()).isZero();
              assertThat(withoutIds(remote.toString())).isEqualTo(withoutIds(direct.toString()));
              return withoutIds(direct.out()).strip();
            })
        .toList();
  }

  private static String withoutIds(String text) {
    return ID.matcher(text).replaceAll("…");
  }

  private CliRun direct(String command) {
    return run("", command);
  }

  private CliRun direct(String... command) {
    return run("", String.join(" ", command));
  }

  private CliRun remote(String command) {
    return run(" --server", command);
  }

  /** What grows older is left out. */
  private CliRun run(String at, String command) {
    Map<String, String> environment =
        at.isEmpty()
            ? Map.of("TRACKS_DATABASE_URL", database.database().url())
            : Map.of("TRACKS_API_TOKEN", ServedCoordinator.OPERATOR);
    String whole = at.isEmpty() ? command : command + " --server " + place();
    CliRun run = CliRun.of(environment, directory, whole.split(" "));
    return command.startsWith("queues")
        ? new CliRun(
            run.exitCode(),
            run.out().replaceAll(" +\\d+(\\.\\d+)? m?s|Seconds\":[0-9.]+", "…"),
            run.err())
        : run;
  }

  private static String place() {
    return served.url().replace("/api", "");
  }

  private static JsonNode parse(CliRun run) {
    return parse(run.out());
  }

  private static JsonNode parse(String text) {
    try {
      return Json.read(text);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(text, e);
    }
  }
}
