package org.trackcoordinator.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** What a page shows of the tracks of a run: what may be done with them, and their payloads. */
@Tag("track-coordination")
class TracksOfARunIT {

  private static final String FORK =
      """
      workflow: fork
      defaults: {retry: {maxAttempts: 1}}
      tracks:
        a: {}
        b: {dependsOn: [a], onFailure: continue}
        c: {dependsOn: [a], onFailure: {fallback: d}}
        d: {}
        e: {dependsOn: [a]}
        f: {dependsOn: [b, c, e]}
      on: {failed: alert}
      """;

  @RegisterExtension static final CoordinatedDatabase database = CoordinatedDatabase.coordinated();

  private JsonFunctions functions;
  private UUID run;

  @BeforeEach
  void start() {
    functions = new JsonFunctions(database.sql());
    database.load(FORK);
    run = database.startRun("fork", "{\"mails\": 2}");
    database.awaitState(run, "a", "triggered");
  }

  @AfterEach
  void settle() {
    database.awaitSettled();
  }

  @Test
  void whatIsOfferedHasAnEffectAndWhatIsNotHasNone() {
    offersWhatHasAnEffect();
    end("a", "completed", "{}");
    database.awaitState(run, "e", "triggered");
    end("b", "failed", "{\"error\": {\"message\": \"no\"}}");
    end("c", "failed", "{\"error\": {\"message\": \"no\"}}");
    database.awaitState(run, "d", "triggered");
    offersWhatHasAnEffect();
    functions.call("hold_json", "correlationId", run, "trackId", "f");
    functions.call("hold_json", "correlationId", run);
    offersWhatHasAnEffect();
    functions.call("release_json", "correlationId", run);
    end("e", "failed", "{\"error\": {\"message\": \"no space\"}}");
    database.awaitRunsEnded(1);
    assertThat(database.state(run)).isEqualTo("failed");
    Map<String, List<String>> offered = offersWhatHasAnEffect();
    assertThat(offered.get("")).containsExactly("retry");
    assertThat(offered.get("e")).containsExactly("retry");
    functions.call("retry_json", "correlationId", run);
    functions.call("cancel_json", "correlationId", run);
    database.awaitRunsEnded(1);
    assertThat(offersWhatHasAnEffect().get("")).isEmpty();
  }

  /** Tries everything, and takes it back. */
  private Map<String, List<String>> offersWhatHasAnEffect() {
    JsonNode answer = functions.call("list_tracks_json", "correlationId", run);
    Map<String, List<String>> offered = new TreeMap<>();
    Map<String, List<String>> effective = new TreeMap<>();
    offered.put("", texts(answer.get("actions")));
    effective.put("", effective(List.of("retry", "hold", "release", "cancel"), null));
    for (JsonNode track : answer.get("tracks")) {
      String id = track.get("trackId").asText();
      if (id.startsWith("on.")) {
        assertThat(track.get("actions")).isEmpty();
        continue;
      }
      offered.put(id, texts(track.get("actions")));
      effective.put(id, effective(List.of("retry", "skip", "hold", "release"), id));
      if (!List.of("waiting", "held", "triggered", "started")
          .contains(track.get("state").asText())) {
        effective.get(id).remove("hold"); // it may be said, and holds nothing
      }
    }
    if (!answer.get("state").asText().equals("running")) {
      effective.values().forEach(actions -> actions.remove("hold"));
    }
    assertThat(offered).isEqualTo(effective);
    return offered;
  }

  private List<String> effective(List<String> actions, String track) {
    List<String> effective = new ArrayList<>();
    for (String action : actions) {
      if (hasEffect(action, track)) {
        effective.add(action);
      }
    }
    return effective;
  }

  private boolean hasEffect(String action, String track) {
    DataSourceTransactionManager transactions =
        new DataSourceTransactionManager(database.sql().getDataSource());
    return new TransactionTemplate(transactions)
        .execute(
            status -> {
              status.setRollbackOnly();
              try {
                JsonNode answer =
                    track == null
                        ? functions.call(action + "_json", "correlationId", run)
                        : functions.call(action + "_json", "correlationId", run, "trackId", track);
                JsonNode effect = answer.elements().next();
                return effect.isBoolean() ? effect.asBoolean() : effect.asInt() > 0;
              } catch (DataAccessException refused) {
                return false;
              }
            });
  }

