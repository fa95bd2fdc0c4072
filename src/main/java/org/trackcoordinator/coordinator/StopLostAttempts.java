package org.trackcoordinator.coordinator;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.model.FinallyDefinition;
import org.apache.camel.model.OnCompletionDefinition;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.apache.camel.support.processor.DelegateSyncProcessor;

/**
 * Looks before each step of an attempt. If it was lost, it fails the exchange: transactions roll
 * back, no error handler tries again, and what tidies up ({@code doFinally}, {@code onCompletion})
 * is still done. The step that is under way is not interrupted: nobody knows what it would leave
 * half done.
 *
 * <p>A step that is left by an {@link Error} fails the exchange, too, on whatever thread it is
 * done.
 */
final class StopLostAttempts implements InterceptStrategy {

  @Override
  public Processor wrapProcessorInInterceptors(
      CamelContext context, NamedNode definition, Processor target, Processor nextTarget) {
    return tidiesUp(definition) ? target : new Stop(target, definition.getId());
  }

  private static boolean tidiesUp(NamedNode definition) {
    for (NamedNode node = definition; node != null; node = node.getParent()) {
      if (node instanceof FinallyDefinition || node instanceof OnCompletionDefinition) {
        return true;
      }
    }
    return false;
  }

  private static final class Stop extends DelegateAsyncProcessor {

    private final String step;

    Stop(Processor target, String step) {
      super(target);
      this.step = step;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
      RunningAttempt running = exchange.getProperty(RunningAttempt.PROPERTY, RunningAttempt.class);
      if (running == null) {
        return super.process(exchange, callback);
      }
      // steps that other threads do, such as those of a parallel split, name the attempt as well
      if (running.home() == Thread.currentThread() || AttemptLog.isNamed()) {
        return process(exchange, callback, running);
      }
      AttemptLog.begin(running.attempt(), running.context());
      try {
        return process(exchange, callback, running);
      } finally {
        AttemptLog.end();
      }
    }

    private boolean process(Exchange exchange, AsyncCallback callback, RunningAttempt running) {
      if (isOnCompletion(exchange)) {
        return super.process(exchange, callback);
      }
      if (running.lost() == null) {
        return take(exchange, new End(exchange, callback));
      }
      exchange.setException(first(exchange, running));
      new End(exchange, callback).done(true);
      return true;
    }

    private boolean take(Exchange exchange, End end) {
      if (getProcessor() instanceof DelegateSyncProcessor processor) {
        takeAtOnce(exchange, end, processor);
        return true;
      }
      try {
        return super.process(exchange, end);
      } catch (Error e) { // on another thread nobody would hear of it
        end.fail(e);
        return true;
      }
    }

    /** By Camel's way the end of such a step is told as if all were well, and then it throws. */
    private static void takeAtOnce(Exchange exchange, End end, DelegateSyncProcessor processor) {
      try {
        processor.process(exchange);
      } catch (Exception | Error e) {
        exchange.setException(e);
      }
      end.done(true);
    }

    /** A doCatch may have caught it, at the first step that was not done. */
    private LostAttempt first(Exchange exchange, RunningAttempt running) {
      return exchange.getProperty(ExchangePropertyKey.EXCEPTION_CAUGHT)
              instanceof LostAttempt thrown
          ? thrown
          : new LostAttempt(step, running.lost());
    }

    private static boolean isOnCompletion(Exchange exchange) {
      return exchange.getProperty(ExchangePropertyKey.ON_COMPLETION) != null;
    }
  }

  /** The end of a step, which is told once. */
  private static final class End implements AsyncCallback {

    private final Exchange exchange;
    private final AsyncCallback callback;
    private final AtomicBoolean told = new AtomicBoolean();

    End(Exchange exchange, AsyncCallback callback) {
      this.exchange = exchange;
      this.callback = callback;
    }

    /** A doTry forgets that there is to be no redelivery; it is said again where each step ends. */
    @Override
    public void done(boolean doneSync) {
      told.set(true);
      if (exchange.getException() instanceof LostAttempt) {
        exchange.getExchangeExtension().setRedeliveryExhausted(true);
      }
      callback.done(doneSync);
    }

    /** The step was left by this error. If it had ended before, the exchange has gone on. */
    void fail(Error error) {
      if (!told.compareAndSet(false, true)) {
        throw error;
      }
      exchange.setException(error);
      callback.done(true);
    }
  }
}
