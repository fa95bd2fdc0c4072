package org.trackcoordinator.api;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.SecurityPolicyHandler;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.ShutdownRunningTask;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.spi.ShutdownAware;
import org.apache.camel.support.DefaultConsumer;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.coordinator.ClaimWaiters;
import org.trackcoordinator.coordinator.TransientFailure;
import org.trackcoordinator.doors.Caller;
import org.trackcoordinator.doors.GuardedServer;
import org.trackcoordinator.doors.Problem;
import org.trackcoordinator.doors.RefusedRequest;
import org.trackcoordinator.graph.TooLargeToDrawException;
import org.trackcoordinator.observe.TraceContext;

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
final class ApiConsumer extends DefaultConsumer implements PlatformHttpConsumer, ShutdownAware {

  static final String LOCATION = "Location";
  static final String CONTENT_TYPE = Exchange.CONTENT_TYPE;
  static final String PREFERENCE = "Preference-Applied";
  static final String POLICY = "Content-Security-Policy";

  private static final Pattern IN_PATH = Pattern.compile("\\{([^/}]+)}");
  private static final Pattern WAIT = Pattern.compile("(?:^|[,;\\s])wait\\s*=\\s*\"?(\\d{1,9})");
  private static final String PLACE = "place";
  private static final int MOST_TRIES = 5;
  private static final long PAUSE_MILLIS = 20;

  /** What a request brought. */
  private record Asked(String body, String arguments, long patience) {}

  private final ApiServer server;
  private final Operation operation;
  private final Lane lane;
  private final AtomicInteger inside = new AtomicInteger(); // requests that were let in
  private Route route; // of Vert.x; null while it takes no requests

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
    route =
        server
            .router()
            .route(method, path)
            .order(server.nextOrder(operation))
            .handler((SecurityPolicyHandler) this::admit) // Vert.x wants such before the body
            .handler(server.bodies())
            .handler(this::handle);
  }

  /** Lets nobody in from now on; the requests inside are answered. */
  @Override
  protected void doStop() {
    if (route != null) {
      route.remove(); // the processor is the Camel route's, which stops it
      route = null;
      server.awaitRouted(); // who has found it by now is inside, and counted
    }
  }

  @Override
  protected void doShutdown() throws Exception {
    super.doStop();
    super.doShutdown();
  }

  @Override
  public int getPendingExchangesSize() {
    return inside.get();
  }

  @Override
  public boolean deferShutdown(ShutdownRunningTask task) {
    return false;
  }

  @Override
  public void prepareShutdown(boolean suspendOnly, boolean forced) {
    // nothing is held back
  }

  private void admit(RoutingContext request) {
    Caller caller = GuardedServer.caller(request);
    if (!caller.mayDo(operation.role())) {
      throw new RefusedRequest(
          403,
          "A token with the role %s may not do this".formatted(Caller.word(caller.role())),
          "It takes a token with the role %s.".formatted(Caller.word(operation.role())));
    }
    lane.count();
    Room.Place place = lane.room().take(expectedBytes(request.request()));
    request.put(PLACE, place);
    inside.incrementAndGet();
    request.addEndHandler(
        v -> {
          place.leave();
          inside.decrementAndGet();
        });
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
    work(request, new Asked(body, arguments, wait), 1);
  }

  private void work(RoutingContext request, Asked asked, int tries) {
    Exchange exchange = createExchange(false);
    exchange.setPattern(ExchangePattern.InOut);
    Message message = exchange.getMessage();
    message.setBody(asked.body());
    message.setHeader("trackArguments", asked.arguments());
    message.setHeader("trackCaller", GuardedServer.caller(request).name());
    message.setHeader("trackWait", asked.patience());
    message.setHeader(
        "trackTraceparent",
        TraceContext.valid(request.request().getHeader("traceparent")).orElse(""));
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
          .execute(
              () ->
                  process(
                      exchange,
                      () -> loop.runOnContext(v -> end(request, exchange, asked, tries))));
    } catch (RejectedExecutionException e) {
      releaseExchange(exchange, false);
      throw e;
    }
  }

  /**
   * Camel lets errors pass (a stack that is full, …): the client is to be answered all the same.
   */
  private void process(Exchange exchange, Runnable done) {
    AtomicBoolean isDone = new AtomicBoolean();
    Runnable once =
        () -> {
          if (isDone.compareAndSet(false, true)) {
            done.run();
          }
        };
    try {
      createUoW(exchange);
      getAsyncProcessor().process(exchange, doneSync -> once.run());
    } catch (Exception | Error e) {
      exchange.setException(e);
      once.run();
    }
  }

  private void end(RoutingContext request, Exchange exchange, Asked asked, int tries) {
    try {
      if (isWorthAnotherTry(exchange.getException(), tries)) {
        request
            .vertx()
            .setTimer(PAUSE_MILLIS * tries, timer -> workAgain(request, asked, tries + 1));
      } else if (exchange.getException() != null) {
        problemOf(exchange).send(request.response());
      } else {
        answer(request, exchange.getMessage());
      }
    } catch (RuntimeException e) {
      Problem.of(e).send(request.response());
    } finally {
      doneUoW(exchange);
      releaseExchange(exchange, false);
    }
  }

  /** What operators do is one statement each: undone, it did nothing. Others are told to repeat. */
  private boolean isWorthAnotherTry(Exception failure, int tries) {
    return operation.role() == Role.OPERATOR
        && tries < MOST_TRIES
        && TransientFailure.isUndone(failure);
  }

  private void workAgain(RoutingContext request, Asked asked, int tries) {
    if (request.response().closed()) {
      return;
    }
    try {
      work(request, asked, tries);
    } catch (RuntimeException e) {
      Problem.of(e).send(request.response());
    }
  }

  private static Problem problemOf(Exchange failed) {
    var tooLarge = failed.getException(TooLargeToDrawException.class);
    return tooLarge == null
        ? Problem.of(failed.getException())
        : new Problem(400, tooLarge.getMessage());
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
