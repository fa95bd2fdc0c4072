package org.trackcoordinator.management;

import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.net.URL;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.doors.ConnectionLimits;
import org.trackcoordinator.doors.GuardedServer;
import org.trackcoordinator.doors.Problem;

/**
 * The server of the management port. It belongs to no route: it answers also while routes are
 * stopped. Add what it shows, {@link #listen()}, {@link #close()}.
 *
 * <p>Camel's own management server can be bound to no free port of the system's choice, and nobody
 * looks at a request, or limits connections, before its handlers do.
 */
public final class ManagementServer implements AutoCloseable {

  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
  private static final String JSON = "application/json";
  private static final int THREADS = 2;
  private static final long BODY_BYTES = 1_048_576;

  private static final ConnectionLimits LIMITS =
      new ConnectionLimits(200, Duration.ofSeconds(15), Duration.ofSeconds(60));

  private static final Problem TOO_LARGE =
      new Problem(413, "The body is too large", "Ask for less at once.");

  private final GuardedServer server;
  private final Router router;
  private final WorkerExecutor threads;
  private final WorkerExecutor askers;
  private Jolokia jolokia;

  /**
   * A server that shows the health of this context.
   *
   * @param bind the address to listen on
   * @param port 0 for any free one
   * @param tokens who may do what; none, on a loopback address only: everybody everything
   * @throws IllegalArgumentException if other machines could reach it without a token
   */
  public ManagementServer(String bind, int port, List<ApiToken> tokens, CamelContext context) {
    server = new GuardedServer(new ManagementHouse(), bind, port, tokens);
    router = server.open(LIMITS, TOO_LARGE);
    // apart, so that health is told while somebody asks Jolokia for much
    threads = server.threads("management", THREADS);
    askers = server.threads("jolokia", THREADS);
    show(ManagementHouse.HEALTH, threads, HealthPage.all(context));
    show(ManagementHouse.LIVE, threads, HealthPage.live(context));
    show(ManagementHouse.READY, threads, HealthPage.ready(context));
  }

  /**
   * Shows metrics at {@code /observe/metrics}.
   *
   * @param scrape in the text format of Prometheus
   */
  public ManagementServer withMetrics(Supplier<String> scrape) {
    show(
        ManagementHouse.METRICS,
        server.threads("metrics", 1), // of their own: they may wait for the database
        caller -> new Page.Answer(200, METRICS_TYPE, scrape.get()));
    return this;
  }

  /**
   * Shows Hawtio at {@code /hawtio/}, with the MBeans of this process.
   *
   * @param policy a {@code jolokia-access.xml}: what may be asked for
   * @throws IllegalArgumentException if the policy is none, or opens too much
   */
  public ManagementServer withHawtio(URL policy) {
    jolokia = new Jolokia(policy);
    router
        .post(ManagementHouse.JOLOKIA.replaceFirst("/$", "")) // with a slash at the end or without
        .handler(BodyHandler.create(false).setBodyLimit(BODY_BYTES))
        .handler(request -> ask(request, this::post));
    router.get(ManagementHouse.JOLOKIA + "*").handler(request -> ask(request, this::get));
    router.get(ManagementHouse.HAWTIO + "*").handler(new Hawtio(threads));
    return this;
  }

  private String post(RoutingContext request) throws Exception {
    Buffer body = request.body().buffer();
    return jolokia.post(
        GuardedServer.caller(request),
        body == null ? new byte[0] : body.getBytes(),
        parameters(request));
  }

  private String get(RoutingContext request) throws Exception {
    String path = (request.request().path() + "/").substring(ManagementHouse.JOLOKIA.length());
    return jolokia.get(
        URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8), parameters(request));
  }

  private static Map<String, String[]> parameters(RoutingContext request) {
    MultiMap sent = request.queryParams();
    return sent.names().stream()
        .collect(
            Collectors.toMap(
                name -> name, name -> sent.getAll(name).toArray(String[]::new), (a, b) -> a));
  }

  /** Jolokia says itself, in its answer, what it refused. */
  private void ask(RoutingContext request, Question question) {
    server.read(request);
    answer(request, askers, () -> new Page.Answer(200, JSON, question.answer(request)));
  }

  private interface Question {
    String answer(RoutingContext request) throws Exception;
  }

  private void show(String path, WorkerExecutor who, Page page) {
    Handler<RoutingContext> handler =
        request -> {
          server.read(request);
          answer(request, who, () -> page.answer(GuardedServer.caller(request)));
        };
    router.get(path).handler(handler);
    router.head(path).handler(handler);
  }

  private static void answer(
      RoutingContext request, WorkerExecutor threads, Callable<Page.Answer> page) {
    threads
        .executeBlocking(page, false)
        .onSuccess(answer -> send(request, answer))
        .onFailure(request::fail);
  }

  private static void send(RoutingContext request, Page.Answer answer) {
    if (!request.response().closed()) {
      request
          .response()
          .setStatusCode(answer.status())
          .putHeader("Content-Type", answer.contentType())
          .end(answer.body());
    }
  }

  /**
   * Takes requests from now on.
   *
   * @return where: {@code http://127.0.0.1:9876}
   * @throws org.trackcoordinator.doors.BindFailure if the address or port can't be had
   */
  public String listen() {
    return server.listen();
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  /** Takes no more requests, and gives its threads back; those in work are answered. */
  @Override
  public void close() {
    server.close();
    server.shutDown();
    if (jolokia != null) {
      jolokia.close();
    }
  }
}
