package org.trackcoordinator.reload;

import static org.trackcoordinator.reload.EditedFolder.soon;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** A step that notes what comes, and lets nothing go on before it is opened. */
final class Gate implements Processor {

  private final CountDownLatch opened = new CountDownLatch(1);
  private final List<String> came = new CopyOnWriteArrayList<>();
  private final List<String> left = new CopyOnWriteArrayList<>();

  /** One that is open from the beginning: it notes only. */
  static Gate opened() {
    Gate gate = new Gate();
    gate.open();
    return gate;
  }

  @Override
  public void process(Exchange exchange) throws InterruptedException {
    String body = exchange.getMessage().getBody(String.class);
    came.add(body);
    if (!opened.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException("nobody opened the gate");
    }
    left.add(body);
  }

  void open() {
    opened.countDown();
  }

  List<String> came() {
    return came;
  }

  /** What went on; what was interrupted has not. */
  List<String> left() {
    return left;
  }

  void awaitCame(int number) {
    soon("it came").until(() -> came.size() >= number);
  }

  void awaitLeft(int number) {
    soon("it went on").until(() -> left.size() >= number);
  }
}
