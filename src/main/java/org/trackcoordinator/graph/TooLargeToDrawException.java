package org.trackcoordinator.graph;

/**
 * A workflow is too large for a picture. The message says how large, what the limits are, and what
 * to ask for instead.
 */
public final class TooLargeToDrawException extends IllegalArgumentException {

  TooLargeToDrawException(String message) {
    super(message);
  }
}
