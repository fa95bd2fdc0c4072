package org.trackcoordinator.reload;

/** Routes can't be replaced at this moment, but may be in another. */
final class NotYetException extends Exception {

  private static final long serialVersionUID = 1;

  NotYetException(String message) {
    super(message);
  }
}
