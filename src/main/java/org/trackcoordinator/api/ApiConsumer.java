package org.trackcoordinator.api;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.support.DefaultConsumer;
import org.trackcoordinator.coordinator.ClaimWaiters;

/**
 * Serves one {@code rest} entry. A request is one exchange, which holds no thread while it waits.
 * Nothing of a request becomes a header by its own name:
 *
 * <ul>
 *   <li>the body: as text; {@code {}} if there was none
 *   <li>{@code trackArguments}: path and query parameters, a JSON object
 *   <li>{@code trackCaller}: who asked; {@code trackWait}: for how many seconds to wait at most
 *   <li>the path's parameters, {@code trackCorrelationId}, {@code trackHandler}, …
 * </ul>
 *
 * <p>The answer is the body, JSON text, or a {@link Flow.Publisher} of server-sent events; its
 * status is {@code CamelHttpResponseCode}, and of headers only {@value #LOCATION}, {@value
 * #CONTENT_TYPE}, {@value #PREFERENCE} and {@value #POLICY} are sent. An exception becomes a {@link
 * Problem}.
 */
final class ApiConsumer extends DefaultConsumer implements PlatformHttpConsumer {

  static final String LOCATION = "Location";
  static final String CONTENT_TYPE = Exchange.CONTENT_TYPE;
  static final String PREFERENCE = "Preference-Applied";
  static final String POLICY = "Content-Security-Policy";

  private static final Pattern IN_PATH = Pattern.compile("\\{([^/}]+)}");
  private static final Pattern WAIT = Pattern.compile("(?:^|[,;\\s])wait\\s*=\\s*\"?(\\d{1,9})");
  private static final String PLACE = "place";
  private static final String RETRY_AFTER_SECONDS = "1";

  private final ApiServer server;
  private final Operation operation;
  private final Lane lane;
  private List<Route> routes = List.of();

  ApiConsumer(PlatformHttpEndpoint endpoint, Processor processor, ApiServer server) {
    super(endpoint, processor);
    this.server = server;
    this.operation =
        Operation.of(
            endpoint.getCamelContext(), endpoint.getHttpMethodRestrict(), endpoint.getPath());
    this.lane = server.laneOf(operation.role());
  }

  @Override
  public PlatformHttpEndpoint getEndpoint() {
    return (PlatformHttpEndpoint) super.getEndpoint();
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    HttpMethod method = HttpMethod.valueOf(getEndpoint().getHttpMethodRestrict());
    String path = IN_PATH.matcher(operation.path()).replaceAll(":$1");
    // two routes: within one Vert.x wants the body first
    routes =
        List.of(
            server.router().route(method, path).handler(this::admit),
            server.router().route(method, path).handler(server.bodies()).handler(this::handle));
  }

  @Override
  protected void doStop() throws Exception {
    routes.forEach(Route::remove);
    routes = List.of();
    super.doStop();
  }

  private void admit(RoutingContext request) {
    Caller caller = ApiServer.caller(request);
    if (!caller.mayDo(operation.role())) {
      throw new RefusedRequest(
          403,
          "A token with the role %s may not do this".formatted(Caller.word(caller.role())),
          "It takes a token with the role %s.".formatted(Caller.word(operation.role())));
    }
    lane.count();
    Room.Place place = lane.room().take(expectedBytes(request.request()));
    request.put(PLACE, place);
    request.addEndHandler(v -> place.leave());
    request.next();
  }

  /** The body has no length of its own if it comes in pieces. */
  private long expectedBytes(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    return length != null
        ? Math.min(Long.parseLong(length), server.limits().bodyBytes())
        : request.getHeader("Transfer-Encoding") != null ? server.limits().bodyBytes() : 0;
  }

  private static byte[] bodyOf(RoutingContext request) {
    Buffer body = request.body().buffer();
    return body == null ? new byte[0] : body.getBytes();
  }

