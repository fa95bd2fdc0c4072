package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.testing.HostileTexts;
import org.trackcoordinator.testing.LogLines;

/**
 * Text is text wherever it stands in a request: SQL, expressions, templates, paths and the rest of
 * {@link HostileTexts} are stored, found and given back as they were sent, or refused.
 */
@Tag("track-coordination")
class HostileTextIT {

  private static final JsonMapper JSON = new JsonMapper();

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final RunningApi api =
      new RunningApi(database)
          .with("api.reads.per-second", "100000")
          .with("api.writes.per-second", "100000");

  private final KeptConnection connection = new KeptConnection(api.port());
  private final LogLines log = new LogLines();

  @BeforeEach
  void load() {
    database.load("{workflow: chain, tracks: {gmail: {}}}");
  }

  @AfterEach
  void nothingHappened() {
    connection.close();
    log.close();
    assertThat(database.count("select count(*) from track_coordination.workflows")).isOne();
    assertThat(log.all()).isEmpty();
  }

  /**
   * Every fourth text, the first of which is this one, and what no text of PostgreSQL holds: over
   * the four kinds of places each text has its turn. Long tests put each into all of them.
   */
  private static Stream<DynamicTest> each(int first, Attack attack) {
    List<String> texts = HostileTexts.forRequests();
    int step = Counts.of(4, 1);
    return IntStream.range(0, texts.size())
        .filter(i -> i % step == first % step || texts.get(i).indexOf('\0') >= 0)
        .mapToObj(texts::get)
        .map(text -> dynamicTest("text: " + shown(text), () -> attack.with(text)));
  }

  private interface Attack {
    void with(String text) throws Exception;
  }

  @TestFactory
  Stream<DynamicTest> asPayloadAndUserItIsStoredAndFoundAsItIs() {
    return each(
        0,
        text -> {
          ObjectNode run = JSON.createObjectNode().put("userId", text);
          run.putObject("payload").put("text", text).put(text, 1);
          Reply started = connection.ask(post("/api/workflows/chain/runs", run));
          if (text.indexOf('\0') >= 0) {
            assertThat(started.status()).isEqualTo(400);
            return;
          }
          assertThat(started.status()).as(started.toString()).isEqualTo(202);
          JsonNode found =
              json(connection.ask(RawRequest.get("/api/runs?userId=" + encoded(text))));
          assertThat(found.path("runs")).hasSize(1);
          assertThat(found.at("/runs/0/userId").asText()).isEqualTo(text);
          ObjectNode claim = JSON.createObjectNode().put("worker", text).put("max", 1);
          JsonNode work = json(connection.ask(post("/api/handlers/gmail/claims?wait=60", claim)));
          assertThat(work.path("work").path(0).at("/payload/text").asText()).isEqualTo(text);
          assertThat(work.path("work").path(0).at("/userId").asText()).isEqualTo(text);
        });
  }

  @TestFactory
  Stream<DynamicTest> asAQuestionItFindsNothing() {
    return each(
        1,
        text -> {
          for (String question : List.of("runs?workflow=", "runs?userId=", "workflows?workflow=")) {
            Reply reply = connection.ask(RawRequest.get("/api/" + question + encoded(text)));
            assertThat(reply.status()).as(question + reply).isIn(200, 400, 404);
            if (reply.status() == 200) {
              assertThat(json(reply).findPath(question.substring(0, question.indexOf('?'))))
                  .isEmpty();
            }
          }
          for (String question :
              List.of(
                  "runs?state=",
                  "runs?limit=",
                  "runs?after=",
                  "quarantine?after=",
                  "workflows/chain?hash=",
                  "runs/" + RestEntry.NO_RUN + "/why?trackId=")) {
            Reply reply = connection.ask(RawRequest.get("/api/" + question + encoded(text)));
            assertThat(reply.status()).as(question + reply).isIn(400, 404);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> asAPartOfAPathItLeadsNowhere() {
    return each(
        2,
        text -> {
          for (RawRequest request :
              List.of(
                  RawRequest.get("/api/runs/" + encoded(text)),
                  RawRequest.get("/api/workflows/" + encoded(text)),
                  RawRequest.get("/api/runs/" + RestEntry.NO_RUN + "/tracks/" + encoded(text)),
                  RawRequest.post("/api/workflows/" + encoded(text) + "/runs", "{}"),
                  RawRequest.post("/api/quarantine/" + encoded(text) + "/dismiss", "{}"))) {
            Reply reply = connection.ask(request);
            assertThat(reply.status()).as(request.target() + reply).isIn(400, 404);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> asAnArgumentItIsAName() {
    return each(
        3,
        text -> {
          ObjectNode event =
              JSON.createObjectNode()
                  .put("correlationId", RestEntry.NO_RUN)
                  .put("trackId", text)
                  .put("eventType", text);
          assertThat(connection.ask(post("/api/events", event)).status()).isEqualTo(400);
          ObjectNode hold =
              JSON.createObjectNode().put("handler", text).put("who", text).put("why", text);
          int held = connection.ask(post("/api/hold", hold)).status();
          int released = connection.ask(post("/api/release", hold)).status();
          if (text.indexOf('\0') >= 0) {
            assertThat(List.of(held, released)).containsOnly(400);
            return;
          }
          assertThat(List.of(held, released)).containsOnly(200);
          assertThat(
                  database.count(
                      "select count(*) from track_coordination.operator_actions where who = ? and why = ?",
                      text,
                      text))
              .isEqualTo(2);
          for (String key : List.of("max", "handler")) {
            ObjectNode claim = JSON.createObjectNode().put("worker", "w").put(key, text);
            assertThat(connection.ask(post("/api/handlers/gmail/claims", claim)).status())
                .as(key)
                .isEqualTo(400);
          }
        });
  }

  private static RawRequest post(String target, JsonNode body) {
    return RawRequest.post(target, body.toString());
  }

  private static JsonNode json(Reply reply) throws IOException {
    assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
    return JSON.readTree(reply.body());
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String shown(String text) {
    return (text.length() < 60 ? text : text.substring(0, 60) + "…").replaceAll("[^ -~…]", "?");
  }
}
