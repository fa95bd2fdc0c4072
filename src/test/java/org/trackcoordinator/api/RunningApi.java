package org.trackcoordinator.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.RoutesBuilder;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.coordinator.ClaimWaiters;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.RunEvents;
import org.trackcoordinator.coordinator.Waiters;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.FailingSource;

/**
 * One instance with its REST interface on a free port, for all tests of a class, and a client for
 * it. For a static field, registered after the database.
 */
final class RunningApi implements BeforeAllCallback, AfterAllCallback {

  private static final JsonMapper JSON = new JsonMapper();

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final CoordinatedDatabase database;
  private final List<ApiToken> tokens;
  private final AnswersFitOpenApi description = new AnswersFitOpenApi();
  private final Properties settings = new Properties();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<RoutesBuilder> routes = new ArrayList<>();
  private FailingSource source;
  private String bind = "127.0.0.1";
  private Coordinator coordinator;
  private ApiServer server;

  RunningApi(CoordinatedDatabase database, ApiToken... tokens) {
    this.database = database;
    this.tokens = List.of(tokens);
  }

  /** With routes beside the project's. */
  RunningApi with(RoutesBuilder added) {
    routes.add(added);
    return this;
  }

  /** On another address. */
  RunningApi boundTo(String address) {
    bind = address;
    return this;
  }

  /** With another value for a setting of {@code routes/api/api.properties}. */
  RunningApi with(String key, String value) {
    settings.setProperty(key, value);
    return this;
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    server = new ApiServer(bind, 0, tokens);
    source = new FailingSource(database.pool(), "api-reads", "api-writes", "await-work");
    coordinator =
        database
            .coordinator(source)
            .withApi()
            .with(ApiServer.BEAN, server)
            .with(settings)
            .finishWithin(PATIENCE); // Camel counts what an Error ended as work for ever
    routes.forEach(coordinator::with);
    coordinator.start();
    server.listen();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    server.close();
    coordinator.close();
  }

  Coordinator coordinator() {
    return coordinator;
  }

  /** What requests ask; it can be made to fail. */
  FailingSource database() {
    return source;
  }

  ApiServer server() {
    return server;
  }

  int waitingForRuns() {
    return bean("awaitRun", Waiters.class).waiting();
  }

  int waitingForWork() {
    return bean("awaitWork", ClaimWaiters.class).waiting();
  }

  int handlersWaitedFor() {
    return bean("awaitWork", ClaimWaiters.class).handlers();
  }

  int streams() {
    return bean("runEvents", RunEvents.class).streams();
  }

  private <T> T bean(String name, Class<T> type) {
    return coordinator.camel().getRegistry().lookupByNameAndType(name, type);
  }

  int port() {
    return server.port();
  }

  /** What was answered. */
  record Answer(int status, HttpResponse<String> response) {
    JsonNode json() {
      try {
        return JSON.readTree(response.body());
      } catch (IOException e) {
        throw new UncheckedIOException(response.body(), e);
      }
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse(null);
    }

    /** A problem in a line, for comparisons. */
    String problem() {
      return "%d %s".formatted(json().path("status").asInt(), json().path("detail").asText());
    }
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/api" + path))
        .timeout(Duration.ofSeconds(60));
  }

  /** What is answered fits the OpenAPI document. */
  Answer get(String path, String... headers) {
    HttpRequest.Builder request = request(path);
    Answer answer = send((headers.length == 0 ? request : request.headers(headers)).build());
    description.checkAnswer("get", path, answer);
    return answer;
  }

  /** What is answered fits the OpenAPI document; so does what is asked, if it is not refused. */
  Answer post(String path, String body, String... headers) {
    Answer answer = send(posting(path, body, headers));
    description.checkAnswer("post", path, answer);
    if (answer.status() < 300) {
      description.checkRequest("post", path, body);
    }
    return answer;
  }

  HttpRequest posting(String path, String body, String... headers) {
    HttpRequest.Builder request =
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body));
    return (headers.length == 0 ? request : request.headers(headers)).build();
  }

  Answer send(HttpRequest request) {
    return sendSoon(request).join();
  }

  /** Holds no thread while it waits. */
  CompletableFuture<Answer> sendSoon(HttpRequest request) {
    return http.sendAsync(request, BodyHandlers.ofString())
        .thenApply(response -> new Answer(response.statusCode(), response));
  }

  HttpClient http() {
    return http;
  }
}
