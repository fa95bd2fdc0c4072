package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trackcoordinator.testing.ForeignWriter.row;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.AtOnce;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.testing.ForeignWriter;

/** No event is unaccounted: consumed by an activation, or with another fate, or still queued. */
@Tag("track-coordination")
class FatesIT {

  private static final int WRITERS = 4;
  private static final int ROWS_AT_ONCE = 20;
  private static final int ROWS_PER_RUN = 40;

  private static final List<String> POLICIES =
      List.of("fail-run", "fail-run", "skip-downstream", "continue");

  /** Those that workers report come often, those that only the coordinator may write seldom. */
  private static final List<String> TYPES =
      List.of(
          "completed",
          "completed",
          "completed",
          "completed",
          "started",
          "started",
          "data_ready",
          "data_ready",
          "failed",
          "timed_out",
          "triggered",
          "retried",
          "skipped",
          "cancelled");

  @RegisterExtension static final CoordinatedDatabase database = CoordinatedDatabase.coordinated();

  /**
   * Random graphs, and writers that write whatever they like at the same time, in any order, much
   * of it twice: as many events as were written are consumed, or have another fate. Nothing is
   * queued any more when it is looked at.
   */
  @Test
  void whateverIsWrittenIsConsumedOrHasAnotherFate() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    int graphs = Counts.of(6, 100);
    List<UUID> runs = Collections.synchronizedList(new ArrayList<>());
    int tracks = 8;
    for (int graph = 0; graph < graphs; graph++) {
      String name = "random-" + graph;
      database.load(randomWorkflow(name, 2 + random.nextInt(tracks - 1), random));
      for (int n = 0; n < Counts.of(12, 100); n++) {
        runs.add(database.startRun(name));
      }
    }
    AtOnce.run(
        WRITERS,
        writer ->
            () -> {
              write(runs, tracks, new Random(seed + writer + 1));
              return null;
            });
    database.awaitSettled();

    Map<String, Object> counted = account();
    assertThat(counted.get("written")).as("seed %d", seed).isNotEqualTo(0L);
    assertThat(
            (Long) counted.get("consumed")
                + (Long) counted.get("other_fates")
                + (Long) counted.get("queued"))
        .as("%s, seed %d", counted, seed)
        .isEqualTo(counted.get("written"));
    assertThat(counted.get("counted_twice")).as("seed %d", seed).isEqualTo(0L);
    assertThat(counted.get("other_fates")).as("seed %d", seed).isNotEqualTo(0L);
    assertThat(database.audit()).as("seed %d", seed).isEmpty();
  }

  private static void write(List<UUID> runs, int tracks, Random random) throws Exception {
    int rows = runs.size() * ROWS_PER_RUN / WRITERS;
    try (ForeignWriter writer = new ForeignWriter(database.plain())) {
      for (int left = rows; left > 0; left -= ROWS_AT_ONCE) {
        List<ForeignWriter.Row> some = new ArrayList<>();
        while (some.size() < ROWS_AT_ONCE) {
          some.add(randomRow(runs.get(random.nextInt(runs.size())), tracks, random));
          if (random.nextInt(4) == 0) {
            some.add(some.get(random.nextInt(some.size()))); // twice, or out of order
          }
        }
        writer.write(some);
      }
    }
  }

  private static ForeignWriter.Row randomRow(UUID run, int tracks, Random random) {
    String track = random.nextInt(50) == 0 ? "nobody" : "t" + random.nextInt(tracks);
    String type = TYPES.get(random.nextInt(TYPES.size()));
    ForeignWriter.Row row = row(run, track, type, "{\"n\": %d}".formatted(random.nextInt(9)));
    return random.nextInt(3) == 0
        ? new ForeignWriter.Row(run, track, type, row.payload(), 1 + random.nextInt(3))
        : row;
  }

  private static String randomWorkflow(String name, int tracks, Random random) {
    StringBuilder yaml =
        new StringBuilder(
            "workflow: " + name + "\ndefaults: {retry: {maxAttempts: 2, backoff: 1ms}}\ntracks:\n");
    for (int track = 0; track < tracks; track++) {
      List<String> dependencies =
          IntStream.range(0, track)
              .filter(upstream -> random.nextInt(3) == 0)
              .mapToObj(
                  upstream ->
                      random.nextInt(3) == 0
                          ? "{track: t" + upstream + ", on: data_ready}"
                          : "t" + upstream)
              .toList();
      yaml.append(
          "  t%d: {dependsOn: %s, onFailure: %s}%n"
              .formatted(track, dependencies, POLICIES.get(random.nextInt(POLICIES.size()))));
    }
    return yaml.toString();
  }

  /** Counted by what names an event, not by the absence of another fate. */
  private static Map<String, Object> account() {
    return database
        .sql()
        .queryForMap(
            """
            with events as materialized (
              select l.correlation_id, l.event_id, l.track_id, l.event_type
                from processing_logs l where l.correlation_id is not null and l.event_id is not null),
            fated as materialized (select correlation_id, event_id from track_coordination.event_fates),
            named as materialized (
              select correlation_id, unnest(array[trigger_event_id, source_event_id, data_event_id, result_event_id]) as event_id from track_coordination.activations),
            retried as materialized (
              select e.correlation_id, e.track_id, max(e.event_id) as event_id
                from events e left join fated f using (correlation_id, event_id)
               where e.event_type = 'retried' and f.event_id is null group by e.correlation_id, e.track_id),
            consumed as materialized (
              select correlation_id, event_id from named join events using (correlation_id, event_id)
              union
              -- ended an attempt that another followed
              select e.correlation_id, e.event_id from events e join retried r using (correlation_id, track_id)
                left join fated f on f.correlation_id = e.correlation_id and f.event_id = e.event_id
               where e.event_type in ('failed', 'timed_out') and e.event_id < r.event_id and f.event_id is null
              union
              -- began an attempt of an activation
              select e.correlation_id, e.event_id
                from events e
                join track_coordination.activation_states s on s.correlation_id = e.correlation_id and s.track_id = e.track_id and s.trigger_event_id is not null
                left join fated f on f.correlation_id = e.correlation_id and f.event_id = e.event_id
               where e.event_type = 'started' and f.event_id is null
              union
              -- the coordinator's own decisions
              select e.correlation_id, e.event_id from events e left join fated f using (correlation_id, event_id)
               where e.event_type in ('retried', 'skipped', 'cancelled') and f.event_id is null)
            select (select count(*) from events) as written,
                   (select count(*) from consumed) as consumed,
                   (select count(*) from events join fated using (correlation_id, event_id)) as other_fates,
                   (select count(*) from events join track_coordination.event_queue using (event_id)) as queued,
                   (select count(*) from consumed join fated using (correlation_id, event_id)) as counted_twice
            """);
  }
}
