package org.trackcoordinator.lint;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** All checks, one after another. */
public final class Lint {

  private static final List<Check> CHECKS =
      List.of(
          new RoutesAreRead(),
          new KameletsAreThere(),
          new ReceiversAreThere(),
          new HandlersAreServed(),
          new HandlersAreUsed(),
          new WorkersCanStart(),
          new WorkersAgree(),
          new StartsAreKnown(),
          new ReportedTracksAreKnown(),
          new HandlerSettingsAgree(),
          new TimeoutsFitDeadline(),
          new WaitsFitDeadline(),
          new RunEndsCanHappen());

  private Lint() {}

  /** What is found, by file and place. */
  public static List<Finding> of(Project project) {
    List<Finding> findings = new ArrayList<>();
    CHECKS.forEach(check -> check.look(project, findings::add));
    findings.sort(
        Comparator.comparing((Finding finding) -> finding.problem().file())
            .thenComparingInt(finding -> finding.problem().line())
            .thenComparingInt(finding -> finding.problem().column())
            .thenComparing(finding -> finding.problem().message()));
    return List.copyOf(findings);
  }
}
