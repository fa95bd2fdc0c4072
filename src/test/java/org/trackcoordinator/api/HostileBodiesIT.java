package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Bodies that are made to be small to send and large, or dangerous, to read. */
@Tag("track-coordination")
class HostileBodiesIT {

  private static final String RUNS = "/api/workflows/chain/runs";

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final RunningApi api = new RunningApi(database).with("api.writes.per-second", "100000");

  private final KeptConnection connection = new KeptConnection(api.port());

  @BeforeEach
  void load() {
    database.load(
        "{workflow: chain, tracks: {gmail: {}, drive: {dependsOn: [gmail], when: \"${body[amount]} > 1\"}}}");
  }

  @AfterEach
  void isStillWellAndServes() {
    assertThat(connection.ask(RawRequest.get("/api/health")).status()).isEqualTo(200);
    connection.close();
  }

  @TestFactory
  Stream<DynamicTest> whatIsNoJsonIsRefused() {
    Map<String, String> bodies = new LinkedHashMap<>();
    for (String body :
        new String[] {
          "{",
          "}",
          "[",
          "{]",
          "nul",
          "{\"a\"}",
          "{\"a\":}",
          "{a: 1}",
          "{'a': 1}",
          "{\"a\": 1,}",
          "{} {}",
          "{}x",
          "{\"a\": 01}",
          "{\"a\": +1}",
          "{\"a\": .5}",
          "{\"a\": 1.}",
          "{\"a\": NaN}",
          "{\"a\": Infinity}",
          "{\"a\": 0x10}",
          "{\"a\": \"\t\"}",
          "{\"a\": \"\\x\"}",
          "{\"a\": \"\\u12\"}",
          "{\"a\": undefined}",
          "{/* */}",
          "{} // x",
          " ",
          "\ufeff{}",
          "%7B%7D",
          "a=b",
          "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>",
          "!!javax.script.ScriptEngineManager []",
          "--- {}",
          "{\"a\": \"\0\"}",
          "\0"
        }) {
      bodies.put(body, body);
    }
    return bodies.keySet().stream()
        .map(
            body ->
                dynamicTest(
                    "body: " + body,
                    () -> {
                      Reply reply = connection.ask(RawRequest.post(RUNS, body));
                      assertThat(reply.status()).as(reply.toString()).isEqualTo(400);
                      assertThat(reply.body()).contains("invalid input syntax for type json");
                    }));
  }

  @TestFactory
  Stream<DynamicTest> whatIsNoObjectIsRefused() {
    return Stream.of("[]", "1", "\"{}\"", "null", "true", "[{}]", "1e5")
        .map(
            body ->
                dynamicTest(
                    body,
                    () -> {
                      Reply reply = connection.ask(RawRequest.post(RUNS, body));
                      assertThat(reply.status()).isEqualTo(400);
                      assertThat(reply.body()).contains("the body is a JSON ");
                    }));
  }

  @TestFactory
  Stream<DynamicTest> whatIsNoUtf8IsRefused() {
    Map<String, int[]> bytes = new LinkedHashMap<>();
    bytes.put("a byte that is none", new int[] {0xff});
    bytes.put("half a letter", new int[] {0xc3});
    bytes.put("a letter that goes on without a start", new int[] {0x80});
    bytes.put("a dot in two bytes", new int[] {0xc0, 0xae});
    bytes.put("a quote in two bytes", new int[] {0xc0, 0xa2});
    bytes.put("NUL in two bytes", new int[] {0xc0, 0x80});
    bytes.put("half a surrogate pair", new int[] {0xed, 0xa0, 0x80});
    bytes.put("beyond Unicode", new int[] {0xf4, 0x90, 0x80, 0x80});
    bytes.put("five bytes", new int[] {0xf8, 0x88, 0x80, 0x80, 0x80});
    return bytes.entrySet().stream()
        .map(
            wrong ->
                dynamicTest(
                    wrong.getKey(),
                    () -> {
                      ByteArrayOutputStream body = new ByteArrayOutputStream();
                      body.writeBytes("{\"payload\": {\"a\": \"".getBytes());
                      IntStream.of(wrong.getValue()).forEach(body::write);
                      body.writeBytes("\"}}".getBytes());
                      Reply reply =
                          connection.ask(RawRequest.post(RUNS, "").withBody(body.toByteArray()));
                      assertThat(reply.status()).isEqualTo(400);
                      assertThat(reply.body()).contains("The body is not UTF-8");
                    }));
  }

