package org.trackcoordinator.reload;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.trackcoordinator.workflow.Problem;

/**
 * The check {@code edited-files}: says which files lie in the folder and are not live, and why.
 *
 * <p>It is up all the same: the instance works, with what was there before. Taking it out of
 * service for a slip of somebody's pen would make it worse. The detail {@code refused} is there to
 * alert on.
 */
public final class EditedFilesHealth extends AbstractHealthCheck {

  public static final String ID = "edited-files";

  private volatile List<Problem> problems = List.of();

  public EditedFilesHealth() {
    super("track-coordinator", ID);
  }

  /** What is refused from now on; nothing if all is live. */
  public void tell(List<Problem> refused) {
    problems = List.copyOf(refused);
  }

  /** What is wrong with files that are not live. */
  public List<Problem> problems() {
    return problems;
  }

  @Override
  public boolean isLiveness() {
    return false;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    List<Problem> refused = problems;
    builder.up();
    builder.detail("refused", String.valueOf(refused.size()));
    if (!refused.isEmpty()) {
      Problem first = refused.get(0);
      builder.message(
          "Not live, what was there before runs on: "
              + refused.stream().map(Problem::toString).collect(Collectors.joining("; ")));
      builder.detail("file", first.file());
      builder.detail("line", String.valueOf(first.line()));
      builder.detail("reason", first.message());
    }
  }
}
