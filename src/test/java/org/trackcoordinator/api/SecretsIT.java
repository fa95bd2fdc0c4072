package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import javax.management.Attribute;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.FailingSource;
import org.trackcoordinator.testing.LogLines;

/**
 * A word that is planted in payloads, headers, tokens and exceptions turns up in no log line, in no
 * attribute of JMX, and in no answer that tells of an error.
 */
@Tag("track-coordination")
class SecretsIT {

  private static final String CANARY = "kanari-7c1f2a9be05d";
  private static final String TOKEN = "token-" + CANARY;

  private static final Set<String> WITHOUT_DATABASE = Set.of("api-health", "api-openapi");

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final RunningApi api =
      new RunningApi(database, new ApiToken(Role.OPERATOR, TOKEN))
          .with("api.reads.per-second", "100000")
          .with("api.writes.per-second", "100000")
          .with(
              new RouteBuilder() {
                @Override
                public void configure() {
                  bindToRegistry("vault", new Vault());
                  from("kamelet:track-source?handler=failing")
                      .routeConfigurationId("one-attempt") // as all tracks have it
                      .throwException(new IllegalStateException("no login with " + CANARY));
                  from("kamelet:track-source?handler=repeating").process(exchange -> {});
                }
              });

  /** For a condition that quotes what it can't be asked about. */
  public static final class Vault {
    public boolean opensWith(Object input) {
      throw new IllegalArgumentException("no key is in " + input);
    }
  }

  private final KeptConnection connection = new KeptConnection(api.port());
  private final LogLines log = new LogLines();

  @BeforeEach
  void load() {
    database.load("{workflow: chain, tracks: {gmail: {}}}");
  }

  @AfterEach
  void nothingIsLogged() {
    connection.close();
    api.database().failNoMore();
    log.close();
    assertThat(log.all()).noneMatch(line -> line.contains(CANARY));
    assertThat(log.thrown()).isEmpty();
  }

  /** What may go wrong below a route, and the status that it is answered with. */
  private static Map<FailingSource.Failure, Integer> failures() {
    Map<FailingSource.Failure, Integer> failures = new LinkedHashMap<>();
    for (String away : List.of("08001", "08006", "53300", "57P01", "40001", "58030")) {
      failures.put(
          () -> {
            throw new SQLException(
                "jdbc:postgresql://db.internal:5432/books?password=" + CANARY, away);
          },
          503);
    }
    failures.put(
        () -> {
          throw new SQLException("no state " + CANARY);
        },
        500);
    failures.put(
        () -> {
          throw said("42P01", "relation \"" + CANARY + "\" does not exist");
        },
        500);
    failures.put(
        () -> {
          throw said("42501", "permission denied for table " + CANARY);
        },
        500);
    failures.put(
        () -> {
          throw said("42704", "role \"" + CANARY + "\" does not exist");
        },
        500);
    failures.put(
        () -> {
          throw said("23505", "duplicate key value violates unique constraint \"" + CANARY + "\"");
        },
        500);
    failures.put(
        () -> {
          throw said("23514", "new row for relation \"" + CANARY + "\" violates check constraint");
        },
        500);
    failures.put(
        () -> {
          throw said("XX000", "cache lookup failed for " + CANARY);
        },
        500);
    failures.put(
        () -> {
          throw said("54000", "index row size exceeds maximum for index \"" + CANARY + "\"");
        },
        413);
    failures.put(
        () -> {
          throw said("55000", "cannot execute on " + CANARY);
        },
        503);
    failures.put(
        () -> {
          throw said("57014", "canceling statement " + CANARY);
        },
        503);
    failures.put(
        () -> {
          throw new IllegalStateException(CANARY);
        },
        500);
    failures.put(
        () -> {
          throw new NullPointerException("Cannot invoke \"" + CANARY + ".x()\"");
        },
        500);
    failures.put(
        () -> {
          throw new StackOverflowError(CANARY);
        },
        500);
    return failures;
  }

  private static PSQLException said(String state, String message) {
    return new PSQLException(
        new ServerErrorMessage(
            "SERROR\0C%s\0M%s\0DFailing row contains (%s).\0Hdrop %s\0RExecConstraints\0\0"
                .formatted(state, message, CANARY, CANARY)));
  }