  private void handle(RoutingContext request) {
    server.read(request);
    if (isSuspended()) {
      throw new RefusedRequest(503, "This operation is suspended", null);
    }
    String arguments = operation.arguments(request.pathParams(), request.queryParams());
    long wait = server.limitWait(waitOf(request));
    byte[] bytes = bodyOf(request);
    request.<Room.Place>get(PLACE).shrinkTo(bytes.length);
    String body = JsonBody.text(bytes, server.limits().bodyBytes());
    Exchange exchange = createExchange(false);
    exchange.setPattern(ExchangePattern.InOut);
    Message message = exchange.getMessage();
    message.setBody(body);
    message.setHeader("trackArguments", arguments);
    message.setHeader("trackCaller", ApiServer.caller(request).name());
    message.setHeader("trackWait", wait);
    exchange.setProperty(ClaimWaiters.GONE, (BooleanSupplier) () -> request.response().closed());
    request
        .pathParams()
        .forEach(
            (name, value) ->
                message.setHeader(
                    "track" + Character.toUpperCase(name.charAt(0)) + name.substring(1), value));
    Context loop = request.vertx().getOrCreateContext();
    try {
      lane.threads()
          .execute(() -> process(exchange, () -> loop.runOnContext(v -> end(request, exchange))));
    } catch (RejectedExecutionException e) {
      releaseExchange(exchange, false);
      throw e;
    }
  }

  private void process(Exchange exchange, Runnable done) {
    try {
      createUoW(exchange);
    } catch (Exception e) {
      exchange.setException(e);
      done.run();
      return;
    }
    getAsyncProcessor().process(exchange, doneSync -> done.run());
  }

  private void end(RoutingContext request, Exchange exchange) {
    try {
      if (exchange.getException() != null) {
        refuse(request.response(), Problem.of(exchange.getException()));
      } else {
        answer(request, exchange.getMessage());
      }
    } catch (RuntimeException e) {
      refuse(request.response(), Problem.of(e));
    } finally {
      doneUoW(exchange);
      releaseExchange(exchange, false);
    }
  }

  private void answer(RoutingContext request, Message message) {
    HttpServerResponse response = request.response();
    if (response.closed() || response.ended()) {
      return;
    }
    response.setStatusCode(message.getHeader(Exchange.HTTP_RESPONSE_CODE, 200, Integer.class));
    for (String name : List.of(LOCATION, PREFERENCE, POLICY)) {
      String value = message.getHeader(name, String.class);
      if (value != null) {
        response.putHeader(name, value);
      }
    }
    if (message.getBody() instanceof Flow.Publisher<?> events) {
      EventStream.write(events, request);
      return;
    }
    response.putHeader(
        CONTENT_TYPE, message.getHeader(CONTENT_TYPE, "application/json", String.class));
    String text = message.getBody(String.class);
    Buffer body = Buffer.buffer(text == null ? "" : text);
    Room.Place place = lane.room().take(body.length());
    response.end(body).onComplete(sent -> place.leave());
  }

  static void refuse(HttpServerResponse response, Problem problem) {
    if (response.closed() || response.ended()) {
      return;
    }
    if (problem.status() == 401) {
      response.putHeader("WWW-Authenticate", "Bearer");
    } else if (problem.status() == 429 || problem.status() == 503) {
      response.putHeader("Retry-After", RETRY_AFTER_SECONDS);
    }
    response
        .setStatusCode(problem.status())
        .putHeader(CONTENT_TYPE, Problem.CONTENT_TYPE)
        .end(problem.json());
  }

  /** {@code Prefer: wait=30} (RFC 7240), or the parameter {@code wait} where there is one. */
  private Optional<Long> waitOf(RoutingContext request) {
    if (operation.parameters().containsKey(Operation.WAIT)) {
      String wait = request.queryParams().get(Operation.WAIT);
      if (wait != null) {
        return Optional.of(Operation.wholeNumber(Operation.WAIT, wait));
      }
    }
    for (String prefer : request.request().headers().getAll("Prefer")) {
      Matcher matcher = WAIT.matcher(prefer);
      if (matcher.find()) {
        return Optional.of(Long.valueOf(matcher.group(1)));
      }
    }
    return Optional.empty();
  }
}
