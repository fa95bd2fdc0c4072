package org.trackcoordinator.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import javax.sql.DataSource;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.contact.Contact;
import org.trackcoordinator.workflow.Definition;

/**
 * The check {@code workflow-definitions}: says when another instance made another definition
 * current than this one loaded from its files, or when one was retired.
 *
 * <p>It is up all the same. Runs keep their definition and new ones follow the current one, whoever
 * starts them, so the instance does no harm; and while a new version is rolled out every old
 * instance would be taken out of service at once. The detail {@code disagrees} is there to alert
 * on. It asks the database only when it is asked itself, and not while that is away.
 */
final class DefinitionsHealth extends AbstractHealthCheck {

  static final String ID = "workflow-definitions";

  private static final String SQL =
      """
      select w.workflow, d.hash, w.loaded_by, cast(w.loaded_at as text) as loaded_at, x.retired_by, cast(x.retired_at as text) as retired_at
        from track_coordination.workflows w
        join track_coordination.definitions d on d.definition_id = w.definition_id
        left join track_coordination.retired_definitions x on x.definition_id = w.definition_id
       where w.workflow = any(?)
       order by w.workflow
      """;

  private final DataSource source;
  private final Contact contact;
  private final Map<String, String> loaded = new ConcurrentSkipListMap<>();

  /**
   * @param loaded the definitions that this instance made current
   */
  DefinitionsHealth(DataSource source, Contact contact, List<Definition> loaded) {
    super("track-coordinator", ID);
    this.source = source;
    this.contact = contact;
    loaded.forEach(this::loaded);
  }

  /** This instance made it current, too. */
  void loaded(Definition definition) {
    loaded.put(definition.workflow(), definition.hash());
  }

  @Override
  public boolean isLiveness() {
    return false;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    builder.up();
    if (loaded.isEmpty()) {
      return;
    }
    if (contact.absence().isPresent()) {
      builder.message("Not known: the database is away");
      return;
    }
    try {
      List<String> differences = differences();
      builder.detail("disagrees", !differences.isEmpty());
      if (!differences.isEmpty()) {
        builder.message(String.join("; ", differences));
      }
    } catch (DataAccessException e) {
      builder.message("Not known: " + e.getMostSpecificCause().getMessage());
    }
  }

  private List<String> differences() {
    List<String> found = new ArrayList<>();
    new JdbcTemplate(source)
        .query(
            SQL,
            row -> {
              String workflow = row.getString("workflow");
              String ours = loaded.get(workflow);
              if (!ours.equals(row.getString("hash"))) {
                found.add(
                    "%s: this instance loaded definition %s, current is %s, loaded by %s at %s"
                        .formatted(
                            workflow,
                            ours,
                            row.getString("hash"),
                            row.getString("loaded_by"),
                            row.getString("loaded_at")));
              }
              if (row.getString("retired_by") != null) {
                found.add(
                    "%s: the current definition %s was retired by %s at %s, so no run can be started"
                        .formatted(
                            workflow,
                            row.getString("hash"),
                            row.getString("retired_by"),
                            row.getString("retired_at")));
              }
            },
            (Object) loaded.keySet().toArray(new String[0]));
    return found;
  }
}