  @TestFactory
  Stream<DynamicContainer> noAnswerTellsOfWhatIsInside() {
    List<RestEntry> entries =
        RestEntry.all(api.coordinator().camel()).stream()
            .filter(entry -> !WITHOUT_DATABASE.contains(entry.id()))
            .toList();
    assertThat(entries).hasSizeGreaterThan(28);
    return entries.stream()
        .map(
            entry ->
                dynamicContainer(
                    entry.toString(),
                    failures().entrySet().stream()
                        .map(
                            failure ->
                                dynamicTest(
                                    kind(failure.getKey()),
                                    () ->
                                        tellsNothing(
                                            entry, failure.getKey(), failure.getValue())))));
  }

  private static String kind(FailingSource.Failure failure) {
    try {
      failure.fail();
      return "nothing";
    } catch (SQLException e) {
      return e.getClass().getSimpleName() + " " + e.getSQLState();
    } catch (Throwable e) {
      return e.getClass().getSimpleName();
    }
  }

  private void tellsNothing(RestEntry entry, FailingSource.Failure failure, int status) {
    int before = log.all().size();
    api.database().failWith(failure);
    Reply reply = connection.ask(entry.request().by(TOKEN));
    api.database().failNoMore();
    assertThat(reply.status()).as(reply.toString()).isEqualTo(status);
    assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(reply.header("Retry-After")).isEqualTo(status == 503 ? "1" : null);
    assertThat(reply.body())
        .doesNotContainIgnoringCase(CANARY)
        .doesNotContain(
            "Exception",
            "OverflowError",
            "java",
            "org.",
            "select ",
            "jdbc",
            "db.internal",
            "\\n",
            "\\tat");
    List<String> lines = log.all().subList(before, log.all().size());
    if (status == 500) {
      assertThat(lines)
          .singleElement()
          .asString()
          .matches("ERROR a request failed with .*; instance [0-9a-f-]{36}");
      assertThat(reply.body()).contains(lines.get(0).substring(lines.get(0).length() - 36));
    } else {
      assertThat(lines).isEmpty();
    }
  }

  @TestFactory
  Stream<DynamicContainer> errorsDoNotQuotePayloadsAndTokens() {
    String started = "{\"idempotencyKey\": \"k\", \"payload\": {\"secret\": \"" + CANARY + "\"}}";
    String payload = "{\"secret\": \"%s\", \"more\": \"%s\"}";
    Map<String, RawRequest> requests = new LinkedHashMap<>();
    String runs = "/api/workflows/chain/runs";
    requests.put(
        "no JSON", RawRequest.post(runs, "{\"payload\": {\"secret\": \"" + CANARY + "\"}"));
    requests.put(
        "no JSON within", RawRequest.post(runs, "{\"payload\": {\"secret\": " + CANARY + "}}"));
    requests.put("no object", RawRequest.post(runs, "{\"payload\": [\"" + CANARY + "\"]}"));
    requests.put("text for an object", RawRequest.post(runs, "{\"payload\": \"" + CANARY + "\"}"));
    requests.put(
        "NUL", RawRequest.post(runs, "{\"payload\": {\"secret\": \"" + CANARY + "\\u0000\"}}"));
    requests.put(
        "half a pair",
        RawRequest.post(runs, "{\"payload\": {\"secret\": \"" + CANARY + "\\ud800\"}}"));
    requests.put(
        "too large",
        RawRequest.post(
            runs, "{\"payload\": " + payload.formatted(CANARY, "x".repeat(1_100_000)) + "}"));
    requests.put(
        "far too large",
        RawRequest.post(
            runs, "{\"payload\": " + payload.formatted(CANARY, "x".repeat(2_000_000)) + "}"));
    requests.put(
        "another payload for a key",
        RawRequest.post(runs, started.replace("\"k\"", "\"again\"").replace(CANARY, CANARY + "2")));
    requests.put("no such workflow", RawRequest.post("/api/workflows/nobody/runs", started));
    requests.put(
        "unknown key beside it",
        RawRequest.post(runs, started.replace("{\"idem", "{\"x\": 1, \"idem")));
    requests.put(
        "no such attempt",
        RawRequest.post(
            "/api/runs/" + RestEntry.NO_RUN + "/tracks/gmail/complete",
            "{\"attempt\": 1, \"payload\": {\"secret\": \"" + CANARY + "\"}}"));
    requests.put(
        "no error",
        RawRequest.post(
            "/api/runs/" + RestEntry.NO_RUN + "/tracks/gmail/fail",
            "{\"attempt\": 1, \"error\": \"" + CANARY + "\"}"));
    requests.put("in the cookie", RawRequest.get("/api/nothing").with("Cookie: session=" + CANARY));
    return Stream.of(
        dynamicContainer(
            "answers",
            requests.entrySet().stream()
                .map(
                    request ->
                        dynamicTest(
                            request.getKey(),
                            () -> {
                              connection.ask(
                                  RawRequest.post(runs, started.replace("\"k\"", "\"again\""))
                                      .by(TOKEN));
                              Reply reply = connection.ask(request.getValue().by(TOKEN));
                              assertThat(reply.status()).isBetween(400, 499);
                              assertThat(reply.body()).doesNotContain(CANARY);
                              Reply unknown = connection.ask(request.getValue().by(TOKEN + "x"));
                              assertThat(unknown.status()).isEqualTo(401);
                              assertThat(unknown.body()).doesNotContain(CANARY);
                            }))));
  }

