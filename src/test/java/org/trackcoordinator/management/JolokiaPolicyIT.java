package org.trackcoordinator.management;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.camel.ServiceStatus;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.api.RawRequest;
import org.trackcoordinator.testing.CoordinatedDatabase;

/**
 * What may be done by Jolokia: a short list, and nothing beside it, in whatever form it is asked
 * for. On a loopback address without tokens, where the policy is all that stands before it.
 */
@Tag("track-coordination")
class JolokiaPolicyIT {

  private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

  private static final String DIAGNOSTICS = "com.sun.management:type=DiagnosticCommand";
  private static final String HOTSPOT = "com.sun.management:type=HotSpotDiagnostic";
  private static final String RECORDER = "jdk.management.jfr:type=FlightRecorder";
  private static final String LOGGING = "java.util.logging:type=Logging";
  private static final String MEMORY = "java.lang:type=Memory";
  private static final String PROBE = "org.trackcoordinator.probe";

  /** All that may be called, by the type of the MBean. */
  private static final Map<String, Set<String>> OPEN =
      Map.of(
          "org.apache.camel:context", Set.of("dumpRoutesAsXml()", "dumpRoutesStatsAsXml"),
          "org.apache.camel:routes",
              Set.of(
                  "start()",
                  "stop()",
                  "suspend()",
                  "resume()",
                  "dumpRouteAsXml()",
                  "dumpRouteStatsAsXml"),
          "org.apache.camel:services", Set.of("browse()", "listRestServices()"),
          "quartz:QuartzScheduler", Set.of("getTriggerState"),
          "org.trackcoordinator:Runs", Set.of("why", "why(java.lang.String,java.lang.String)"));

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension static final ManagedCoordinator instance = new ManagedCoordinator(database);

  /** What is forbidden does not become allowed by anything but another policy: all is tried. */
  @Test
  void noOtherOperationOfAnyMBeanIsOpen() throws Exception {
    Map<String, Set<String>> open = new TreeMap<>();
    int asked = 0;
    for (ObjectName name : SERVER.queryNames(null, null)) {
      List<Map<String, String>> requests = new ArrayList<>();
      for (MBeanOperationInfo operation : SERVER.getMBeanInfo(name).getOperations()) {
        for (String form : List.of(signature(operation), operation.getName())) {
          if (!isOpen(name, form)) { // else it would be done
            requests.add(exec(name.toString(), form));
          }
        }
      }
      JsonNode answers = requests.isEmpty() ? null : instance.jolokia(requests);
      for (int i = 0; i < requests.size(); i++) {
        asked++;
        if (answers.get(i).path("status").asInt() != 403) {
          open.computeIfAbsent(name.toString(), n -> new TreeSet<>())
              .add(requests.get(i).get("operation"));
        }
      }
    }
    assertThat(open).isEmpty();
    assertThat(asked).as("operations that there are").isGreaterThan(10_000);
  }

  private static boolean isOpen(ObjectName name, String operation) {
    return OPEN.getOrDefault(name.getDomain() + ":" + name.getKeyProperty("type"), Set.of())
        .contains(operation);
  }

  private static String signature(MBeanOperationInfo operation) {
    return Stream.of(operation.getSignature())
        .map(MBeanParameterInfo::getType)
        .collect(Collectors.joining(",", operation.getName() + "(", ")"));
  }

  private static Map<String, String> exec(String mbean, String operation) {
    return Map.of("type", "exec", "mbean", mbean, "operation", operation);
  }

