package org.trackcoordinator.tracks;

/**
 * What freee refused, or what can't be booked there; the message has freee's status and its own
 * words.
 */
public class FreeeException extends Exception {

  private static final long serialVersionUID = 1L;

  FreeeException(String message) {
    super(message);
  }
}
