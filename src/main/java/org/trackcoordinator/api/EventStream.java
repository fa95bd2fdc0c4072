package org.trackcoordinator.api;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.Flow;

/**
 * Sends what a publisher brings as server-sent events, no faster than the client reads: more is
 * asked for only when there is room. No thread waits for it.
 */
final class EventStream implements Flow.Subscriber<Object> {

  private final HttpServerResponse response;
  private final Context loop;
  private Flow.Subscription subscription;

  private EventStream(HttpServerResponse response, Context loop) {
    this.response = response;
    this.loop = loop;
  }

  /** Call it on the event loop of the response. */
  static void write(Flow.Publisher<?> events, RoutingContext request) {
    HttpServerResponse response = request.response();
    EventStream stream = new EventStream(response, Vertx.currentContext());
    request.addEndHandler(v -> stream.cancel()); // it ended, or the client went away
    response
        .setChunked(true)
        .putHeader("Content-Type", "text/event-stream")
        .putHeader("X-Accel-Buffering", "no");
    events.subscribe(stream);
  }

  private void cancel() {
    if (subscription != null) {
      subscription.cancel();
    }
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    response.drainHandler(v -> subscription.request(1));
    subscription.request(1);
  }

  /** One or more whole events, each with the empty line that ends it. */
  @Override
  public void onNext(Object events) {
    loop.runOnContext(
        v -> {
          if (response.closed()) {
            subscription.cancel();
            return;
          }
          response.write((String) events);
          if (!response.writeQueueFull()) {
            subscription.request(1);
          }
        });
  }

  @Override
  public void onError(Throwable failure) {
    loop.runOnContext(v -> response.reset());
  }

  @Override
  public void onComplete() {
    loop.runOnContext(
        v -> {
          if (!response.closed()) {
            response.end();
          }
        });
  }
}
