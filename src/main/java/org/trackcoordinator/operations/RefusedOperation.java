package org.trackcoordinator.operations;

/** An operation was refused or failed; the message says why and what to do, and is all to show. */
public final class RefusedOperation extends RuntimeException {

  private final String code;
  private final boolean mayPass;

  RefusedOperation(String message, String code, boolean mayPass, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.mayPass = mayPass;
  }

  /** Whether what the operation names is not there: a run, track, workflow, definition, event. */
  public boolean isUnknown() {
    return "42704".equals(code);
  }

  /**
   * Whether it may work if it is tried again: what was asked is away, too busy or was disturbed. It
   * may have been done all the same.
   */
  public boolean mayPass() {
    return mayPass;
  }

  /** Whether the database undid it because others did the same at once; nothing was done. */
  boolean isUndone() {
    return "40001".equals(code) || "40P01".equals(code);
  }
}
