package org.trackcoordinator.cli;

/** A command cannot do what was asked; the message says why and what to do, and is all to show. */
public final class Refusal extends RuntimeException {

  /** Refuses with a message of one sentence or more. */
  public Refusal(String message) {
    super(message);
  }

  /** Refuses because of something that {@code --verbose} shows. */
  public Refusal(String message, Throwable cause) {
    super(message, cause);
  }
}
