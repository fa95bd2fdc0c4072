package org.trackcoordinator.tracks;

/**
 * A mail, or a file of it, that is not the one readable e-invoice that it should be; the message
 * says what is missing where.
 */
public class UnreadableInvoiceException extends Exception {

  private static final long serialVersionUID = 1L;

  UnreadableInvoiceException(String message) {
    super(message);
  }
}
