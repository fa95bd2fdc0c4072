package org.trackcoordinator.coordinator;

import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.spi.Policy;
import org.apache.camel.support.processor.DelegateSyncProcessor;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * {@code policy: {ref: transaction}}: one database transaction around its steps, which every {@code
 * sql:} producer on the thread joins. An exchange that failed rolls back; an error of the commit
 * itself becomes the exchange's.
 */
public final class TransactionPolicy implements Policy {

  private final TransactionTemplate template;
  private final Runnable committed;

  /**
   * @param manager of the data source that the {@code sql:} endpoints use
   * @param committed told of each transaction that went well
   */
  public TransactionPolicy(PlatformTransactionManager manager, Runnable committed) {
    this.committed = committed;
    template = new TransactionTemplate(manager);
  }

  @Override
  public void beforeWrap(Route route, NamedNode definition) {
    // nothing to prepare
  }

  @Override
  public Processor wrap(Route route, Processor steps) {
    return new DelegateSyncProcessor(steps) {
      @Override
      public void process(Exchange exchange) {
        try {
          template.executeWithoutResult(
              status -> {
                runSteps(exchange);
                if (exchange.isFailed()) {
                  status.setRollbackOnly();
                }
              });
          if (!exchange.isFailed()) {
            committed.run();
          }
        } catch (RuntimeException | Error e) {
          // why it was to be rolled back says more than why even that was not possible
          if (exchange.getException() == null) {
            exchange.setException(e);
          } else {
            exchange.getException().addSuppressed(e);
          }
        }
      }

      private void runSteps(Exchange exchange) {
        try {
          getProcessor().process(exchange);
        } catch (Exception | Error e) {
          exchange.setException(e);
        }
      }

      // Camel takes this way; without it the steps would run outside of any transaction.
      @Override
      public boolean process(Exchange exchange, AsyncCallback callback) {
        process(exchange);
        callback.done(true);
        return true;
      }
    };
  }
}