  /** What would do the most harm, each with the arguments that it takes. */
  private static List<Call> harmful() throws Exception {
    String context = instance.context().toString();
    String route = instance.route("consume-processing-logs").toString();
    String scheduler = SERVER.queryNames(new ObjectName("quartz:*"), null).iterator().next() + "";
    return List.of(
        new Call(DIAGNOSTICS, "vmSystemProperties"),
        new Call(DIAGNOSTICS, "vmCommandLine"),
        new Call(DIAGNOSTICS, "jvmtiAgentLoad", List.of(List.of("/tmp/agent.so"))),
        new Call(DIAGNOSTICS, "compilerDirectivesAdd", List.of(List.of("/etc/passwd"))),
        new Call(DIAGNOSTICS, "vmLog", List.of(List.of("output=target/policy.log"))),
        new Call(DIAGNOSTICS, "gcClassHistogram", List.of(List.of())),
        new Call(HOTSPOT, "dumpHeap", List.of("target/policy.hprof", false)),
        new Call(HOTSPOT, "setVMOption", List.of("HeapDumpOnOutOfMemoryError", "true")),
        new Call(HOTSPOT, "getVMOption", List.of("HeapDumpPath")),
        new Call(RECORDER, "newRecording"),
        new Call(RECORDER, "takeSnapshot"),
        new Call(RECORDER, "copyTo", List.of(1, "target/policy.jfr")),
        new Call(LOGGING, "setLoggerLevel", List.of(PROBE, "FINEST")),
        new Call(LOGGING, "getLoggerLevel", List.of("")),
        new Call(MEMORY, "gc"),
        new Call("java.lang:type=Threading", "dumpAllThreads", List.of(true, true)),
        new Call(scheduler, "standby"),
        new Call(scheduler, "shutdown"),
        new Call(scheduler, "triggerJob", List.of("job", "group", Map.of())),
        new Call(scheduler, "scheduleBasicJob", List.of(Map.of(), Map.of())),
        new Call(context, "sendBody(java.lang.String,java.lang.Object)", to("log:x", "x")),
        new Call(context, "sendStringBody", to("log:x", "x")),
        new Call(context, "requestBody(java.lang.String,java.lang.Object)", to("log:x", "x")),
        new Call(context, "requestStringBody", to("language:simple:${sysenv.PATH}", "x")),
        new Call(context, "createEndpoint", List.of("exec:id")),
        new Call(context, "removeEndpoints", List.of("*")),
        new Call(context, "setGlobalOption", List.of("x", "y")),
        new Call(context, "dumpRoutesAsXml(boolean)", List.of(true)),
        new Call(context, "dumpRoutesAsXml(boolean,boolean)", List.of(true, true)),
        new Call(context, "stop"),
        new Call(context, "suspend"),
        new Call(context, "restart"),
        new Call(context, "startAllRoutes"),
        new Call(route, "updateRouteFromXml", List.of("<route/>")),
        new Call(route, "remove"),
        new Call(route, "restart()"),
        new Call(route, "stop(long)", List.of(1)),
        new Call(route, "dumpRouteAsXml(boolean)", List.of(true)),
        new Call(instance.own("Backpressure") + "", "suspendRoute", List.of("gmail")));
  }

  private static List<Object> to(String endpoint, String body) {
    return List.of(endpoint, body);
  }

  /** Calls that there is something to. */
  private record Call(String mbean, String operation, List<?> arguments) {
    Call(String mbean, String operation) {
      this(mbean, operation, List.of());
    }

    boolean exists() throws Exception {
      return Stream.of(SERVER.getMBeanInfo(new ObjectName(mbean)).getOperations())
          .anyMatch(known -> List.of(known.getName(), signature(known)).contains(operation));
    }

    /** How it might be asked for. */
    Map<String, RawRequest> forms() {
      Map<String, RawRequest> forms = new LinkedHashMap<>();
      String json = json("exec", mbean, operation);
      forms.put("POST", post(json));
      forms.put("POST with a slash", RawRequest.post("/hawtio/jolokia/", json));
      forms.put("POST of text/json", post(json).with("Content-Type: text/json"));
      forms.put("POST of several", post("[" + json("version", "", "") + "," + json + "]"));
      forms.put("POST in capitals", post(json("EXEC", mbean, operation)));
      forms.put("POST in mixed letters", post(json("eXec", mbean, operation)));
      forms.put("POST with blanks", post(json("exec", mbean, operation + " ")));
      forms.put("POST with its keys in another order", post(json("exec", turned(), operation)));
      forms.put(
          "POST with escapes",
          post(json.replace("exec", "\\u0065xec").replace(":type=", "\\u003atype=")));
      forms.put("POST with a path in the query", RawRequest.post("/hawtio/jolokia?p=exec", json));
      forms.put("POST of a name for many", post(json("exec", pattern(), operation)));
      String path = "exec/" + escaped(mbean) + "/" + escaped(operation) + path(arguments);
      forms.put("GET", RawRequest.get("/hawtio/jolokia/" + path));
      forms.put("GET in capitals", RawRequest.get("/hawtio/jolokia/EXEC" + path.substring(4)));
      forms.put(
          "GET with an encoded letter", RawRequest.get("/hawtio/jolokia/%65" + path.substring(1)));
      forms.put(
          "GET with encoded slashes",
          RawRequest.get("/hawtio/jolokia/" + path.replace("/", "%2F")));
      forms.put("GET twice encoded", RawRequest.get("/hawtio/jolokia/" + path.replace("%", "%25")));
      forms.put("GET with two slashes", RawRequest.get("/hawtio/jolokia//" + path));
      forms.put(
          "GET with a path in the query",
          RawRequest.get("/hawtio/jolokia?p=" + URLEncoder.encode(path, StandardCharsets.UTF_8)));
      forms.put(
          "GET of a name for many",
          RawRequest.get("/hawtio/jolokia/exec/" + escaped(pattern()) + "/" + escaped(operation)));
      forms.put("GET with dots", RawRequest.get("/hawtio/jolokia/read/../" + path));
      return forms;
    }

