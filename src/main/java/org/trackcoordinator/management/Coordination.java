package org.trackcoordinator.management;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.management.ObjectName;
import javax.sql.DataSource;
import org.trackcoordinator.contact.Contact;
import org.trackcoordinator.coordinator.BackpressureMXBean.Depth;
import org.trackcoordinator.coordinator.QueueDepth;
import org.trackcoordinator.jmx.OwnMBean;

/**
 * The MBeans that show beside Camel's what is coordinated: runs, queues, gates and quarantine. All
 * instances on one database show the same.
 */
public final class Coordination implements AutoCloseable {

  private final Questions questions;
  private final List<ObjectName> shown = new ArrayList<>();

  /**
   * Shows them until it is closed.
   *
   * @param instance the name of the instance
   * @param connections not pooled: what people look at takes nothing from what works
   * @param contact what is known of the database's being there
   */
  public Coordination(String instance, DataSource connections, Contact contact) {
    questions = new Questions(connections, contact);
    try {
      shown.add(OwnMBean.show(new Runs(), RunsMXBean.class, instance));
      shown.add(OwnMBean.show(new Queues(), QueuesMXBean.class, instance));
      shown.add(OwnMBean.show(new Gates(), GatesMXBean.class, instance));
      shown.add(OwnMBean.show(new Quarantine(), QuarantineMXBean.class, instance));
    } catch (RuntimeException e) {
      close(); // nobody else could
      throw e;
    }
  }

  @Override
  public void close() {
    shown.forEach(OwnMBean::hide);
  }

  private long count(String sql) {
    return questions.ask(sql, row -> row.getLong(1)).get(0);
  }

  private final class Runs implements RunsMXBean {

    @Override
    public SortedMap<String, Long> getByState() {
      SortedMap<String, Long> states = new TreeMap<>();
      questions.ask(
          "select r.state, count(*) from track_coordination.runs r group by r.state",
          row -> states.put(row.getString(1), row.getLong(2)));
      return states;
    }

    @Override
    public long getRunning() {
      return count("select count(*) from track_coordination.runs r where r.finished_at is null");
    }

    @Override
    public String why(String correlationId, String trackId) {
      UUID run = runOf(correlationId);
      return trackId == null || trackId.isBlank()
          ? sentences("select * from track_coordination.why(?)", run)
          : sentences("select * from track_coordination.why(?, ?)", run, trackId.strip());
    }

    private static UUID runOf(String correlationId) {
      try {
        return UUID.fromString(correlationId.strip());
      } catch (RuntimeException e) {
        throw new IllegalArgumentException(
            "This is no correlation id, such as 01890a5d-ac96-774b-bcce-b302099a8057");
      }
    }

    private String sentences(String sql, Object... parameters) {
      return questions
          .ask(
              sql,
              row ->
                  row.getString("sentence")
                      + hint("; unblocked by ", row.getString("unblocked_by"))
                      + hint("; not before ", row.getString("earliest_at")),
              parameters)
          .stream()
          .collect(Collectors.joining("\n"));
    }

    private static String hint(String introduction, String text) {
      return text == null ? "" : introduction + text;
    }
  }

  private final class Queues implements QueuesMXBean {

    @Override
    public List<Depth> getDepths() {
      return questions.ask(
          """
          select q.queue, q.handler, q.depth, q.ready, q.in_progress, q.held,
                 coalesce(extract(epoch from q.oldest) * 1000, 0)
            from track_coordination.queue_depth q
           order by q.queue, q.handler""",
          row ->
              new Depth(
                  new QueueDepth(
                      row.getString(1),
                      row.getString(2),
                      row.getLong(3),
                      row.getLong(4),
                      row.getLong(5),
                      row.getLong(6),
                      Duration.ofMillis(row.getLong(7)))));
    }

    @Override
    public long getDepth() {
      return getDepths().stream().mapToLong(Depth::getDepth).sum();
    }
  }

  private final class Gates implements GatesMXBean {

    private static final String GATES =
        """
        select g.kind, g.state, g.reason, g.who, g.changed_at, g.earliest_at,
               concat_ws(', ', 'handler ' || g.handler, 'circuit ' || g.circuit, 'run ' || g.correlation_id,
                         'track ' || g.track_id, 'user ' || g.user_id, 'route ' || g.route_id) as subject
          from track_coordination.gates g
         where %s
         order by g.changed_at
         limit 1000""";

    @Override
    public List<Gate> getClosed() {
      return questions.ask(GATES.formatted("g.state = 'closed'"), Gate::new);
    }

    @Override
    public List<Gate> getCircuits() {
      return questions.ask(GATES.formatted("g.kind = 'circuit'"), Gate::new);
    }
  }

  private final class Quarantine implements QuarantineMXBean {

    @Override
    public long getWaiting() {
      return count(
          "select count(*) from track_coordination.event_fates f where f.fate = 'quarantined'");
    }

    @Override
    public String getOldest() {
      return questions
          .ask(
              "select min(f.decided_at) from track_coordination.event_fates f where f.fate = 'quarantined'",
              row -> Objects.toString(row.getObject(1, OffsetDateTime.class), ""))
          .get(0);
    }
  }
}
