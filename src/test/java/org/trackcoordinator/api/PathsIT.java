package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.LogLines;

/**
 * A path that is written in another way than it is declared, or asked for by another method, leads
 * nowhere: not past the token (as in CVE-2026-40022), and with a token not to what it resembles.
 */
@Tag("track-coordination")
class PathsIT {

  private static final String TOKEN = "operator-3b1f90aa47c2de61";

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final RunningApi api =
      new RunningApi(database, new ApiToken(Role.OPERATOR, TOKEN))
          .with("api.reads.per-second", "100000")
          .with("api.writes.per-second", "100000");

  private final KeptConnection connection = new KeptConnection(api.port());
  private String run;

  @BeforeEach
  void startARun() {
    database.load("{workflow: chain, tracks: {gmail: {}}}");
    run = database.startRun("chain").toString();
    database.awaitState(UUID.fromString(run), "gmail", "triggered");
  }

  /**
   * Of {@code /api/runs/x}: how it might be written if the server, or one before it, was lenient.
   */
  private static Map<String, UnaryOperator<String>> spellings() {
    Map<String, UnaryOperator<String>> ways = new LinkedHashMap<>();
    ways.put("trailing slash", path -> path + "/");
    ways.put("trailing dot", path -> path + "/.");
    ways.put("two slashes at the start", path -> "/" + path);
    ways.put("two slashes within", path -> "/api/" + path.substring(4));
    ways.put("two slashes at the end", path -> path + "//");
    ways.put("capitals", path -> path.toUpperCase(Locale.ROOT));
    ways.put("a capital", path -> path.replace("/api", "/Api"));
    ways.put("matrix parameter", path -> path + ";x=1");
    ways.put("matrix parameter of a segment", path -> path.replace("/api/", "/api;x=1/"));
    ways.put("session id", path -> path + ";jsessionid=1");
    ways.put("dot segment", path -> path.replace("/api/", "/api/./"));
    ways.put("two dots", path -> path.replace("/api/", "/x/../api/"));
    ways.put("two dots out of the root", path -> "/.." + path);
    ways.put("dots in between", path -> path.replace("/api/", "/api/health/../"));
    ways.put("encoded dots", path -> path.replace("/api/", "/x/%2e%2e/api/"));
    ways.put("encoded dots in capitals", path -> path.replace("/api/", "/x/%2E%2E/api/"));
    ways.put("half encoded dots", path -> path.replace("/api/", "/x/.%2e/api/"));
    ways.put("doubly encoded dots", path -> path.replace("/api/", "/x/%252e%252e/api/"));
    ways.put("encoded slash", path -> path.replace("/api/", "/api%2f"));
    ways.put("encoded slash in capitals", path -> path.replace("/api/", "/api%2F"));
    ways.put("doubly encoded slash", path -> path.replace("/api/", "/api%252f"));
    ways.put("encoded letter", path -> path.replace("/api", "/%61pi"));
    ways.put("encoded last letter", path -> encodeLast(path));
    ways.put("letter of two bytes too many", path -> path.replace("/api", "/%c1%a1pi"));
    ways.put("letter in the style of IIS", path -> path.replace("/api", "/%u0061pi"));
    ways.put("wide letter", path -> path.replace("/api", "/%ef%bd%81pi"));
    ways.put("backslash", path -> path.replace("/api/", "/api\\"));
    ways.put("encoded backslash", path -> path.replace("/api/", "/api%5c"));
    ways.put("backslash and dots", path -> "/x\\.." + path);
    ways.put("NUL", path -> path + "\0");
    ways.put("encoded NUL", path -> path + "%00");
    ways.put("NUL and an ending", path -> path + "%00.html");
    ways.put("encoded line end", path -> path + "%0d%0aX-Injected:%201");
    ways.put("encoded blank", path -> path + "%20");
    ways.put("encoded question mark", path -> path + "%3f");
    ways.put("encoded number sign", path -> path + "%23");
    ways.put("fragment", path -> path + "#x");
    ways.put("ending", path -> path + ".json");
    ways.put("ending of another kind", path -> path + ".css");
    ways.put("byte beyond ASCII", path -> path + "\u00e9");
    ways.put("tilde", path -> path + "~");
    ways.put("star", path -> path + "*");
    ways.put("wrong percent", path -> path + "%zz");
    ways.put("lonely percent", path -> path + "%");
    ways.put("one more segment", path -> path + "/x");
    ways.put("very many segments", path -> path + "/x".repeat(3_900));
    ways.put("very long segment", path -> path + "x".repeat(7_000));
    ways.put("too long for a line", path -> path + "x".repeat(20_000));
    ways.put("absolute form", path -> "http://localhost" + path);
    ways.put("absolute form of another host", path -> "http://example.com" + path);
    ways.put("absolute form with a name", path -> "http://localhost@example.com" + path);
    ways.put("another scheme", path -> "file://" + path);
    ways.put("no slash", path -> path.substring(1));
    ways.put("no path", path -> "*");
    ways.put("authority", path -> "localhost:80");
    ways.put("under the admin path of other servers", path -> "/observe" + path);
    return ways;
  }

