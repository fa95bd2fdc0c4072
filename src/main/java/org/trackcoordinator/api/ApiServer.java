package org.trackcoordinator.api;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.spi.PlatformHttpEngine;
import org.apache.camel.support.service.ServiceSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.config.ApiToken.Role;

/**
 * The HTTP server of the routes in {@code routes/api}: the engine of Camel's component {@code
 * platform-http}. Bind it as {@value #BEAN}; it listens from {@link #listen()} on, which belongs
 * after the start of the routes.
 *
 * <p>Camel's own engine holds a thread for each request while its route waits, makes every header
 * of a request one of the message, and limits neither connections nor their silence.
 */
public final class ApiServer extends ServiceSupport
    implements PlatformHttpEngine, CamelContextAware {

  /** The name that the component looks for. */
  public static final String BEAN = "platform-http-engine";

  private static final String CALLER = "caller";
  private static final long PATIENCE_SECONDS = 10;
  private static final int FEWEST_CHARACTERS = 16; // of a token that nobody guesses

  /** On each answer: not to be kept, taken for something else, run, or shown in other pages. */
  private static final Map<String, String> FOR_BROWSERS =
      Map.of(
          "Cache-Control",
          "no-store",
          "X-Content-Type-Options",
          "nosniff",
          "Content-Security-Policy",
          "default-src 'none'; frame-ancestors 'none'",
          "Cross-Origin-Resource-Policy",
          "same-origin");

  private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);

  private final String bind;
  private final InetAddress address;
  private final int wantedPort;
  private final Doorkeeper doorkeeper;
  private final List<ApiToken> shortTokens;
  private CamelContext context;
  private ApiLimits limits;
  private Vertx vertx;
  private Connections connections;
  private Router router;
  private BodyHandler bodies;
  private Lane reads;
  private Lane writes;
  private HttpServer server;

  /**
   * @param bind the address to listen on
   * @param port 0 for any free one
   * @param tokens who may do what; none, on a loopback address only: everybody everything
   * @throws IllegalArgumentException if other machines could reach it without a token
   */
  public ApiServer(String bind, int port, List<ApiToken> tokens) {
    this.bind = bind;
    this.address = addressOf(bind); // once: a name might stand for another one later
    this.wantedPort = port;
    if (tokens.isEmpty() && !address.isLoopbackAddress()) {
      throw new IllegalArgumentException(bind + " can be reached from elsewhere: it needs tokens");
    }
    this.doorkeeper = new Doorkeeper(new Tokens(tokens), bind, address.isLoopbackAddress());
    this.shortTokens =
        tokens.stream().filter(token -> token.token().length() < FEWEST_CHARACTERS).toList();
  }

  private static InetAddress addressOf(String bind) {
    try {
      return InetAddress.getByName(bind);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(bind + " is no address of this machine", e);
    }
  }

  @Override
  public void setCamelContext(CamelContext camelContext) {
    context = camelContext;
  }

  @Override
  public CamelContext getCamelContext() {
    return context;
  }

  @Override
  public PlatformHttpConsumer createConsumer(PlatformHttpEndpoint endpoint, Processor processor) {
    return new ApiConsumer(endpoint, processor, this);
  }

  @Override
  protected void doInit() {
    limits = ApiLimits.of(context);
    reads = new Lane("reads", limits.reads());
    writes = new Lane("writes", limits.writes());
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setWorkerPoolSize(1));
    connections = new Connections(vertx, limits);
    bodies = BodyHandler.create(false).setBodyLimit(limits.bodyBytes());
    router = Router.router(vertx);
    router.route().handler(this::letIn);
    router.route().failureHandler(ApiServer::fail);
    router.errorHandler(
        404, request -> fail(request, new Problem(404, "There is nothing at this path")));
    router.errorHandler(
        405, request -> fail(request, new Problem(405, "This path has no such method")));
  }

  @Override
  protected void doStart() {
    reads.start(threads("api-reads", limits.reads().threads()));
    writes.start(threads("api-writes", limits.writes().threads()));
  }

  private ExecutorService threads(String name, int number) {
    ExecutorService threads =
        context.getExecutorServiceManager().newThreadPool(this, name, number, number);
    if (threads instanceof ThreadPoolExecutor pool) {
      pool.setRejectedExecutionHandler(new ThreadPoolExecutor.AbortPolicy());
    }
    return threads;
  }

  /**
   * Takes requests from now on.
   *
   * @return where: {@code http://127.0.0.1:8080/api}
   * @throws BindFailure if the address or port can't be had
   */
  public String listen() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(address.getHostAddress())
            .setPort(wantedPort)
            .setHttp2ClearTextEnabled(false)
            .setMaxInitialLineLength(8_192)
            .setMaxHeaderSize(16_384);
    server =
        vertx
            .createHttpServer(options)
            .connectionHandler(connections::opened)
            .exceptionHandler(
                e -> {}) // connections that break below HTTP: nobody is there to answer
            .requestHandler(this::take);
    try {
      server
          .listen()
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      server = null;
      throw new BindFailure(bind, wantedPort, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BindFailure(bind, wantedPort, e);
    }
    if (!shortTokens.isEmpty() && !address.isLoopbackAddress()) {
      LOG.warn(
          "Tokens with fewer than {} characters can be guessed ({}); openssl rand -hex 32 makes a good one",
          FEWEST_CHARACTERS,
          shortTokens.stream().map(token -> Caller.word(token.role())).toList());
    }
    return "http://%s:%d/api".formatted(bind.contains(":") ? "[" + bind + "]" : bind, port());
  }

  /** The port that it listens on. */
  public int port() {
    return server.actualPort();
  }

  /** Takes no more requests; those in work are answered. */
  public void close() {
    HttpServer listening = server;
    server = null;
    if (listening != null) {
      await(listening.close().toCompletionStage().toCompletableFuture());
    }
  }

  @Override
  protected void doStop() {
    close();
    context.getExecutorServiceManager().shutdownNow(reads.threads());
    context.getExecutorServiceManager().shutdownNow(writes.threads());
  }

  @Override
  protected void doShutdown() {
    await(vertx.close().toCompletionStage().toCompletableFuture());
  }

  private static void await(java.util.concurrent.Future<?> closing) {
    try {
      closing.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // whatever is left goes with the process
    }
  }

  Router router() {
    return router;
  }

  Handler<RoutingContext> bodies() {
    return bodies;
  }

  ApiLimits limits() {
    return limits;
  }

  Lane laneOf(Role role) {
    return role == Role.READER ? reads : writes;
  }

  /** All of a request has come. */
  void read(RoutingContext request) {
    connections.read(request.request());
  }

  /** The longest that a request may wait, if it wants to: in seconds, 0 for not at all. */
  long limitWait(Optional<Long> wanted) {
    return Math.min(wanted.orElse(0L), limits.longestWait().toSeconds());
  }

  static Caller caller(RoutingContext request) {
    return request.get(CALLER);
  }

  private void take(HttpServerRequest request) {
    connections.begun(request);
    request.response().headers().addAll(FOR_BROWSERS);
    try {
      Doorkeeper.checkForm(request); // what the router would trip over
      router.handle(request);
    } catch (RefusedRequest refused) {
      ApiConsumer.refuse(request.response(), refused.problem());
    }
  }

  private void letIn(RoutingContext request) {
    request.addEndHandler(v -> connections.answered(request.request()));
    request.put(CALLER, doorkeeper.letIn(request.request()));
    request.next();
  }

  private static void fail(RoutingContext request) {
    Throwable failure = request.failure();
    if (failure instanceof HttpClosedException || request.response().closed()) {
      return; // the client went away
    }
    if (request.statusCode() == 413) {
      ApiConsumer.refuse(
          request.response(),
          new Problem(
              413,
              "The body is too large",
              "A payload has at most 1,048,576 bytes. Store the data elsewhere and hand on a reference."));
    } else if (failure != null) {
      ApiConsumer.refuse(request.response(), Problem.of(failure));
    } else {
      ApiConsumer.refuse(
          request.response(), new Problem(request.statusCode(), "The request can't be served"));
    }
  }

  private static void fail(RoutingContext request, Problem problem) {
    ApiConsumer.refuse(request.response(), problem);
  }

  /** The address or port is not to be had. */
  public static final class BindFailure extends RuntimeException {
    BindFailure(String bind, int port, Throwable cause) {
      super(
          "The REST interface can't listen on %s, port %d: %s. Set TRACKS_HTTP_PORT to another port (0 takes a free one), or TRACKS_BIND"
              .formatted(bind, port, reason(cause)),
          cause);
    }

    private static String reason(Throwable failure) {
      Throwable cause = failure;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
  }
}