  /** Its message is for the chain, which those may read who may read the run. */
  @Test
  void whatAWorkerFailedWithIsKeptAndNotLogged() {
    database.load("{workflow: bad, tracks: {failing: {retry: {maxAttempts: 1}}}}");
    UUID run = database.startRun("bad");
    database.awaitState(run, "failing", "failed");
    assertThat(
            log.matching(
                "WARN attempt 1 of track failing in run "
                    + run
                    + " failed with java.lang.IllegalStateException; .*"))
        .hasSize(1);
    assertThat(
            database
                .texts(
                    "select detail from track_coordination.execution_chain(?) where event_type = 'failed'",
                    run)
                .toString())
        .contains(CANARY);
  }

  @Test
  void whyACircuitOpenedIsKeptAndNotLogged() {
    database.load(
        "{workflow: bad, defaults: {retry: {maxAttempts: 1}}, tracks: {failing: {circuit: bank}}}");
    for (int i = 0; i < 20; i++) {
      database.startRun("bad");
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> log.matching("WARN circuit bank is open.*").size() == 1);
    assertThat(
            database
                .texts("select reason from track_coordination.gates where kind = 'circuit'")
                .toString())
        .contains(CANARY);
    database
        .sql()
        .queryForList(
            "select track_coordination.cancel(correlation_id) from track_coordination.runs where state = 'running'");
  }

  @Test
  void aConditionThatFailsOnAPayloadDoesNotLogIt() {
    database.load(
        "{workflow: asking, tracks: {repeating: {}, next: {dependsOn: [repeating], when: \"${bean:vault.opensWith}\"}}}");
    database.startRun("asking", "{\"secret\": \"" + CANARY + "\"}");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> log.matching("WARN 1 activations of next are held.*").size() == 1);
    await("it is logged before it is committed")
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(
                        database.texts(
                            "select reason from track_coordination.gates where track_id = 'next'"))
                    .singleElement()
                    .asString()
                    .contains("no key is in ", CANARY));
  }

  /** The database quotes the row that it refuses. */
  @Test
  void aRowThatTheDatabaseRefusesIsNotLogged() {
    database.load("{workflow: refused, tracks: {repeating: {retry: {maxAttempts: 1}}}}");
    database
        .sql()
        .execute(
            "alter table processing_logs add constraint no_secret check (payload ->> 'secret' is null)");
    try {
      UUID run = database.startRun("refused", "{\"secret\": \"" + CANARY + "\"}");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  !log.matching(
                          "WARN .* the database refuses it: ERROR: .* violates check constraint .*")
                      .isEmpty());
      database.awaitState(run, "repeating", "failed");
    } finally {
      database.sql().execute("alter table processing_logs drop constraint no_secret");
    }
  }

  @Test
  void nothingOfRequestsIsSeenByJmx() throws Exception {
    connection.ask(
        RawRequest.post(
                "/api/workflows/chain/runs", "{\"payload\": {\"secret\": \"" + CANARY + "\"}}")
            .by(TOKEN)
            .with("X: " + CANARY));
    connection.ask(RawRequest.get("/api/runs?after=" + CANARY).by(TOKEN));
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    List<String> seen = new ArrayList<>();
    for (ObjectName name : server.queryNames(null, null)) {
      String[] attributes =
          Stream.of(server.getMBeanInfo(name).getAttributes())
              .filter(MBeanAttributeInfo::isReadable)
              .map(MBeanAttributeInfo::getName)
              .toArray(String[]::new);
      for (Attribute attribute : server.getAttributes(name, attributes).asList()) {
        seen.add(name + " " + attribute.getName() + " = " + attribute.getValue());
      }
    }
    assertThat(seen).hasSizeGreaterThan(100).noneMatch(line -> line.contains(CANARY));
  }
}
