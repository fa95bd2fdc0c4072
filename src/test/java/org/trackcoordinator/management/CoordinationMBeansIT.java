package org.trackcoordinator.management;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import javax.management.MBeanFeatureInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Our MBeans, as Hawtio sees them. */
@Tag("track-coordination")
class CoordinationMBeansIT {

  private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension static final ManagedCoordinator instance = new ManagedCoordinator(database);

  private static JsonNode attribute(String type, String name) throws Exception {
    JsonNode answer =
        instance.jolokia(
            Map.of("type", "read", "mbean", instance.own(type).toString(), "attribute", name));
    assertThat(answer.path("status").asInt()).as(answer.toString()).isEqualTo(200);
    return answer.path("value");
  }

  private static JsonNode why(String correlationId, String track) throws Exception {
    return instance.jolokia(
        Map.of(
            "type",
            "exec",
            "mbean",
            instance.own("Runs").toString(),
            "operation",
            "why(java.lang.String,java.lang.String)",
            "arguments",
            new String[] {correlationId, track}));
  }

  private static UUID waitingRun() {
    database.load("{workflow: chain, tracks: {gmail: {}, drive: {dependsOn: [gmail]}}}");
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "triggered");
    return run;
  }

  @Test
  void runsAreCountedByState() throws Exception {
    assertThat(attribute("Runs", "ByState")).isEmpty();
    waitingRun();
    UUID cancelled = database.startRun("chain");
    database.count(
        "select count(*) from track_coordination.cancel('%s', 'test')".formatted(cancelled));

    JsonNode states = attribute("Runs", "ByState");

    assertThat(states.path("running").asLong()).isEqualTo(1);
    assertThat(states.path("cancelled").asLong()).isEqualTo(1);
    assertThat(attribute("Runs", "Running").asLong()).isEqualTo(1);
  }

  @Test
  void whySaysWhereATrackIsAndWhatItWaitsFor() throws Exception {
    UUID run = waitingRun();

    assertThat(why(run.toString(), "drive").path("value").asText())
        .startsWith("drive waits for gmail; gmail ")
        .contains("; unblocked by ");
    assertThat(why(" " + run + " ", "").path("value").asText().lines())
        .anyMatch(line -> line.startsWith("gmail "))
        .anyMatch(line -> line.startsWith("drive "));
  }

  @ParameterizedTest
  @CsvSource({
    "x, gmail, This is no correlation id",
    "'', '', This is no correlation id",
    "01890a5d-ac96-774b-bcce-b302099a8057, gmail, There is no run",
  })
  void whySaysWhatIsWrongWithTheQuestion(String run, String track, String error) throws Exception {
    JsonNode answer = why(run, track);
    assertThat(answer.path("status").asInt()).isEqualTo(500);
    assertThat(answer.path("error").asText()).containsIgnoringCase(error);
    assertThat(answer.has("stacktrace")).isFalse();
  }

  @Test
  void queuesTellHowMuchWaits() throws Exception {
    waitingRun();

    JsonNode depths = attribute("Queues", "Depths");

    assertThat(depths.findValuesAsText("handler")).contains("gmail");
    assertThat(attribute("Queues", "Depth").asLong()).isEqualTo(1);
    JsonNode gmail = depths.get(1);
    assertThat(gmail.path("depth").asLong()).isEqualTo(1);
    assertThat(gmail.path("ready").asLong()).isEqualTo(1);
    assertThat(gmail.path("oldestMillis").asLong()).isBetween(0L, 600_000L);
  }

  @Test
  void closedGatesTellTheReason() throws Exception {
    waitingRun();
    assertThat(attribute("Gates", "Closed")).isEmpty();
    database.count(
        "select 1 from (select track_coordination.hold(handler => 'drive', who => '佐藤', why => 'month end')) h");

    JsonNode gate = attribute("Gates", "Closed").get(0);

    assertThat(gate.path("subject").asText()).isEqualTo("handler drive");
    assertThat(gate.path("kind").asText()).isEqualTo("pause");
    assertThat(gate.path("reason").asText()).contains("month end");
    assertThat(gate.path("who").asText()).isEqualTo("佐藤");
    assertThat(gate.path("since").asText()).isNotEmpty();
    assertThat(attribute("Gates", "Circuits")).isEmpty();
  }

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS)
  void quarantineIsCounted() throws Exception {
    assertThat(attribute("Quarantine", "Waiting").asLong()).isZero();
    assertThat(attribute("Quarantine", "Oldest").asText()).isEmpty();
    database.count(
        "with w as (insert into processing_logs (correlation_id, track_id, event_type)"
            + " values (gen_random_uuid(), 'nobody-knows-it', 'completed') returning 1)"
            + " select count(*) from w");
    await()
        .untilAsserted(() -> assertThat(attribute("Quarantine", "Waiting").asLong()).isEqualTo(1));
    assertThat(attribute("Quarantine", "Oldest").asText()).startsWith("20");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Runs", "Queues", "Gates", "Quarantine", "Backpressure"})
  void allOfThemIsDescribed(String type) throws Exception {
    MBeanInfo info = SERVER.getMBeanInfo(instance.own(type));
    assertThat(info.getDescription()).endsWith(".");
    assertThat(info.getAttributes()).isNotEmpty();
    Stream.of(info.getAttributes(), info.getOperations())
        .flatMap(Stream::of)
        .map(MBeanFeatureInfo::getDescription)
        .forEach(text -> assertThat(text).matches("[A-Z][^ ]* .*[.?]"));
    for (MBeanOperationInfo operation : info.getOperations()) {
      for (MBeanParameterInfo parameter : operation.getSignature()) {
        assertThat(parameter.getName()).doesNotMatch("(p|arg)\\d");
        assertThat(parameter.getDescription()).endsWith(".");
      }
    }
  }

  @Test
  void theyGoWithTheInstance() throws Exception {
    ObjectName runs = new ObjectName("org.trackcoordinator:type=Runs,instance=\"another\"");
    try (Coordination another =
        new Coordination("another", database.plain(), database.database().contact())) {
      assertThat(SERVER.isRegistered(runs)).as(another.toString()).isTrue();
    }
    assertThat(SERVER.isRegistered(runs)).isFalse();
  }
}
