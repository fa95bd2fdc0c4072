package org.trackcoordinator.management;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.management.ObjectName;
import org.apache.camel.CamelContext;
import org.apache.camel.ServiceStatus;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.api.RawRequest;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Who sees what of an instance that has tokens. */
@Tag("track-coordination")
class ManagementTokensIT {

  private static final String READER = "reader-7f0c1b52a9d84e36";
  private static final String WORKER = "worker-91d2c77be6f04a58";
  private static final String CANARY = "kanarie-5d0a7be1c9";
  private static final String OPERATOR = "operator-3b1f90aa47c2:de61"; // with a colon

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final ManagedCoordinator instance =
      new ManagedCoordinator(
              database,
              new ApiToken(Role.READER, READER),
              new ApiToken(Role.WORKER, WORKER),
              new ApiToken(Role.OPERATOR, OPERATOR))
          .boundTo("0.0.0.0");

  @ParameterizedTest
  @ValueSource(strings = {"/observe/health", "/observe/metrics", "/", "/nothing"})
  void withoutATokenABrowserIsAskedForOne(String path) {
    Reply reply = instance.get(path);
    assertThat(reply.status()).isEqualTo(401);
    assertThat(reply.header("WWW-Authenticate"))
        .isEqualTo("Basic realm=\"track coordinator\", charset=\"UTF-8\"");
    assertThat(reply.body()).doesNotContain("hops").doesNotContain("checks");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/observe/health/live", "/observe/health/ready"})
  void whoHasNoTokenIsToldTheStatusAndNothingElse(String path) {
    assertThat(instance.get(path).body()).isEqualTo("{\"status\":\"UP\"}");
    assertThat(instance.ask(RawRequest.get(path).by("wrong")).body())
        .isEqualTo("{\"status\":\"UP\"}");
    assertThat(instance.ask(RawRequest.get(path).by(READER)).body()).contains("checks");
  }

  @ParameterizedTest
  @ValueSource(strings = {READER, WORKER, OPERATOR})
  void eachTokenMayReadHoweverItIsSent(String token) {
    for (String path : List.of("/observe/health", "/observe/metrics")) {
      for (RawRequest request :
          List.of(
              RawRequest.get(path).by(token),
              RawRequest.get(path).with(basic("anybody:" + token)),
              RawRequest.get(path).with(basic(":" + token)),
              RawRequest.get(path).with(basic("会計:" + token)),
              RawRequest.get(path).with(basic("anybody:" + token).replace("Basic", "bASIC")))) {
        assertThat(instance.ask(request).status()).as(request.toString()).isEqualTo(200);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "operator",
        "operator:",
        OPERATOR,
        "operator:" + OPERATOR + "0",
        "operator:operator:" + OPERATOR,
        OPERATOR + ":operator",
        "operator: " + OPERATOR
      })
  void otherPasswordsAreNone(String pair) {
    assertThat(instance.ask(RawRequest.get("/observe/metrics").with(basic(pair))).status())
        .isEqualTo(401);
  }

  @Test
  void whatIsNoBase64IsNoPassword() {
    for (String header :
        List.of(
            "Basic", "Basic ", "Basic %%%", "Basic operator:" + OPERATOR, "Basic " + OPERATOR)) {
      assertThat(
              instance
                  .ask(RawRequest.get("/observe/metrics").with("Authorization: " + header))
                  .status())
          .isEqualTo(401);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/hawtio/", "/hawtio/index.html", "/hawtio/jolokia", "/hawtio/jolokia/version"})
  void theConsoleAsksForAToken(String path) {
    assertThat(instance.get(path).status()).isEqualTo(401);
    assertThat(instance.ask(RawRequest.get(path).with(basic("x:" + READER))).status())
        .isEqualTo(200);
  }

  /** Of all that the policy opens: what tells something, and nothing that does something. */
  @Test
  void whoReadsCallsWhatOnlyTellsSomething() throws Exception {
    Map<ObjectName, Set<String>> doing =
        Map.of(
            instance.route("clean-up"),
            Set.of(
                "stop()",
                "start()",
                "suspend()",
                "resume()",
                "dumpRouteAsXml(boolean)",
                "updateRouteFromXml(java.lang.String)"));
    Map<ObjectName, Set<String>> telling =
        Map.of(
            instance.route("clean-up"),
            Set.of("dumpRouteAsXml()"),
            instance.context(),
            Set.of("dumpRoutesAsXml()"),
            new ObjectName(
                "org.apache.camel:context=track-coordinator,type=services,name=DefaultInflightRepository"),
            Set.of("browse()"));
    for (String token : List.of(READER, WORKER)) {
      for (Map.Entry<ObjectName, Set<String>> mbean : doing.entrySet()) {
        for (String operation : mbean.getValue()) {
          assertThat(status(call(mbean.getKey(), operation), token)).as(operation).isEqualTo(403);
        }
      }
      for (Map.Entry<ObjectName, Set<String>> mbean : telling.entrySet()) {
        for (String operation : mbean.getValue()) {
          assertThat(status(call(mbean.getKey(), operation), token)).as(operation).isEqualTo(200);
        }
      }
    }
    assertThat(instance.coordinator().camel().getRouteController().getRouteStatus("clean-up"))
        .isEqualTo(ServiceStatus.Started);
  }

  /** Settings belong into placeholders; what stands in a route all the same is nobody's to see. */
  @Test
  void routesAreShownWithoutTheSecretsThatSomebodyWroteIntoThem() throws Exception {
    CamelContext camel = instance.coordinator().camel();
    camel.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            from("direct:careless")
                .routeId("careless")
                .setHeader("Authorization", constant("Bearer " + CANARY))
                .to("http://books:" + CANARY + "@127.0.0.1:9/?apiKey=" + CANARY)
                .toD("http://127.0.0.1:9/${body}?authPassword=" + CANARY);
          }
        });
    String route = instance.route("careless").toString();
    for (String token : List.of(READER, OPERATOR)) {
      for (String request :
          List.of(
              call(instance.route("careless"), "dumpRouteAsXml()"),
              call(instance.context(), "dumpRoutesAsXml()"),
              ManagedCoordinator.json(Map.of("type", "read", "mbean", route)),
              ManagedCoordinator.json(
                  Map.of(
                      "type", "read",
                      "mbean", "org.apache.camel:*",
                      "config", Map.of("ignoreErrors", "true"))))) {
        String body = instance.ask(RawRequest.post("/hawtio/jolokia", request).by(token)).body();
        assertThat(body).contains("careless").doesNotContain(CANARY);
      }
    }
  }

  @Test
  void whoReadsAsksWhy() throws Exception {
    String why =
        ManagedCoordinator.json(
            Map.of(
                "type",
                "exec",
                "mbean",
                instance.own("Runs").toString(),
                "operation",
                "why",
                "arguments",
                List.of(UUID.randomUUID().toString(), "")));
    for (String token : List.of(READER, WORKER, OPERATOR)) {
      Reply reply = instance.ask(RawRequest.post("/hawtio/jolokia", why).by(token));
      assertThat(reply.body()).contains("there is no run");
    }
  }

  @Test
  void whoReadsReadsAttributesAndStopsNothing() throws Exception {
    String stop = call(instance.route("clean-up"), "stop()");
    String read =
        ManagedCoordinator.json(
            Map.of(
                "type", "read",
                "mbean", instance.route("clean-up").toString(),
                "attribute", "State"));
    for (String token : List.of(READER, WORKER)) {
      assertThat(status(read, token)).isEqualTo(200);
      assertThat(status(stop, token)).isEqualTo(403);
    }
    assertThat(instance.ask(RawRequest.post("/hawtio/jolokia", stop)).status()).isEqualTo(401);
  }

  @Test
  void operatorsCallWhatThePolicyAllows() throws Exception {
    assertThat(status(call(instance.route("clean-up"), "suspend()"), OPERATOR)).isEqualTo(200);
    assertThat(status(call(instance.route("clean-up"), "resume()"), OPERATOR)).isEqualTo(200);
    assertThat(status(call(instance.route("clean-up"), "remove()"), OPERATOR)).isEqualTo(403);
  }

  /** So that Hawtio offers what may be done, and nothing else. */
  @Test
  void aListSaysWhatItsReaderMayCall() throws Exception {
    for (String token : List.of(OPERATOR, READER, OPERATOR)) {
      JsonNode all = list(token, Map.of());
      JsonNode route = in(all, instance.route("clean-up"));
      boolean may = token.equals(OPERATOR);
      for (String command : List.of("start", "stop", "suspend", "resume")) {
        assertThat(route.at("/opByString/" + command + "()/canInvoke").asBoolean(!may))
            .as(command)
            .isEqualTo(may);
        assertThat(route.at("/op/" + command).toString()).contains("\"canInvoke\":" + may);
      }
      assertThat(route.at("/op/remove/canInvoke").asBoolean(true))
          .as("not in the policy")
          .isFalse();
      assertThat(route.at("/opByString/dumpRouteAsXml()/canInvoke").asBoolean()).isTrue();
      assertThat(route.at("/opByString/dumpRouteAsXml(boolean)/canInvoke").asBoolean(true))
          .isFalse();
      assertThat(in(all, instance.own("Runs")).at("/op/why/canInvoke").asBoolean())
          .as("opened by its name alone")
          .isTrue();
    }
  }

  /** Whatever form of a list somebody asks for. */
  @Test
  void listsOfOtherFormsAreAnswered() throws Exception {
    for (Map<String, Object> form :
        List.<Map<String, Object>>of(
            Map.of("config", Map.of("maxDepth", "1")),
            Map.of("config", Map.of("maxDepth", "2")),
            Map.of("config", Map.of("maxDepth", "4")),
            Map.of("config", Map.of("listCache", "true")),
            Map.of("config", Map.of("listKeys", "true")),
            Map.of("path", "java.lang"),
            Map.of("path", "java.lang/type=Memory"),
            Map.of("path", "java.lang/type=Memory/op"))) {
      assertThat(list(READER, form).isMissingNode()).as(form.toString()).isFalse();
    }
  }

  private static JsonNode in(JsonNode list, ObjectName mbean) {
    return list.path(mbean.getDomain()).path(mbean.getKeyPropertyListString());
  }

  private static JsonNode list(String token, Map<String, Object> form) throws Exception {
    Map<String, Object> request = new HashMap<>(form);
    request.put("type", "list");
    String json = ManagedCoordinator.json(request);
    Reply reply = instance.ask(RawRequest.post("/hawtio/jolokia", json).by(token));
    return ManagedCoordinator.read(reply.body()).path("value");
  }

  private static String call(ObjectName mbean, String operation) {
    return ManagedCoordinator.json(
        Map.of("type", "exec", "mbean", mbean.toString(), "operation", operation));
  }

  /** What Jolokia says, to whom it says something. */
  private static int status(String request, String token) throws Exception {
    Reply reply = instance.ask(RawRequest.post("/hawtio/jolokia", request).by(token));
    assertThat(reply.status()).isEqualTo(200);
    return ManagedCoordinator.read(reply.body()).path("status").asInt();
  }

  private static String basic(String pair) {
    return "Authorization: Basic "
        + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }
}
