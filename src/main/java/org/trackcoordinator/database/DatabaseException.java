package org.trackcoordinator.database;

/** The database cannot be used; the message says why and what to do, for people. */
public final class DatabaseException extends RuntimeException {

  DatabaseException(String message) {
    super(message);
  }

  DatabaseException(String message, Throwable cause) {
    super(message, cause);
  }
}