    private static RawRequest post(String json) {
      return RawRequest.post("/hawtio/jolokia", json);
    }

    private String json(String type, String name, String called) {
      Map<String, Object> request = new LinkedHashMap<>();
      request.put("type", type);
      request.put("mbean", name);
      request.put("operation", called);
      request.put("arguments", arguments);
      return ManagedCoordinator.json(request);
    }

    private String turned() {
      try {
        ObjectName name = new ObjectName(mbean);
        List<String> keys = new ArrayList<>();
        name.getKeyPropertyList().forEach((key, value) -> keys.add(0, key + "=" + value));
        return name.getDomain() + ":" + String.join(",", keys);
      } catch (javax.management.JMException e) {
        throw new IllegalStateException(e);
      }
    }

    private String pattern() {
      return mbean + ",*";
    }

    private static String escaped(String text) {
      return URLEncoder.encode(text.replace("!", "!!").replace("/", "!/"), StandardCharsets.UTF_8)
          .replace("+", "%20");
    }

    private static String path(List<?> arguments) {
      StringBuilder path = new StringBuilder();
      arguments.forEach(argument -> path.append('/').append(escaped(argument.toString())));
      return path.toString();
    }

    @Override
    public String toString() {
      return mbean + " " + operation;
    }
  }

  @TestFactory
  Stream<DynamicContainer> whatDoesHarmIsRefusedInEachForm() throws Exception {
    return harmful().stream()
        .map(
            call ->
                dynamicContainer(
                    call.toString(),
                    Stream.concat(
                        Stream.of(dynamicTest("exists", () -> assertThat(call.exists()).isTrue())),
                        call.forms().entrySet().stream()
                            .map(
                                form ->
                                    dynamicTest(
                                        form.getKey(), () -> assertRefused(form.getValue()))))));
  }

  private static void assertRefused(RawRequest request) throws IOException {
    Reply reply = instance.ask(request);
    if (reply.status() != 200) {
      assertThat(reply.status()).isIn(400, 404);
      return;
    }
    JsonNode answer = ManagedCoordinator.read(reply.body());
    JsonNode last = answer.isArray() ? answer.get(answer.size() - 1) : answer;
    assertThat(last.path("status").asInt()).as(reply.body()).isEqualTo(403);
    assertThat(last.has("value")).as(reply.body()).isFalse();
  }

  @Test
  void noneOfItWasDone() {
    assertThat(Path.of("target/policy.hprof")).doesNotExist();
    assertThat(Path.of("target/policy.log")).doesNotExist();
    assertThat(Logger.getLogger(PROBE).getLevel()).isNull();
    assertThat(instance.coordinator().camel().getStatus()).isEqualTo(ServiceStatus.Started);
    assertThat(Files.exists(Path.of("target/policy.jfr"))).isFalse();
  }

