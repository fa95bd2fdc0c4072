package org.trackcoordinator.reload;

import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** A bean of a file: what it handles is its text from then on. */
public final class Stamp implements Processor {

  private String text = "";

  public void setText(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  /** What its file may name as destroyMethod. */
  public void close() {
    text = "closed";
  }

  @Override
  public void process(Exchange exchange) {
    exchange.getMessage().setBody(text);
  }
}
