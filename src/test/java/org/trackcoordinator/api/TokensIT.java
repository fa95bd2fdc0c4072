package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.doors.Caller;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.LogLines;

/** Who has no token gets nowhere, and who has one gets as far as its role: at each rest entry. */
@Tag("track-coordination")
class TokensIT {

  private static final String READER = "reader-7f0c1b52a9d84e36";
  private static final String WORKER = "worker-91d2c77be6f04a58";
  private static final String OPERATOR = "operator-3b1f90aa47c2de61";

  private static final Map<Role, String> TOKENS =
      Map.of(Role.READER, READER, Role.WORKER, WORKER, Role.OPERATOR, OPERATOR);

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final RunningApi api =
      new RunningApi(
              database,
              new ApiToken(Role.READER, READER),
              new ApiToken(Role.WORKER, WORKER),
              new ApiToken(Role.OPERATOR, OPERATOR))
          .boundTo("0.0.0.0")
          .with("api.reads.per-second", "100000")
          .with("api.writes.per-second", "100000");

  private static void nothingWasDone() {
    assertThat(
            database.count(
                "select (select count(*) from track_coordination.runs)"
                    + " + (select count(*) from track_coordination.gate_states)"
                    + " + (select count(*) from processing_logs)"))
        .isZero();
  }

  /** What does not prove anything. */
  private static Map<String, UnaryOperator<RawRequest>> proofless() {
    Map<String, UnaryOperator<RawRequest>> ways = new LinkedHashMap<>();
    ways.put("nothing", request -> request);
    for (String wrong :
        List.of(
            "wrong",
            OPERATOR.toUpperCase(Locale.ROOT),
            OPERATOR.substring(1),
            OPERATOR.substring(0, OPERATOR.length() - 1),
            OPERATOR + "0",
            OPERATOR.replace("-", " -"),
            OPERATOR + "," + READER,
            OPERATOR + "\0",
            "\"" + OPERATOR + "\"",
            "operator:" + OPERATOR,
            "null",
            "*",
            "%" + OPERATOR,
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJvcGVyYXRvciJ9.",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvcGVyYXRvciJ9.c2lnbmF0dXJl",
            "x".repeat(8_000))) {
      ways.put("Bearer " + shown(wrong), request -> request.by(wrong));
    }
    for (String header :
        List.of(
            "Authorization:",
            "Authorization: Bearer",
            "Authorization: Bearer " + " ".repeat(10),
            "Authorization: " + OPERATOR,
            "Authorization: Bearer" + OPERATOR,
            "Authorization: Token " + OPERATOR,
            "Authorization: Basic " + base64("operator:" + OPERATOR),
            "Authorization: Bearer " + base64(OPERATOR),
            "Authorization: Digest username=\"operator\"",
            "Proxy-Authorization: Bearer " + OPERATOR,
            "X-Api-Key: " + OPERATOR,
            "Cookie: token=" + OPERATOR,
            "X-Forwarded-For: 127.0.0.1",
            "X-Original-URL: /api/health",
            "X-HTTP-Method-Override: GET")) {
      ways.put(header, request -> request.with(header));
    }
    for (String parameter : List.of("token", "access_token", "Authorization")) {
      ways.put(
          "?" + parameter,
          request ->
              new RawRequest(
                  request.method(),
                  request.target() + "?" + parameter + "=" + OPERATOR,
                  request.headers(),
                  request.body()));
    }
    return ways;
  }

  private static Stream<DynamicNode> withoutEffect(Stream<DynamicContainer> attacks) {
    return Stream.concat(
        attacks, Stream.of(dynamicTest("nothing was done", TokensIT::nothingWasDone)));
  }

  @TestFactory
  Stream<DynamicNode> withoutATokenEachEntryAnswers401() {
    return withoutEffect(
        entries()
            .map(
                entry ->
                    dynamicContainer(
                        entry.toString(),
                        proofless().entrySet().stream()
                            .map(
                                way ->
                                    dynamicTest(
                                        way.getKey(),
                                        () -> isUnknown(way.getValue().apply(entry.request())))))));
  }

