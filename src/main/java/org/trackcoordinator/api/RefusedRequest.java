package org.trackcoordinator.api;

/** A request that is not let in, with what to answer. */
final class RefusedRequest extends RuntimeException {

  private final transient Problem problem;

  RefusedRequest(Problem problem) {
    super(problem.detail(), null, false, false);
    this.problem = problem;
  }

  RefusedRequest(int status, String detail, String hint) {
    this(new Problem(status, detail, hint));
  }

  Problem problem() {
    return problem;
  }
}