  /** What each of them is answered, and in how many bytes it may not end in the database. */
  @TestFactory
  Stream<DynamicTest> whatIsLargerThanItLooksIsRefused() {
    record Bomb(String name, String body, int status) {}
    return Stream.of(
            new Bomb("1,001 levels", payload(nested(1_001)), 400),
            new Bomb("10,000 levels", payload(nested(10_000)), 400),
            new Bomb("500,000 levels", "[".repeat(500_000), 400),
            new Bomb("500,000 levels of objects", "{\"a\":".repeat(200_000), 400),
            new Bomb("a number of 2 million digits", payload("1e2000000"), 413),
            new Bomb("a number that overflows a long", payload("1e99999999999999999999"), 413),
            new Bomb("a number of 131,072 digits", payload("1e131071"), 202),
            new Bomb("a number that numeric does not have", payload("1e140000"), 400),
            new Bomb("many numbers of 131,072 digits", payload(many("1e131071", 10_000)), 413),
            new Bomb("many small numbers", payload(many("1e-16383", 10_000)), 413),
            new Bomb("many numbers of 1,000 digits", payload(many("1E+999", 100_000)), 413),
            new Bomb("1,001 digits", payload("1".repeat(1_001)), 400),
            new Bomb("1,000 digits", payload("1".repeat(1_000)), 202),
            new Bomb("100,000 digits", payload("1".repeat(100_000)), 400),
            new Bomb(
                "a key of 60,000 characters", payload("{\"" + "k".repeat(60_000) + "\": 1}"), 400),
            new Bomb("100,000 keys", payload(keys(100_000)), 413),
            new Bomb("20,000 keys", payload(keys(20_000)), 202),
            new Bomb("a text of 2 MB", payload("\"" + "x".repeat(2_000_000) + "\""), 413),
            new Bomb("1e400", payload("1e400"), 202),
            new Bomb("NUL as an escape", payload("\"\\u0000\""), 400),
            new Bomb("NUL in a key", payload("{\"\\u0000\": 1}"), 400),
            new Bomb("high surrogate alone", payload("\"\\ud800\""), 400),
            new Bomb("low surrogate alone", payload("\"\\udc00\""), 400),
            new Bomb("surrogates in the wrong order", payload("\"\\udc00\\ud800\""), 400),
            new Bomb("a pair of surrogates", payload("\"\\ud83d\\ude00\""), 202),
            new Bomb(
                "a key twice", "{\"payload\": {\"a\": 1, \"a\": 2}, \"payload\": {\"b\": 1}}", 202))
        .map(
            bomb ->
                dynamicTest(
                    bomb.name(),
                    () -> {
                      Reply reply = connection.ask(RawRequest.post(RUNS, bomb.body()));
                      assertThat(reply.status()).as(reply.toString()).isEqualTo(bomb.status());
                    }));
  }

