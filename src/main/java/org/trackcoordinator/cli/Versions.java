package org.trackcoordinator.cli;

import java.util.Optional;
import org.apache.camel.CamelContext;
import picocli.CommandLine.IVersionProvider;

/** The versions of the program and of what it stands on. */
final class Versions implements IVersionProvider {

  @Override
  public String[] getVersion() {
    return new String[] {
      "track-coordinator " + of(TrackCoordinator.class),
      "Apache Camel " + of(CamelContext.class),
      "PostgreSQL driver " + of(org.postgresql.Driver.class),
      "Java %s (%s)"
          .formatted(System.getProperty("java.version"), System.getProperty("java.vendor"))
    };
  }

  /** From the manifest of the class's jar; classes outside a jar have none. */
  private static String of(Class<?> type) {
    return Optional.ofNullable(type.getPackage().getImplementationVersion())
        .orElse("(not packaged)");
  }
}