  @TestFactory
  Stream<DynamicTest> nobodySetsAttributes() throws Exception {
    String context = instance.context().toString();
    return Stream.of(
            Map.of("type", "write", "mbean", MEMORY, "attribute", "Verbose", "value", true),
            Map.of("type", "WRITE", "mbean", MEMORY, "attribute", "Verbose", "value", true),
            Map.of("type", "write", "mbean", context, "attribute", "Tracing", "value", true),
            Map.of(
                "type",
                "write",
                "mbean",
                "java.lang:type=Threading",
                "attribute",
                "ThreadContentionMonitoringEnabled",
                "value",
                true),
            Map.of(
                "type",
                "write",
                "mbean",
                "jolokia:type=Config",
                "attribute",
                "Debug",
                "value",
                true),
            Map.of(
                "type",
                "write",
                "mbean",
                instance.route("gmail").toString(),
                "attribute",
                "StatisticsEnabled",
                "value",
                false))
        .map(
            request ->
                dynamicTest(
                    request.toString(),
                    () -> {
                      String path =
                          "/hawtio/jolokia/write/%s/%s/%s"
                              .formatted(
                                  Call.escaped((String) request.get("mbean")),
                                  request.get("attribute"),
                                  request.get("value"));
                      assertRefused(RawRequest.get(path));
                      assertThat(instance.jolokia(request).path("status").asInt()).isEqualTo(403);
                      assertThat(
                              read((String) request.get("mbean"), (String) request.get("attribute"))
                                  .path("value")
                                  .asBoolean())
                          .isNotEqualTo(request.get("value"));
                    }));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type': 'notification', 'command': 'register'}",
        "{'type': 'notification', 'command': 'add', 'client': 'x', 'mode': 'pull', 'mbean':"
            + " 'java.lang:type=MemoryPool,name=Metaspace'}",
        "{'type': 'notification', 'command': 'ping', 'client': 'x'}"
      })
  void notificationsAreRefused(String request) throws Exception {
    assertRefused(RawRequest.post("/hawtio/jolokia", request.replace('\'', '"')));
  }

  @Test
  void itAsksNoOtherProcess() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      int port = other.getLocalPort();
      for (String url :
          List.of(
              "service:jmx:rmi:///jndi/ldap://127.0.0.1:%d/x",
              "service:jmx:rmi:///jndi/rmi://127.0.0.1:%d/jmxrmi",
              "service:jmx:rmi://127.0.0.1:%d/")) {
        JsonNode answer =
            instance.jolokia(
                Map.of(
                    "type",
                    "read",
                    "mbean",
                    MEMORY,
                    "attribute",
                    "HeapMemoryUsage",
                    "target",
                    Map.of("url", url.formatted(port), "user", "x", "password", "y")));
        assertThat(answer.path("status").asInt()).as(answer.toString()).isEqualTo(403);
      }
      Reply proxy = instance.get("/hawtio/proxy/http/127.0.0.1/" + port + "/x");
      assertThat(proxy.body()).doesNotContain("agent");
      other.setSoTimeout(500);
      assertThat(connects(other)).as("somebody connected").isFalse();
    }
  }

  private static boolean connects(ServerSocket socket) throws IOException {
    try {
      socket.accept().close();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  @Test
  void readingIsOpen() throws Exception {
    assertThat(read(MEMORY, "HeapMemoryUsage").path("value").path("used").asLong()).isPositive();
    assertThat(read(instance.route("clean-up").toString(), "State").path("value").asText())
        .isEqualTo("Started");
    JsonNode found =
        instance.jolokia(Map.of("type", "search", "mbean", "org.apache.camel:type=routes,*"));
    assertThat(found.path("value").size()).isGreaterThan(40);
    assertThat(instance.get("/hawtio/jolokia/version").body()).contains("\"agent\":\"2.");
    assertThat(instance.get("/hawtio/jolokia/read/java.lang:type=Memory/Verbose").body())
        .contains("\"value\":false");
  }

  private static JsonNode read(String mbean, String attribute) throws IOException {
    return instance.jolokia(Map.of("type", "read", "mbean", mbean, "attribute", attribute));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SystemProperties", "InputArguments"})
  void whatMayHoldSecretsIsNotRead(String attribute) throws Exception {
    String runtime = "java.lang:type=Runtime";
    assertThat(read(runtime, attribute).path("status").asInt()).isEqualTo(403);
    assertRefused(RawRequest.get("/hawtio/jolokia/read/" + runtime + "/" + attribute));
    for (String query : List.of("", "?ignoreErrors=true")) {
      for (String mbean : List.of(runtime, "java.lang:*", "*:type=Runtime", "*:*")) {
        Reply reply = instance.get("/hawtio/jolokia/read/" + Call.escaped(mbean) + query);
        assertThat(reply.body()).doesNotContain("sun.arch.data.model").doesNotContain("-Xmx");
      }
    }
  }

  @Test
  void whatIsOfNoUseIsNotListed() throws Exception {
    JsonNode all = instance.jolokia(Map.of("type", "search", "mbean", "*:*")).path("value");
    assertThat(all.toString())
        .contains("org.apache.camel")
        .doesNotContain("DiagnosticCommand")
        .doesNotContain("HotSpot")
        .doesNotContain("FlightRecorder")
        .doesNotContain("java.util.logging");
    assertThat(instance.get("/hawtio/jolokia/list").body())
        .contains("org.trackcoordinator")
        .doesNotContain("DiagnosticCommand");
  }

  @Test
  void aRouteIsStoppedStartedSuspendedAndResumed() throws Exception {
    String route = instance.route("clean-up").toString();
    Map<String, String> states = new LinkedHashMap<>();
    states.put("suspend()", "Suspended");
    states.put("resume()", "Started");
    states.put("stop()", "Stopped");
    states.put("start()", "Started");
    for (Map.Entry<String, String> step : states.entrySet()) {
      JsonNode answer = instance.jolokia(exec(route, step.getKey()));
      assertThat(answer.path("status").asInt()).as(answer.toString()).isEqualTo(200);
      assertThat(read(route, "State").path("value").asText()).isEqualTo(step.getValue());
    }
  }

  @Test
  void routesAreDumpedWithoutTheirSettings() throws Exception {
    JsonNode all = instance.jolokia(exec(instance.context().toString(), "dumpRoutesAsXml()"));
    assertThat(all.path("value").asText())
        .contains("id=\"consume-processing-logs\"")
        .contains("{{freee.token}}");
    JsonNode one = instance.jolokia(exec(instance.route("gmail").toString(), "dumpRouteAsXml()"));
    assertThat(one.path("value").asText()).contains("id=\"gmail\"").contains("{{gmail.password}}");
  }

  @Test
  void anAllowedOperationDoesNotComeByGet() throws Exception {
    assertRefused(
        RawRequest.get(
            "/hawtio/jolokia/exec/"
                + Call.escaped(instance.route("clean-up").toString())
                + "/"
                + Call.escaped("stop()")));
    assertThat(read(instance.route("clean-up").toString(), "State").path("value").asText())
        .isEqualTo("Started");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jolokia",
        ""
      })
  void bodiesThatAFormOnAPageOfOthersCouldSendAreRefused(String type) throws Exception {
    RawRequest stop =
        RawRequest.post(
            "/hawtio/jolokia",
            ManagedCoordinator.json(exec(instance.route("clean-up").toString(), "stop()")));
    assertThat(instance.ask(stop.with("Content-Type: " + type)).status()).isEqualTo(415);
    for (String header : List.of("Origin: http://example.com", "Sec-Fetch-Site: cross-site")) {
      assertThat(instance.ask(stop.with(header)).status()).isEqualTo(403);
    }
    assertThat(instance.ask(stop.with("Host: example.com")).status()).isEqualTo(403);
    assertThat(read(instance.route("clean-up").toString(), "State").path("value").asText())
        .isEqualTo("Started");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "{",
        "null",
        "1",
        "{}",
        "[1]",
        "[[]]",
        "[null]",
        "{\"type\": \"x\"}",
        "{\"type\": \"read\"}",
        "{\"type\": \"read\", \"mbean\": \"x\"}",
        "{\"type\": 1}"
      })
  void whatIsNoRequestIsAProblem(String body) throws Exception {
    Reply reply = instance.ask(RawRequest.post("/hawtio/jolokia", body));
    assertThat(reply.status()).as(reply.body()).isEqualTo(400);
    assertThat(reply.body()).doesNotContain("Exception").doesNotContain("at org.");
  }

  @Test
  void whatIsTooMuchOrTooDeepIsAProblem() {
    Reply large = instance.ask(RawRequest.post("/hawtio/jolokia", "[" + " ".repeat(1_048_577)));
    assertThat(large.status()).isEqualTo(413);
    Reply deep = instance.ask(RawRequest.post("/hawtio/jolokia", "[".repeat(500_000)));
    assertThat(deep.status()).as(deep.body()).isEqualTo(400);
  }
}
