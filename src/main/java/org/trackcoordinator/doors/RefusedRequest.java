package org.trackcoordinator.doors;

/** A request that is not let in, with what to answer. */
public final class RefusedRequest extends RuntimeException {

  private final transient Problem problem;

  public RefusedRequest(Problem problem) {
    super(problem.detail(), null, false, false);
    this.problem = problem;
  }

  public RefusedRequest(int status, String detail, String hint) {
    this(new Problem(status, detail, hint));
  }

  /** What to answer. */
  public Problem problem() {
    return problem;
  }
}