  private static String encodeLast(String path) {
    int last = path.length() - 1;
    return path.substring(0, last) + "%%%02x".formatted((int) path.charAt(last));
  }

  @TestFactory
  Stream<DynamicNode> anOddPathIsNotFoundAndWithoutATokenNotTold() {
    return withoutEffect(
        entries()
            .map(
                entry ->
                    dynamicContainer(
                        entry.toString(),
                        spellings().entrySet().stream()
                            .map(
                                way ->
                                    dynamicTest(
                                        way.getKey(),
                                        () -> leadsNowhere(entry, way.getValue()))))));
  }

  private void leadsNowhere(RestEntry entry, UnaryOperator<String> way) {
    String target = way.apply(entry.target(Map.of("correlationId", run)));
    RawRequest request = RawRequest.of(entry.method(), target);
    Reply unknown = connection.ask(request);
    Reply known = connection.ask(request.by(TOKEN));
    if (target.startsWith("/") && target.length() < 8_000) {
      assertThat(unknown.status()).as(unknown.toString()).isEqualTo(401);
      // not found; or if it is the path of another entry: not with this method, or no such run
      assertThat(known.status()).as(known.toString()).isIn(400, 404, 405);
    } else {
      // HTTP's own forms that are no path, and what is too long, are refused whoever asks
      assertThat(unknown.status()).as(unknown.toString()).isIn(400, 414);
      assertThat(known.status()).isEqualTo(unknown.status());
    }
    assertThat(known.headers()).doesNotContainKey("x-injected");
  }

  @TestFactory
  Stream<DynamicNode> anotherMethodIsNotAllowedAndWithoutATokenNotTold() {
    return withoutEffect(
        entries()
            .map(
                entry ->
                    dynamicContainer(
                        entry.toString(),
                        Stream.of(
                                "HEAD",
                                "OPTIONS",
                                "TRACE",
                                "PUT",
                                "DELETE",
                                "PATCH",
                                "PROPFIND",
                                "FOO",
                                "get",
                                "post",
                                "Post",
                                "GETT",
                                "X")
                            .map(
                                method ->
                                    dynamicTest(method, () -> isNotAllowed(entry, method))))));
  }

  private void isNotAllowed(RestEntry entry, String method) {
    RawRequest request = RawRequest.of(method, entry.target(Map.of("correlationId", run)));
    assertThat(connection.ask(request).status()).isEqualTo(401);
    assertThat(connection.ask(request.by(TOKEN)).status()).isEqualTo(405);
  }