  @Test
  void whatHeldATrackIsToldAlsoWhenItIsHeldNoMore() {
    functions.call("hold_json", "correlationId", run, "trackId", "e", "who", "ann", "why", "audit");
    end("a", "completed", "{}");
    database.awaitState(run, "e", "held");
    functions.call("release_json", "correlationId", run, "trackId", "e");
    database.awaitState(run, "e", "triggered");

    JsonNode track = track("e");

    assertThat(track.get("holds")).hasSize(1);
    assertThat(track.get("holds").get(0).get("reason").asText()).isEqualTo("held-by-operator");
    assertThat(track.get("holds").get(0).get("sentence").asText()).contains("ann", "audit");
    assertThat(track("f").get("holds")).isEmpty();
  }

  @Test
  void payloadsAreShownWithoutSecrets() {
    end(
        "a",
        "completed",
        """
        {"amount": 12.10, "apiKey": "k-1", "nested": {"X-Auth-Token": ["t-1"], "user": "ann", "pass_word": 42},
         "headers": ["Bearer b-1", "text/html"], "session": {"cookies": {"id": "c-1"}}, "hasToken": true}
        """);
    database.awaitState(run, "e", "triggered");

    JsonNode shown = payloads("a");

    assertThat(shown.get("input").get("text").asText()).isEqualTo("{\n    \"mails\": 2\n}");
    assertThat(shown.get("error").isNull()).isTrue();
    assertThat(shown.get("output").get("cut").asBoolean()).isFalse();
    String text = shown.get("output").get("text").asText();
    assertThat(text).contains("12.10", "ann", "text/html", "\"hasToken\": true");
    assertThat(text).doesNotContain("k-1", "t-1", "b-1", "c-1", "42");
    assertThat(payloads("e").get("input").get("text").asText()).isEqualTo(text);
    assertThat(payloads("f").get("input").isNull()).as("not known yet").isTrue();
  }

  @Test
  void ofALongPayloadTheBeginningIsShownAndADeepOneDoesNoHarm() {
    String deep = "[".repeat(3_000) + "]".repeat(3_000);
    end("a", "completed", "{\"deep\": %s, \"long\": \"%s\"}".formatted(deep, "x".repeat(500_000)));
    database.awaitState(run, "e", "triggered");

    JsonNode output = payloads("a").get("output");

    assertThat(output.get("cut").asBoolean()).isTrue();
    assertThat(output.get("text").asText()).hasSize(20_000).contains("nested deeper");
    assertThat(output.get("bytes").asInt()).isGreaterThan(506_000);
  }

  @Test
  void theErrorOfTheLastAttemptIsShown() {
    end("a", "completed", "{}");
    database.awaitState(run, "e", "triggered");
    end("e", "failed", "{\"error\": {\"message\": \"no space\", \"token\": \"t-1\"}}");
    database.awaitRunsEnded(1);

    JsonNode shown = payloads("e");

    assertThat(shown.get("error").get("text").asText()).contains("no space").doesNotContain("t-1");
    assertThat(shown.get("output").isNull()).isTrue();
  }

  @Test
  void runsAreListedFromATimeOn() {
    String begun =
        database
            .sql()
            .queryForObject(
                "select to_json(created_at) #>> '{}' from track_coordination.runs where correlation_id = ?",
                String.class,
                run);
    assertThat(functions.call("list_runs_json", "since", begun).get("runs")).hasSize(1);
    assertThat(functions.call("list_runs_json", "since", "2999-01-01T00:00Z").get("runs"))
        .isEmpty();
    for (String wrong : List.of("yesterday", "2026-11-28", "2026-11-28T03:12:07", "now")) {
      assertThat(functions.refusal("list_runs_json", "since", wrong).getMessage())
          .contains("a time with its offset is wanted");
    }
    assertThat(functions.refusal("list_runs_json", "since", "2026-13-28T03:12:07Z").getSQLState())
        .isEqualTo("22008");
  }

  private void end(String track, String type, String payload) {
    database.insertEvent(run, track, type, payload);
    database.awaitSettled();
  }

  private JsonNode payloads(String track) {
    return functions.call("read_payloads_json", "correlationId", run, "trackId", track);
  }

  private JsonNode track(String id) {
    for (JsonNode track : functions.call("list_tracks_json", "correlationId", run).get("tracks")) {
      if (track.get("trackId").asText().equals(id)) {
        return track;
      }
    }
    throw new AssertionError("no track " + id);
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
