package org.trackcoordinator.operations;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The REST interface of a running coordinator. Redirects are never followed. */
public final class ServerOperations implements Operations {

  private static final Duration TO_CONNECT = Duration.ofSeconds(10);
  private static final Duration TO_ANSWER = Duration.ofSeconds(60);

  private final ServerAddress address;
  private final String token;
  private final Duration toAnswer;
  private final HttpClient http;

  /**
   * @param token sent with each request
   */
  public ServerOperations(ServerAddress address, Optional<String> token) {
    this(address, token, TO_ANSWER);
  }

  /**
   * @param toAnswer how long an answer may take, beside the time that the server is to wait
   */
  ServerOperations(ServerAddress address, Optional<String> token, Duration toAnswer) {
    this.address = address;
    this.token = token.orElse(null);
    this.toAnswer = toAnswer;
    this.http =
        HttpClient.newBuilder()
            .version(Version.HTTP_1_1)
            .followRedirects(Redirect.NEVER)
            .connectTimeout(TO_CONNECT)
            .build();
  }

  @Override
  public ObjectNode call(Operation operation, ObjectNode argument) {
    return send(request(operation, argument).timeout(toAnswer).build());
  }

  /** The server waits, and holds no thread meanwhile; it may answer earlier than it is asked to. */
  @Override
  public ObjectNode awaitEnd(String correlationId, Duration time) {
    long seconds = Math.max(0, time.plusMillis(999).toSeconds());
    HttpRequest.Builder request =
        request(Operation.READ_RESULT, Json.object().put("correlationId", correlationId));
    return send(
        request.header("Prefer", "wait=" + seconds).timeout(toAnswer.plusSeconds(seconds)).build());
  }

  @Override
  public String place() {
    return address.toString();
  }

  /** Connections go with the process. */
  @Override
  public void close() {}

  private HttpRequest.Builder request(Operation operation, ObjectNode argument) {
    ObjectNode rest = argument.deepCopy();
    List<String> inPath = new ArrayList<>();
    for (String name : ServerAddress.inPath(operation)) {
      inPath.add(rest.remove(name).asText());
    }
    HttpRequest.Builder request = HttpRequest.newBuilder();
    if (operation.method().equals("GET")) {
      request.uri(address.of(operation, inPath, query(rest)));
    } else {
      request
          .uri(address.of(operation, inPath, List.of()))
          .header("Content-Type", "application/json")
          .method(operation.method(), BodyPublishers.ofString(Json.text(rest)));
    }
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return request;
  }

  private static List<String> query(ObjectNode argument) {
    List<String> query = new ArrayList<>();
    argument
        .properties()
        .forEach(
            entry -> {
              if (!entry.getValue().isNull()) {
                query.add(entry.getKey());
                query.add(entry.getValue().asText());
              }
            });
    return query;
  }

  private ObjectNode send(HttpRequest request) {
    HttpResponse<String> response;
    try {
      response = http.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw ServerFailure.of(address, request, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedOperation("It was interrupted", null, false, e);
    }
    if (response.statusCode() / 100 == 2) {
      JsonNode answer = ServerFailure.read(response.body());
      if (answer instanceof ObjectNode object) {
        return object;
      }
    }
    throw ServerFailure.of(address, response);
  }
}
