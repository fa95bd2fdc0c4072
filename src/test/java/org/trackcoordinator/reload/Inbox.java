package org.trackcoordinator.reload;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.CamelContext;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.ShutdownRunningTask;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.ScheduledBatchPollingConsumer;
import org.apache.camel.support.ScheduledPollEndpoint;

/**
 * The component {@code inbox}: a poll takes all letters, and one is gone when its exchange is done,
 * as with rows of a table. All endpoints look into the same.
 */
final class Inbox extends DefaultComponent {

  private final List<String> letters;
  private volatile Runnable whenAskedForItsEnd = () -> {};

  private Inbox(List<String> letters) {
    this.letters = new CopyOnWriteArrayList<>(letters);
  }

  static Inbox in(CamelContext context, String... letters) {
    Inbox inbox = new Inbox(List.of(letters));
    context.addComponent("inbox", inbox);
    return inbox;
  }

  boolean isEmpty() {
    return letters.isEmpty();
  }

  /** Is run when a consumer is told that it is to begin nothing more. */
  void whenAskedForItsEnd(Runnable event) {
    whenAskedForItsEnd = event;
  }

  @Override
  protected Endpoint createEndpoint(String uri, String path, Map<String, Object> parameters) {
    return new ScheduledPollEndpoint(uri, this) {
      @Override
      public Producer createProducer() {
        throw new UnsupportedOperationException("letters are only taken");
      }

      @Override
      public Consumer createConsumer(Processor processor) throws Exception {
        Consumer consumer = new Taker(this, processor);
        configureConsumer(consumer);
        return consumer;
      }
    };
  }

  private final class Taker extends ScheduledBatchPollingConsumer {

    Taker(Endpoint endpoint, Processor processor) {
      super(endpoint, processor);
    }

    @Override
    protected int poll() throws Exception {
      int done = 0;
      for (String letter : letters) {
        if (!isBatchAllowed()) {
          break;
        }
        Exchange exchange = createExchange(true);
        exchange.getMessage().setBody(letter);
        getProcessor().process(exchange);
        letters.remove(letter);
        done++;
      }
      return done;
    }

    @Override
    public int processBatch(Queue<Object> exchanges) {
      return 0; // poll() does it
    }

    @Override
    public boolean deferShutdown(ShutdownRunningTask task) {
      boolean deferred = super.deferShutdown(task);
      whenAskedForItsEnd.run();
      return deferred;
    }
  }
}