  private static void isUnknown(RawRequest request) {
    Reply reply = request.ask(api.port());
    if (request.headers().toString().indexOf('\0') >= 0) {
      assertThat(reply.status()).as("no header has a NUL").isEqualTo(400);
      return;
    }
    assertThat(reply.status()).isEqualTo(401);
    assertThat(reply.header("WWW-Authenticate")).isEqualTo("Bearer");
    assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(reply.body()).contains("A token is missing or wrong").doesNotContain(OPERATOR);
  }

  @TestFactory
  Stream<DynamicNode> aTokenOfALesserRoleIsAnswered403() {
    return withoutEffect(
        entries()
            .map(
                entry ->
                    dynamicContainer(
                        entry.toString(),
                        Stream.of(Role.values())
                            .filter(role -> role.compareTo(entry.role()) < 0)
                            .map(
                                role ->
                                    dynamicTest(role.name(), () -> isNotEnough(entry, role))))));
  }

  private static void isNotEnough(RestEntry entry, Role role) {
    Reply reply = entry.request().by(TOKENS.get(role)).ask(api.port());
    assertThat(reply.status()).isEqualTo(403);
    assertThat(reply.body())
        .contains("role " + Caller.word(role))
        .contains("role " + Caller.word(entry.role()));
  }

  @TestFactory
  Stream<DynamicContainer> aTokenOfTheRoleOrAGreaterOneIsLetIn() {
    return entries()
        .map(
            entry ->
                dynamicContainer(
                    entry.toString(),
                    Stream.of(Role.values())
                        .filter(role -> role.compareTo(entry.role()) >= 0)
                        .map(role -> dynamicTest(role.name(), () -> isLetIn(entry, role)))));
  }

  private static void isLetIn(RestEntry entry, Role role) {
    Reply reply = entry.request().by(TOKENS.get(role)).ask(api.port());
    // there is no run, no workflow and no event: whoever is let in is told so
    assertThat(reply.status()).as(reply.toString()).isIn(200, 400, 404);
  }

  @Test
  void theSchemeMayBeWrittenInAnyCase() {
    for (String scheme : List.of("Bearer ", "bearer ", "BEARER ", "Bearer   ")) {
      assertThat(
              RawRequest.get("/api/queues")
                  .with("Authorization: " + scheme + READER)
                  .ask(api.port())
                  .status())
          .isEqualTo(200);
    }
  }

  @Test
  void withoutTokensNothingListensWhereOthersReachIt() {
    for (String address : List.of("0.0.0.0", "::", "192.0.2.1")) {
      assertThatThrownBy(() -> new ApiServer(address, 0, List.of()))
          .hasMessageContaining(address + " can be reached from elsewhere: it needs tokens");
    }
    new ApiServer("127.0.0.2", 0, List.of());
    new ApiServer("localhost", 0, List.of());
  }

  @Test
  void tokensThatCanBeGuessedAreWarnedOf() throws Exception {
    try (LogLines log = new LogLines()) {
      RunningApi shortOne =
          new RunningApi(database, new ApiToken(Role.WORKER, "0123456789abcde")).boundTo("0.0.0.0");
      shortOne.beforeAll(null);
      shortOne.afterAll(null);
      assertThat(
              log.matching(
                  "WARN Tokens with fewer than 16 characters can be guessed \\(\\[worker].*"))
          .hasSize(1);
      assertThat(log.all().toString()).doesNotContain("0123456789abcde");
    }
  }

  private static Stream<RestEntry> entries() {
    List<RestEntry> entries = RestEntry.all(api.coordinator().camel());
    assertThat(entries).hasSizeGreaterThan(30);
    return entries.stream();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes());
  }

  private static String shown(String text) {
    return text.length() < 60 ? text : text.substring(0, 60) + "…";
  }
}
