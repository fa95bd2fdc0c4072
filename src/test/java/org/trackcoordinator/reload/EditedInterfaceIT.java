package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.camel.Route;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.rest.RestDefinition;
import org.apache.camel.support.PluginHelper;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trackcoordinator.api.RawHttp;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.api.RawRequest;

/** The REST interface is edited while clients use it. */
@Tag("track-coordination")
class EditedInterfaceIT {

  private static final String RUNS = "api/runs.camel.yaml";
  private static final String WORKFLOWS = "api/workflows.camel.yaml";

  private static final String BOOKS =
      """
      - rest:
          id: api-books
          path: /api/books
          get:
            - id: api-list-books
              description: Lists the books.
              security:
                - key: token
                  scopes: reader
              to:
                uri: direct:list-books
      - route:
          id: list-books
          description: Lists the books.
          routeConfigurationId: answer-requests
          from:
            uri: direct:list-books
            steps:
              - setBody:
                  id: all-books
                  expression:
                    constant:
                      expression: '{"books": ["ledger"]}'
      """;

  @RegisterExtension
  static final CoordinatedFolder FOLDER = CoordinatedFolder.shared().withInterface();

  private static Reply get(String target) {
    return RawRequest.get(target).ask(FOLDER.port());
  }

  private static void awaitAnswer(String target, int status) {
    EditedFolder.soon(target + " answers with " + status)
        .until(() -> get(target).status() == status);
  }

  @Test
  void operationsAreAddedChangedAndTakenAway() throws Exception {
    Map<String, Route> before = FOLDER.routes();
    assertThat(get("/api/books").status()).isEqualTo(404);
    FOLDER.write("api/books.camel.yaml", BOOKS);
    awaitAnswer("/api/books", 200);
    assertThat(get("/api/books").body()).isEqualTo("{\"books\": [\"ledger\"]}");
    FOLDER.edit("api/books.camel.yaml", "ledger", "journal");
    EditedFolder.soon("the books are others")
        .until(() -> get("/api/books").body().contains("journal"));
    FOLDER.edit("api/books.camel.yaml", "path: /api/books", "path: /api/ledgers");
    awaitAnswer("/api/ledgers", 200);
    awaitAnswer("/api/books", 404);
    FOLDER.delete("api/books.camel.yaml");
    awaitAnswer("/api/ledgers", 404);
    assertThat(FOLDER.routes()).as("no other route is touched").isEqualTo(before);
    assertThat(services()).as("Camel's list of them").doesNotContain("/api/ledgers");
    FOLDER.awaitNothingRefused();
  }

  /** The route that it sends to has hardly left when it comes back. */
  @Test
  void anOperationThatIsTakenAwayAndBroughtBackAtOnceIsThere() throws Exception {
    FOLDER.write("api/books.camel.yaml", BOOKS);
    awaitAnswer("/api/books", 200);
    for (int time = 0; time < 3; time++) {
      FOLDER.delete("api/books.camel.yaml");
      awaitAnswer("/api/books", 404);
      FOLDER.write("api/books.camel.yaml", BOOKS);
      awaitAnswer("/api/books", 200);
    }
    FOLDER.awaitNothingRefused();
    assertThat(get("/api/books").body()).isEqualTo("{\"books\": [\"ledger\"]}");
  }

  private static List<String> services() {
    return PluginHelper.getRestRegistry(FOLDER.camel()).listAllRestServices().stream()
        .map(service -> service.getBasePath())
        .toList();
  }

