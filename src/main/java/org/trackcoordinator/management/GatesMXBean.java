package org.trackcoordinator.management;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import org.trackcoordinator.jmx.Description;

/** Gates by JMX. */
@Description(
    "Gates before work: circuits, what operators and quarantine hold, limits of handlers, and sources"
        + " that backpressure suspended; as the database has them at the moment of asking.")
public interface GatesMXBean {

  @Description("The gates that are closed: what each holds back, why, since when and until when.")
  List<Gate> getClosed();

  @Description("All circuits, open ones too: an open gate lets work through.")
  List<Gate> getCircuits();

  /** A gate, as the view {@code gates} has it; times are ISO 8601. */
  final class Gate {
    private final String kind;
    private final String state;
    private final String subject;
    private final String reason;
    private final String who;
    private final String since;
    private final String notBefore;

    Gate(ResultSet row) throws SQLException {
      kind = row.getString("kind");
      state = row.getString("state");
      subject = row.getString("subject");
      reason = row.getString("reason");
      who = row.getString("who");
      since = time(row, "changed_at");
      notBefore = time(row, "earliest_at");
    }

    private static String time(ResultSet row, String column) throws SQLException {
      OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
      return time == null ? null : time.toString();
    }

    public String getKind() {
      return kind;
    }

    public String getState() {
      return state;
    }

    /** {@code handler freee}, {@code circuit freee}, {@code run 0189…, track drive}. */
    public String getSubject() {
      return subject;
    }

    public String getReason() {
      return reason;
    }

    public String getWho() {
      return who;
    }

    public String getSince() {
      return since;
    }

    public String getNotBefore() {
      return notBefore;
    }
  }
}
