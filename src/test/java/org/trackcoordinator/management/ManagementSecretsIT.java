package org.trackcoordinator.management;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.api.RawRequest;
import org.trackcoordinator.coordinator.ChildProcess;
import org.trackcoordinator.database.SharedPostgres;

/**
 * The program as it is started, with secrets in all places where it takes them: an operator who
 * reads all that the management port shows finds none.
 */
@Tag("track-coordination")
class ManagementSecretsIT {

  private static final String JAR =
      Path.of(System.getProperty("tracks.test.jar", "target/track-coordinator.jar"))
          .toAbsolutePath()
          .toString();

  private static final String CANARY = "kanarie-5d0a7be1c9";
  private static final String TOKEN = "operator-" + CANARY;
  private static final int AT_ONCE = 500;
  private static final Pattern PORT = Pattern.compile("Hawtio at http://127.0.0.1:(\\d+)/hawtio/");

  @TempDir Path directory;
  private int port;

  /** Also by the endpoints and processors, which somebody may switch on: beside all others. */
  @Test
  void noSecretIsShown() throws Exception {
    Files.writeString(
        directory.resolve("application.properties"),
        "camel.main.jmxManagementMBeansLevel=Default%nbooks.secret=%s%n".formatted(CANARY));
    try (ChildProcess program =
        ChildProcess.start(
                directory,
                directory,
                environment(),
                "-Dbooks.password=" + CANARY,
                "-jar",
                JAR,
                "run")
            .awaitOutput("/hawtio/")) {
      Matcher matcher = PORT.matcher(program.output());
      assertThat(matcher.find()).as(program.output()).isTrue();
      port = Integer.parseInt(matcher.group(1));
      Map<String, String> shown = all();
      assertThat(shown.values().stream().mapToInt(String::length).sum()).isGreaterThan(500_000);
      assertThat(
              shown.entrySet().stream()
                  .filter(entry -> entry.getValue().contains(CANARY))
                  .map(Map.Entry::getKey))
          .isEmpty();
      assertThat(program.output()).doesNotContain(CANARY);
    }
  }

  private static Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    environment.put("TRACKS_DATABASE_URL", SharedPostgres.newDatabaseUrl());
    environment.put("TRACKS_DATABASE_PASSWORD", CANARY);
    environment.put("TRACKS_API_TOKENS", "operator:" + TOKEN);
    environment.put("TRACKS_HTTP_PORT", "0");
    environment.put("TRACKS_MANAGEMENT_PORT", "0");
    environment.put("GMAIL_PASSWORD", CANARY);
    environment.put("GMAIL_USERNAME", "books@example.com");
    environment.put("FREEE_TOKEN", CANARY);
    return environment;
  }

  /** All that there is to see, by what was asked for. */
  private Map<String, String> all() throws Exception {
    Map<String, String> shown = new LinkedHashMap<>();
    for (String path :
        List.of(
            "/observe/health",
            "/hawtio/",
            "/hawtio/hawtconfig.json",
            "/hawtio/jolokia/version",
            "/hawtio/jolokia/list",
            "/hawtio/jolokia/read/" + encoded("*:*") + "?ignoreErrors=true")) {
      shown.put(path, get(path));
    }
    JsonNode names =
        ManagedCoordinator.read(get("/hawtio/jolokia/search/" + encoded("*:*"))).path("value");
    assertThat(names.size()).isGreaterThan(100);
    Map<String, Map<String, ?>> requests = new LinkedHashMap<>();
    for (JsonNode name : names) {
      String mbean = name.asText();
      requests.put(
          mbean, Map.of("type", "read", "mbean", mbean, "config", Map.of("ignoreErrors", "true")));
      for (String operation :
          List.of("dumpRoutesAsXml()", "dumpRouteAsXml()", "browse()", "listRestServices()")) {
        requests.put(mbean + " " + operation, call(mbean, operation));
      }
      requests.put(mbean + " stats", call(mbean, "dumpRoutesStatsAsXml", true, true));
    }
    shown.putAll(ask(requests));
    String dump =
        "org.apache.camel:context=track-coordinator,type=context,name=\"track-coordinator\"";
    assertThat(shown.get(dump + " dumpRoutesAsXml()")).contains("{{freee.token}}");
    return shown;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static Map<String, ?> call(String mbean, String operation, Object... arguments) {
    return Map.of("type", "exec", "mbean", mbean, "operation", operation, "arguments", arguments);
  }

  private String get(String path) {
    return body(RawRequest.get(path));
  }

  /** What is answered to each; many are asked at once, since there are thousands. */
  private Map<String, String> ask(Map<String, Map<String, ?>> requests) throws Exception {
    Map<String, String> answers = new LinkedHashMap<>();
    List<String> names = List.copyOf(requests.keySet());
    for (int from = 0; from < names.size(); from += AT_ONCE) {
      List<String> asked = names.subList(from, Math.min(names.size(), from + AT_ONCE));
      JsonNode told =
          ManagedCoordinator.read(
              body(
                  RawRequest.post(
                      "/hawtio/jolokia",
                      ManagedCoordinator.json(asked.stream().map(requests::get).toList()))));
      assertThat(told.size()).isEqualTo(asked.size());
      for (int i = 0; i < asked.size(); i++) {
        answers.put(asked.get(i), told.get(i).toString());
      }
    }
    return answers;
  }

  private String body(RawRequest request) {
    Reply reply = request.by(TOKEN).ask(port);
    assertThat(reply.status()).as(request.target()).isEqualTo(200);
    return reply.body();
  }
}