  @Test
  void anOperationIsEditedAndThoseBesideItAreNotTouched() {
    Map<String, Route> before = FOLDER.routes();
    assertThat(get("/api/runs?workflo=pair").body()).contains("There is no parameter 'workflo'");
    FOLDER.edit(
        RUNS,
        "Only runs of this workflow.\n            dataType: string\n            name: workflow\n",
        "Only runs of this workflow.\n            dataType: string\n            name: workflo\n");
    FOLDER.awaitReplaced(before.get("api-list-runs"));
    assertThat(get("/api/runs?workflo=pair").body()).doesNotContain("There is no parameter");
    assertThat(get("/api/runs?workflow=pair").body()).contains("There is no parameter 'workflow'");
    Map<String, Route> after = new TreeMap<>(FOLDER.routes());
    assertThat(after.remove("api-list-runs")).isNotNull();
    before.remove("api-list-runs");
    assertThat(after).isEqualTo(before);
    assertThat(operations("api-runs")).containsExactlyInAnyOrderElementsOf(operationsOf(RUNS));
  }

  @Test
  void eachOperationIsARouteOfItsName() throws IOException {
    List<String> named = new ArrayList<>();
    try (Stream<Path> files = Files.list(FOLDER.path("api"))) {
      for (Path file : files.filter(file -> file.toString().endsWith(".camel.yaml")).toList()) {
        named.addAll(operationsOf("api/" + file.getFileName()));
      }
    }
    assertThat(named).hasSizeGreaterThan(20);
    assertThat(FOLDER.routes().keySet()).containsAll(named);
  }

  /** What Camel knows of a rest entry, whatever it was read from. */
  private static List<String> operations(String rest) {
    return ((ModelCamelContext) FOLDER.camel())
        .getRestDefinitions().stream()
            .filter(definition -> definition.getId().equals(rest))
            .map(RestDefinition::getVerbs)
            .flatMap(List::stream)
            .map(verb -> verb.getId())
            .toList();
  }

  private static List<String> operationsOf(String file) {
    return FOLDER
        .text(file)
        .lines()
        .filter(line -> line.startsWith("      - id: "))
        .map(line -> line.substring(12))
        .toList();
  }

  @Test
  void aStatementOfAnOperationIsLive() {
    FOLDER.write("sql/api/audit.sql", statement("as told"));
    EditedFolder.soon("the new statement answers")
        .until(() -> get("/api/audit").body().equals("\"as told\""));
  }

  private static String statement(String answer) {
    return "select '\"%s\"' as answer where CAST(:#trackArguments AS jsonb) is not null%n"
        .formatted(answer);
  }

  @Test
  void theDescriptionOfTheInterfaceIsLive() {
    FOLDER.edit("api/openapi.json", "\"title\": \"Track coordinator\"", "\"title\": \"Books\"");
    EditedFolder.soon("the new description is served")
        .until(() -> get("/api/openapi.json").body().contains("\"title\": \"Books\""));
  }

  @Test
  void whoMayDoItIsAsTheFileSaysNow() {
    Route before = FOLDER.route("api-list-quarantine");
    String target = "/api/quarantine";
    assertThat(get(target).status()).isEqualTo(200);
    FOLDER.write(
        "api/quarantine.camel.yaml",
        FOLDER.text("api/quarantine.camel.yaml").replace("scopes: reader", "scopes: nobody"));
    assertThat(FOLDER.awaitRefused("quarantine.camel.yaml"))
        .contains("the role 'nobody', which is none");
    assertThat(FOLDER.route("api-list-quarantine")).isSameAs(before);
    assertThat(get(target).status()).isEqualTo(200);
  }

  /** Nobody finds the interface away for a moment. */
  @Test
  void whileAnOperationIsReplacedEachRequestIsAnswered() throws Exception {
    List<String> others = new ArrayList<>();
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<Integer> asking =
        CompletableFuture.supplyAsync(
            () -> {
              int asked = 0;
              try (RawHttp connection = new RawHttp(FOLDER.port())) {
                while (!done.get()) {
                  Reply reply = connection.send(RawRequest.get("/api/audit").bytes()).read();
                  asked++;
                  if (reply == null || reply.status() != 200) {
                    others.add(String.valueOf(reply));
                  }
                }
              }
              return asked;
            });
    for (int edit = 0; edit < 5; edit++) {
      Route before = FOLDER.route("api-audit");
      FOLDER.write("sql/api/audit.sql", statement("edit " + edit));
      FOLDER.awaitReplaced(before);
    }
    done.set(true);
    assertThat(asking.get()).isGreaterThan(10);
    assertThat(others).isEmpty();
  }

