package org.trackcoordinator.coordinator;

import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.trackcoordinator.contact.Contact;

/**
 * The readiness check {@code database}: down while the database is away or takes no changes. It
 * asks nothing itself and never waits. Liveness is untouched: a restart would not bring it back.
 */
final class DatabaseHealth extends AbstractHealthCheck {

  static final String ID = "database";

  private final Contact contact;

  DatabaseHealth(Contact contact) {
    super("track-coordinator", ID);
    this.contact = contact;
  }

  @Override
  public boolean isLiveness() {
    return false;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    contact
        .absence()
        .ifPresentOrElse(
            absence ->
                builder
                    .message("The database is away: " + absence.cause())
                    .detail("since", absence.since().toString())
                    .down(),
            builder::up);
  }
}
