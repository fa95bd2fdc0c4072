package org.trackcoordinator.tracks;

/**
 * What freee refused, or what can't be booked there; the message has freee's status and its own
 * words.
 */
public class FreeeException extends Exception {

  private static final long serialVersionUID = 1L;
  private static final int UNPROCESSABLE = 422;

  private final int statusCode;

  /** Something is wrong with what is to be booked, as if freee had said so: 422. */
  FreeeException(String message) {
    this(UNPROCESSABLE, message);
  }

  FreeeException(int statusCode, String message) {
    super(message);
    this.statusCode = statusCode;
  }

  /** The HTTP status: with 4xx freee is well, and asking again changes nothing. */
  public int getStatusCode() {
    return statusCode;
  }
}
