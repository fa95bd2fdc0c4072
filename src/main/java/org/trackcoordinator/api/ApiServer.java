package org.trackcoordinator.api;

import io.vertx.core.Handler;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.spi.PlatformHttpEngine;
import org.apache.camel.support.service.ServiceSupport;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.doors.GuardedServer;
import org.trackcoordinator.doors.Problem;

/**
 * The HTTP server of the routes in {@code routes/api}, the engine of Camel's component {@code
 * platform-http}, and of the {@link Console}. Bind it as {@value #BEAN}; it listens from {@link
 * #listen()} on, which belongs after the start of the routes.
 *
 * <p>Camel's own engine holds a thread for each request while its route waits, makes every header
 * of a request one of the message, and limits neither connections nor their silence.
 */
public final class ApiServer extends ServiceSupport
    implements PlatformHttpEngine, CamelContextAware {

  /** The name that the component looks for. */
  public static final String BEAN = "platform-http-engine";

  private static final Problem TOO_LARGE =
      new Problem(
          413,
          "The body is too large",
          "A payload has at most 1,048,576 bytes. Store the data elsewhere and hand on a reference.");

  private static final int PLACES = 100_000_000;

  private final Console console = new Console();
  private final GuardedServer server;
  private CamelContext context;
  private ApiLimits limits;
  private Router router;
  private BodyHandler bodies;
  private Lane reads;
  private Lane writes;
  private final AtomicInteger operations = new AtomicInteger(); // that were started, ever

  /**
   * @param bind the address to listen on
   * @param port 0 for any free one
   * @param tokens who may do what; none, on a loopback address only: everybody everything
   * @throws IllegalArgumentException if other machines could reach it without a token
   */
  public ApiServer(String bind, int port, List<ApiToken> tokens) {
    server = new GuardedServer(new ApiHouse(console), bind, port, tokens);
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
    bodies = BodyHandler.create(false).setBodyLimit(limits.bodyBytes());
    router = server.open(limits.connections(), TOO_LARGE);
    console.serve(router);
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
   * @throws org.trackcoordinator.doors.BindFailure if the address or port can't be had
   */
  public String listen() {
    return server.listen() + "/api";
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  /** Takes no more requests; those in work are answered. */
  public void close() {
    server.close();
  }

  @Override
  protected void doStop() {
    close();
    context.getExecutorServiceManager().shutdownNow(reads.threads());
    context.getExecutorServiceManager().shutdownNow(writes.threads());
  }

  @Override
  protected void doShutdown() {
    server.shutDown();
  }

  Router router() {
    return router;
  }

  /**
   * The place of an operation among the router's routes: a path without parameters comes before one
   * with, and of two with the same path, which there are while one takes over, the later.
   */
  int nextOrder(Operation operation) {
    return PLACES * (1 + operation.parametersInPath()) - operations.incrementAndGet();
  }

  /** See {@link GuardedServer#awaitRouted}. */
  void awaitRouted() {
    server.awaitRouted();
  }

  Handler<RoutingContext> bodies() {
    return bodies;
  }

  ApiLimits limits() {
    return limits;
  }

  /** How many connections clients have to it. */
  int connections() {
    return server.connections();
  }

  Lane laneOf(Role role) {
    return role == Role.READER ? reads : writes;
  }

  /** All of a request has come. */
  void read(RoutingContext request) {
    server.read(request);
  }

  /** The longest that a request may wait, if it wants to: in seconds, 0 for not at all. */
  long limitWait(Optional<Long> wanted) {
    return Math.min(wanted.orElse(0L), limits.longestWait().toSeconds());
  }
}
