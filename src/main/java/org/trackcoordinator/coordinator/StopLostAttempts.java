package org.trackcoordinator.coordinator;

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

/**
 * Looks before each step whether its attempt was lost, and then fails the exchange: transactions
 * roll back, no error handler tries again, and what tidies up ({@code doFinally}, {@code
 * onCompletion}) is still done. The step that is under way is not interrupted: nobody knows what it
 * would leave half done.
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
      if (running == null || isOnCompletion(exchange)) {
        return super.process(exchange, callback);
      }
      if (running.lost() == null) {
        return super.process(exchange, doneSync -> done(exchange, callback, doneSync));
      }
      exchange.setException(first(exchange, running));
      done(exchange, callback, true);
      return true;
    }

    /** A doCatch may have caught it, at the first step that was not done. */
    private LostAttempt first(Exchange exchange, RunningAttempt running) {
      return exchange.getProperty(ExchangePropertyKey.EXCEPTION_CAUGHT)
              instanceof LostAttempt thrown
          ? thrown
          : new LostAttempt(step, running.lost());
    }

    /** A doTry forgets that there is to be no redelivery; it is said again where each step ends. */
    private static void done(Exchange exchange, AsyncCallback callback, boolean doneSync) {
      if (exchange.getException() instanceof LostAttempt) {
        exchange.getExchangeExtension().setRedeliveryExhausted(true);
      }
      callback.done(doneSync);
    }

    private static boolean isOnCompletion(Exchange exchange) {
      return exchange.getProperty(ExchangePropertyKey.ON_COMPLETION) != null;
    }
  }
}