  /** The server says no before it has all of it, and does not keep what it has. */
  @TestFactory
  Stream<DynamicTest> aBodyOf100MegabytesIsNotTaken() {
    String head =
        "POST " + RUNS + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    byte[] piece = ("100000\r\n" + "x".repeat(0x100000) + "\r\n").getBytes();
    return Stream.of(
        dynamicTest(
            "in one piece",
            () ->
                assertThat(
                        RawHttp.ask(api.port(), head + "Content-Length: 104857600\r\n\r\n")
                            .status())
                    .isEqualTo(413)),
        dynamicTest(
            "announced",
            () ->
                assertThat(
                        RawHttp.ask(
                                api.port(),
                                head + "Expect: 100-continue\r\nContent-Length: 104857600\r\n\r\n")
                            .status())
                    .isEqualTo(413)),
        dynamicTest(
            "in chunks",
            () -> {
              try (RawHttp open = new RawHttp(api.port())) {
                open.send(head + "Transfer-Encoding: chunked\r\n\r\n");
                for (int i = 0; i < 100; i++) {
                  open.send(piece);
                }
                Reply reply = open.read();
                assertThat(reply == null ? 413 : reply.status()).isEqualTo(413); // or cut off
              }
              assertThat(
                      api.server()
                          .laneOf(org.trackcoordinator.config.ApiToken.Role.WORKER)
                          .room()
                          .taken())
                  .isZero();
            }));
  }

  /** It is text to Jackson as to PostgreSQL, and no name of a class. */
  @TestFactory
  Stream<DynamicTest> noBodyNamesAClass() {
    return Stream.of(
            "{\"@class\": \"org.springframework.context.support.ClassPathXmlApplicationContext\"}",
            "{\"@type\": \"com.sun.rowset.JdbcRowSetImpl\", \"dataSourceName\": \"ldap://127.0.0.1:9/x\"}",
            "[\"org.apache.xbean.propertyeditor.JndiConverter\", {\"asText\": \"rmi://127.0.0.1:9/x\"}]",
            "{\"class\": \"java.lang.ProcessBuilder\", \"command\": [\"touch\", \"/tmp/x\"]}",
            "{\"$type\": \"System.Diagnostics.Process\"}",
            "{\"__proto__\": {\"isAdmin\": true}, \"constructor\": {\"prototype\": {}}}")
        .map(
            value ->
                dynamicTest(
                    value,
                    () -> {
                      assertThat(
                              connection
                                  .ask(RawRequest.post(RUNS, "{\"@class\": \"java.util.HashMap\"}"))
                                  .body())
                          .contains("unknown key @class");
                      Reply reply = connection.ask(RawRequest.post(RUNS, payload(value)));
                      assertThat(reply.status()).isEqualTo(202);
                      assertThat(
                              database.count(
                                  "select count(*) from track_coordination.runs where payload -> 'a' = cast(? as jsonb)",
                                  value))
                          .isOne();
                    }));
  }

  @Test
  void aSerializedObjectIsNotRead() throws IOException {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    try (ObjectOutputStream objects = new ObjectOutputStream(stream)) {
      objects.writeObject(new java.util.HashMap<>(Map.of("a", 1)));
    }
    RawRequest request = RawRequest.post(RUNS, "").withBody(stream.toByteArray());
    assertThat(connection.ask(request).status()).isEqualTo(400);
    assertThat(
            connection
                .ask(request.with("Content-Type: application/x-java-serialized-object"))
                .status())
        .isEqualTo(415);
  }

  /** Foreign programs write into the log what no interface of ours lets through. */
  @Test
  void aPayloadThatIsTooDeepForAConditionHoldsNoOtherRunUp() {
    UUID deep = database.startRun("chain");
    UUID plain = database.startRun("chain");
    database.awaitState(deep, "gmail", "triggered");
    database.awaitState(plain, "gmail", "triggered");
    database.insertEvent(deep, "gmail", "completed", "{\"amount\": " + nested(3_000) + "}");
    database.insertEvent(plain, "gmail", "completed", "{\"amount\": 2}");
    database.awaitState(plain, "drive", "triggered");
  }

  private static String payload(String value) {
    return "{\"payload\": {\"a\": " + value + "}}";
  }

  private static String nested(int levels) {
    return "[".repeat(levels) + "]".repeat(levels);
  }

  private static String many(String number, int times) {
    return Stream.generate(() -> number).limit(times).collect(Collectors.joining(",", "[", "]"));
  }

  private static String keys(int number) {
    return IntStream.range(0, number)
        .mapToObj(i -> "\"k" + i + "\":1")
        .collect(Collectors.joining(",", "{", "}"));
  }
}