  /** Its body comes when another serves the path already; the old one is not ended before. */
  @Test
  void aRequestThatCameBeforeIsAnsweredByWhatItCameTo() {
    Route before = FOLDER.route("api-start-run");
    String body = "{\"payload\": {\"mail\": 7}}";
    try (RawHttp slow = new RawHttp(FOLDER.port())) {
      slow.send(
          "POST /api/workflows/pair/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(body.length(), body.substring(0, 5)));
      awaitEntered();
      FOLDER.edit(
          WORKFLOWS, "- id: api-start-run\n", "- id: api-start-run\n        deprecated: true\n");
      FOLDER.awaitReplaced(before);
      for (int look = 0; look < 4; look++) {
        ((EditableCamelContext) FOLDER.camel()).lookAtLeaving();
      }
      assertThat(EditedFolder.isEnded(before)).isFalse();
      Reply reply = slow.send(body.substring(5)).read();
      assertThat(reply.status()).as(reply.body()).isEqualTo(202);
      String run = reply.header("Location").replaceFirst(".*/", "");
      FOLDER.awaitCompleted(UUID.fromString(run));
    }
    FOLDER.awaitEnded(before);
  }

  /** The server has seen the head of the request: it says so by what it counts. */
  private static void awaitEntered() {
    EditedFolder.soon("a request is inside")
        .until(() -> FOLDER.requestsInside("api-start-run") == 1);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "no id | `- id: api-list-books\\n        description` | `- description` | 5 | operation: has no id",
        "an id that is another's | `id: api-list-books` | `id: api-list-runs` | 5 | runs.camel.yaml",
        "a path that is another's | `path: /api/books` | `path: /api/runs` | 5 | operation.path: GET /api/runs is in ",
        "a path that is another's but for the name of a parameter | `path: /api/books` | `path: '/api/runs/{book}'` | 5 | operation.path: GET /api/runs/{} is in ",
        "nobody who may do it | `        security:\\n          - key: token\\n            scopes: reader\\n` | `` | 5 | does not say who may do it",
        "a role that is none | `scopes: reader` | `scopes: auditor` | 9 | the role 'auditor', which is none",
        "a route that nobody has | `          uri: direct:list-books\\n- route` | `          uri: direct:list-bocks\\n- route` | 11 | no route begins with 'direct:list-bocks'",
        "nothing to send to | `        to:\\n          uri: direct:list-books\\n- route` | `- route` | 5 | lacks the key 'to'",
        "a statement that is not there | `          uri: direct:list-books\\n- route` | `          uri: sql:classpath:sql/api/bocks.sql\\n- route` | 11 | bocks.sql",
        "a word that is none | `key: token` | `kye: token` | 8 | kye",
      })
  void anOperationWithAFaultIsRefused(
      String fault, String before, String after, int line, String reason) throws Exception {
    Map<String, Route> running = FOLDER.routes();
    String text = BOOKS.replace(before.replace("\\n", "\n"), after.replace("\\n", "\n"));
    assertThat(text).isNotEqualTo(BOOKS);
    FOLDER.write("api/books.camel.yaml", text);
    assertThat(FOLDER.awaitRefused("books.camel.yaml"))
        .contains("books.camel.yaml:" + line + ":")
        .contains(reason);
    assertThat(FOLDER.routes()).isEqualTo(running);
    assertThat(get("/api/books").status()).isEqualTo(404);
    assertThat(get("/api/runs").status()).isEqualTo(200);
    FOLDER.write("api/books.camel.yaml", BOOKS);
    awaitAnswer("/api/books", 200);
  }
}
