package org.trackcoordinator.console;

import java.util.UUID;
import org.trackcoordinator.testing.CoordinatedDatabase;

/**
 * Runs like those of the demo: mails whose attachments are stored by workers of the test's
 * instance; the other tracks are done by the test, as by a program elsewhere.
 */
final class Intake {

  private static final String WORKFLOW =
      """
      workflow: invoice-intake
      description: Invoices from the mailbox to the books
      deadline: 24h
      defaults: {retry: {maxAttempts: 1}}
      tracks:
        gmail: {description: Fetch the mail}
        drive: {description: Store the attachments, dependsOn: [gmail]}
        file-management: {description: "Read the e-invoice, name and file the documents", dependsOn: [drive]}
        freee: {description: Book the deal, dependsOn: [file-management], circuit: freee-api, maxConcurrent: 4}
      """;

  private final CoordinatedDatabase database;

  Intake(CoordinatedDatabase database) {
    this.database = database;
    database.load(WORKFLOW);
  }

  /** A run whose invoice waits to be filed. */
  UUID stored() {
    UUID run =
        database
            .sql()
            .queryForObject(
                "select track_coordination.start_run('invoice-intake', '{\"mailbox\": \"invoices@example.com\"}', user_id => 'maria')",
                UUID.class);
    database.awaitState(run, "file-management", "triggered");
    return run;
  }

  /** A run whose invoice waits to be booked. */
  UUID filed() {
    UUID run = stored();
    file(run);
    database.awaitState(run, "freee", "triggered");
    return run;
  }

  /** A run that is completed. */
  UUID booked() {
    UUID run = filed();
    book(run);
    database.awaitState(run, "freee", "completed");
    return run;
  }

  /** A run that failed: freee refused it. */
  UUID refused(String message) {
    UUID run = filed();
    database
        .sql()
        .update(
            """
            insert into processing_logs (correlation_id, track_id, event_type, attempt, payload)
            values (?, 'freee', 'failed', 1, jsonb_build_object('error', jsonb_build_object('class', 'Refused', 'status', 422, 'message', ?)))
            """,
            run,
            message);
    database.awaitState(run, "freee", "failed");
    return run;
  }

  void file(UUID run) {
    end(run, "file-management", "{\"name\": \"2026-11-28 ACME 1042.pdf\", \"total\": 12.10}");
  }

  void book(UUID run) {
    end(run, "freee", "{\"deal\": 4711, \"accessToken\": \"eyJhbGciOi\"}");
  }

  /** A worker begins, and reports that it is done. */
  private void end(UUID run, String track, String payload) {
    database.insertEvent(run, track, "started", null);
    database.insertEvent(run, track, "completed", payload);
  }

  /** The circuit before freee opens, as after many failures. */
  void openCircuit() {
    database
        .sql()
        .update(
            """
            insert into track_coordination.gate_states (kind, circuit, state, who, reason, permits, wave, closings, earliest_at)
            values ('circuit', 'freee-api', 'closed', 'coordinator', '12 of the last 20 attempts failed', 0, 1, 1, now() + interval '1 hour')
            """);
  }
}
