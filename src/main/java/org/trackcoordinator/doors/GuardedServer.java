package org.trackcoordinator.doors;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.config.ApiToken;

/**
 * An HTTP server whose {@link Doorkeeper} looks at each request before its router does. {@link
 * #open} it, fill the router, {@link #listen}; {@link #close}, {@link #shutDown}.
 */
public final class GuardedServer {

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

  private static final Logger LOG = LoggerFactory.getLogger(GuardedServer.class);

  private final House house;
  private final String bind;
  private final InetAddress address;
  private final int wantedPort;
  private final Doorkeeper doorkeeper;
  private final List<ApiToken> shortTokens;
  private final AtomicInteger routing = new AtomicInteger(); // requests on their way
  private Vertx vertx;
  private Connections connections;
  private Router router;
  private HttpServer server;

  /**
   * @param bind the address to listen on
   * @param port 0 for any free one
   * @param tokens who may do what; none, on a loopback address only: everybody everything
   * @throws IllegalArgumentException if other machines could reach it without a token
   */
  public GuardedServer(House house, String bind, int port, List<ApiToken> tokens) {
    this.house = house;
    this.bind = bind;
    this.address = addressOf(bind); // once: a name might stand for another one later
    this.wantedPort = port;
    if (tokens.isEmpty() && !address.isLoopbackAddress()) {
      throw new IllegalArgumentException(bind + " can be reached from elsewhere: it needs tokens");
    }
    this.doorkeeper =
        new Doorkeeper(
            house, new Tokens(tokens, house.takesPasswords()), bind, address.isLoopbackAddress());
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

  /**
   * Makes the router, which lets in nobody whom the doorkeeper refuses.
   *
   * @param tooLarge what to answer to a body that is larger than its handler takes
   */
  public Router open(ConnectionLimits limits, Problem tooLarge) {
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setWorkerPoolSize(1));
    connections = new Connections(vertx, limits);
    router = Router.router(vertx);
    router.route().handler(this::letIn);
    router.route().failureHandler(request -> fail(request, tooLarge));
    router.errorHandler(
        404, request -> new Problem(404, "There is nothing at this path").send(request.response()));
    router.errorHandler(
        405, request -> new Problem(405, "This path has no such method").send(request.response()));
    return router;
  }

  /**
   * Takes requests from now on.
   *
   * @return where: {@code http://127.0.0.1:8080}
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
      throw new BindFailure(house, bind, wantedPort, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BindFailure(house, bind, wantedPort, e);
    }
    if (!shortTokens.isEmpty() && !address.isLoopbackAddress()) {
      LOG.warn(
          "Tokens with fewer than {} characters can be guessed ({}); openssl rand -hex 32 makes a good one",
          FEWEST_CHARACTERS,
          shortTokens.stream().map(token -> Caller.word(token.role())).toList());
    }
    return "http://%s:%d".formatted(bind.contains(":") ? "[" + bind + "]" : bind, port());
  }

  /** How many connections are open. */
  public int connections() {
    return connections.open();
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

  /** Gives its threads back, after {@link #close}. */
  public void shutDown() {
    await(vertx.close().toCompletionStage().toCompletableFuture());
  }

  private static void await(Future<?> closing) {
    try {
      closing.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // whatever is left goes with the process
    }
  }

  /** Threads of its own for what may wait; they go with the server. */
  public WorkerExecutor threads(String name, int number) {
    return vertx.createSharedWorkerExecutor(name, number);
  }

  /** All of a request has come: its answer may take what it takes. */
  public void read(RoutingContext request) {
    connections.read(request.request());
  }

  /** Who sent a request. */
  public static Caller caller(RoutingContext request) {
    return request.get(CALLER);
  }

  private void take(HttpServerRequest request) {
    connections.begun(request);
    request.response().headers().addAll(FOR_BROWSERS);
    try {
      Doorkeeper.checkForm(request); // what the router would trip over
      routing.incrementAndGet();
      try {
        router.handle(request);
      } finally {
        routing.decrementAndGet();
      }
    } catch (RefusedRequest refused) {
      refused.problem().send(request.response());
    }
  }

  /**
   * Returns when each request that came before has come to the handler that it is for, also to one
   * that was taken out of the router meanwhile; or after a second, if there is never a moment
   * without one on its way.
   */
  public void awaitRouted() {
    long begun = System.nanoTime();
    while (routing.get() > 0 && System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(1)) {
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(100));
    }
  }

  private void letIn(RoutingContext request) {
    request.addEndHandler(v -> connections.answered(request.request()));
    request.put(CALLER, doorkeeper.letIn(request.request()));
    request.next();
  }

  private static void fail(RoutingContext request, Problem tooLarge) {
    Throwable failure = request.failure();
    if (failure instanceof HttpClosedException || request.response().closed()) {
      return; // the client went away
    }
    Problem problem =
        request.statusCode() == tooLarge.status()
            ? tooLarge
            : failure != null
                ? Problem.of(failure)
                : new Problem(request.statusCode(), "The request can't be served");
    problem.send(request.response());
  }
}