  /** What is no request, or might be two. */
  @TestFactory
  Stream<DynamicTest> whatIsNoGoodHttpIsRefused() {
    String host = "Host: localhost\r\n";
    String token = "Authorization: Bearer " + TOKEN + "\r\n";
    String head = host + token + "Content-Type: application/json\r\n";
    Map<String, String> requests = new LinkedHashMap<>();
    requests.put("no host", "GET /api/queues HTTP/1.1\r\n" + token + "\r\n");
    requests.put("no host of 1.0", "GET /api/queues HTTP/1.0\r\n" + token + "\r\n");
    requests.put(
        "two hosts",
        "GET /api/queues HTTP/1.1\r\n" + host + "Host: example.com\r\n" + token + "\r\n");
    for (String wrong :
        List.of(
            "a b",
            "[::1",
            "localhost:abc",
            "localhost:99999",
            "u@localhost",
            "localhost/",
            "a, b",
            "a:1:2",
            "\u00e9:x",
            "%6c:",
            "a\0b")) {
      requests.put(
          "host " + wrong, "GET /api/queues HTTP/1.1\r\nHost: " + wrong + "\r\n" + token + "\r\n");
    }
    requests.put("no version", "GET /api/queues\r\n\r\n");
    requests.put("no target", "GET  HTTP/1.1\r\n" + head + "\r\n");
    requests.put("blank in the target", "GET /api/queues /x HTTP/1.1\r\n" + head + "\r\n");
    requests.put(
        "two lengths",
        "POST /api/hold HTTP/1.1\r\n" + head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ");
    requests.put(
        "negative length", "POST /api/hold HTTP/1.1\r\n" + head + "Content-Length: -2\r\n\r\n{}");
    requests.put(
        "signed length", "POST /api/hold HTTP/1.1\r\n" + head + "Content-Length: +2\r\n\r\n{}");
    requests.put(
        "length in hex", "POST /api/hold HTTP/1.1\r\n" + head + "Content-Length: 0x2\r\n\r\n{}");
    requests.put(
        "length beyond long",
        "POST /api/hold HTTP/1.1\r\n" + head + "Content-Length: 99999999999999999999\r\n\r\n{}");
    requests.put(
        "blank before the colon",
        "GET /api/queues HTTP/1.1\r\n" + host + "Authorization : Bearer " + TOKEN + "\r\n\r\n");
    requests.put(
        "header without a colon", "GET /api/queues HTTP/1.1\r\n" + head + "nothing\r\n\r\n");
    requests.put(
        "header beyond ASCII",
        "GET /api/queues HTTP/1.1\r\n" + head + "Camel\u00c5\u00bf: x\r\n\r\n");
    requests.put(
        "read with a body", "GET /api/queues HTTP/1.1\r\n" + head + "Content-Length: 2\r\n\r\n{}");
    requests.put(
        "read in chunks",
        "GET /api/queues HTTP/1.1\r\n" + head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    return requests.entrySet().stream()
        .map(
            request ->
                dynamicTest(
                    request.getKey(),
                    () ->
                        assertThat(RawHttp.ask(api.port(), request.getValue()).status())
                            .isEqualTo(400)));
  }

  @TestFactory
  Stream<DynamicTest> whatIsTooLongIsRefused() {
    RawRequest request = RawRequest.get("/api/queues").by(TOKEN);
    return Stream.of(
        dynamicTest(
            "header",
            () ->
                assertThat(request.with("X: " + "x".repeat(20_000)).ask(api.port()).status())
                    .isEqualTo(431)),
        dynamicTest(
            "headers",
            () -> {
              RawRequest many = request;
              for (int i = 0; i < 2_000; i++) {
                many = many.with("X-" + i + ": x");
              }
              assertThat(many.ask(api.port()).status()).isEqualTo(431);
            }),
        dynamicTest(
            "query",
            () ->
                assertThat(
                        RawRequest.get("/api/runs?after=" + "x".repeat(9_000))
                            .by(TOKEN)
                            .ask(api.port())
                            .status())
                    .isEqualTo(414)));
  }

  /** Nothing that a stranger sends is worth a line, or a full disk would be theirs to have. */
  @TestFactory
  Stream<DynamicTest> noneOfThisIsLogged() {
    LogLines log = new LogLines();
    return Stream.concat(
            whatIsNoGoodHttpIsRefused(),
            spellings().entrySet().stream()
                .map(
                    way ->
                        dynamicTest(
                            way.getKey(),
                            () ->
                                RawRequest.get(way.getValue().apply("/api/runs")).ask(api.port()))))
        .onClose(
            () -> {
              log.close();
              assertThat(log.all()).isEmpty();
            });
  }

  private Stream<DynamicNode> withoutEffect(Stream<DynamicContainer> attacks) {
    return Stream.concat(
        attacks,
        Stream.of(
            dynamicTest(
                "nothing was done",
                () -> {
                  assertThat(database.state(UUID.fromString(run), "gmail")).isEqualTo("triggered");
                  assertThat(database.count("select count(*) from track_coordination.runs"))
                      .isOne();
                  assertThat(
                          database.count(
                              "select count(*) from track_coordination.operator_actions"))
                      .isZero();
                  assertThat(
                          database.count(
                              "select count(*) from track_coordination.workflows w"
                                  + " join track_coordination.retired_definitions using (definition_id)"))
                      .isZero();
                })));
  }

  private static Stream<RestEntry> entries() {
    List<RestEntry> entries = RestEntry.all(api.coordinator().camel());
    assertThat(entries).hasSizeGreaterThan(30);
    return entries.stream();
  }
}
