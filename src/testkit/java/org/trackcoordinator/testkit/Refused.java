package org.trackcoordinator.testkit;

import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.springframework.dao.DataAccessException;

/** What the database said when it refused what a test asked for. */
final class Refused {

  private Refused() {}

  /** Its message and its hint, without the wrappers. */
  static IllegalArgumentException because(DataAccessException failure) {
    Throwable root = failure.getMostSpecificCause();
    ServerErrorMessage said =
        root instanceof PSQLException answer ? answer.getServerErrorMessage() : null;
    if (said == null) {
      throw failure;
    }
    String hint = said.getHint() == null ? "" : "; " + said.getHint();
    return new IllegalArgumentException(said.getMessage() + hint, failure);
  }
}
