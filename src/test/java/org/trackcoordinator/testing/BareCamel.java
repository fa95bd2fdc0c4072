package org.trackcoordinator.testing;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.main.Main;
import org.apache.camel.support.DefaultExchange;

/** A Camel context without routes, for tests of small parts. */
public final class BareCamel {

  private static final CamelContext CONTEXT = context();

  private BareCamel() {}

  /** An exchange with nothing in it. */
  public static Exchange exchange() {
    return new DefaultExchange(CONTEXT);
  }

  private static CamelContext context() {
    Main main = new Main();
    main.init();
    return main.getCamelContext();
  }
}
