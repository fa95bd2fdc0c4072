package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.SocketException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.camel.CamelExchangeException;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.spi.InflightRepository;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.observe.Metrics;
import org.trackcoordinator.testing.BareCamel;

@Tag("track-coordination")
class SmallPartsTest {

  @Test
  void statementsAreThoseOfTheFolderBeforeAllOthersOfTheirName(@TempDir Path directory)
      throws IOException {
    for (String place : List.of("mine/sql", "others/sql")) {
      Path folder = Files.createDirectories(directory.resolve(place));
      Files.writeString(folder.resolve("settle.sql"), place);
    }
    Files.writeString(directory.resolve("others/sql/other.sql"), "found too");
    Files.writeString(directory.resolve("mine/errors.camel.yaml"), "");
    try (URLClassLoader others =
        new URLClassLoader(new URL[] {directory.resolve("others").toUri().toURL()})) {
      ClassLoader mine = RoutesFolder.at(directory.resolve("mine")).classLoader(others);
      assertThat(mine.getResourceAsStream("sql/settle.sql")).hasContent("mine/sql");
      assertThat(mine.getResourceAsStream("sql/other.sql")).hasContent("found too");
      assertThat(mine.getResourceAsStream("sql/none.sql")).isNull();
    }
  }

  @Test
  void arraysAreReadWithQuotesEscapesAndNulls() {
    assertThat(PostgresArrays.elements("{drive,\"a \\\"b\\\", {c}\",NULL,\"NULL\",x\\,y}"))
        .containsExactly("drive", "a \"b\", {c}", null, "NULL", "x,y");
    assertThat(PostgresArrays.elements("{}")).isEmpty();
    assertThat(PostgresArrays.elements(null)).isEmpty();
  }

  @Test
  void groupsAreJoinedInOrderAndEmptyOnesLeftOut() {
    JoinGroups join = new JoinGroups();
    Exchange sum = join.aggregate(null, group(0, "{}"));
    sum = join.aggregate(sum, group(2, "{1,2}"));
    sum = join.aggregate(sum, BareCamel.exchange());
    sum = join.aggregate(sum, group(1, "{3}"));
    Map<?, ?> body = sum.getMessage().getBody(Map.class);
    assertThat(body.get("activations")).isEqualTo(3L);
    assertThat(body.get("track_nos")).isEqualTo("{1,2,3}");
  }

  @Test
  void anAttemptIsDueWhenAThirdOfItsLeaseIsOverOrFiveSeconds() {
    assertThat(dueAfter("30s", 4.9)).isFalse();
    assertThat(dueAfter("30s", 5)).as("so that a cancel is learned").isTrue();
    assertThat(dueAfter("3s", 0.9)).isFalse();
    assertThat(dueAfter("3s", 1)).isTrue();
    RunningAttempt lost = running("3s");
    lost.lose("its run is cancelled");
    assertThat(lost.isDue(lost.attempt().claimedNanos() + 10_000_000_000L)).isFalse();
  }

  private static boolean dueAfter(String lease, double seconds) {
    RunningAttempt running = running(lease);
    return running.isDue(running.attempt().claimedNanos() + (long) (seconds * 1e9));
  }

  private static RunningAttempt running(String lease) {
    Attempt attempt = new Attempt("scan", "run", "scan", 1, 1, "{}", null, null, false, null, 7);
    return new RunningAttempt(attempt, null, "exchange", Duration.parse("PT" + lease));
  }

  private static Exchange group(int activations, String array) {
    Map<String, Object> body = new HashMap<>();
    body.put("activations", (long) activations);
    for (String name :
        new String[] {"correlation_ids", "track_nos", "trigger_event_ids", "source_event_ids"}) {
      body.put(name, array);
    }
    Exchange exchange = BareCamel.exchange();
    exchange.getMessage().setBody(body);
    return exchange;
  }

  @Test
  void aBatchIsHalvedDownToOneAndGrowsBack() {
    EventBatch batch = new EventBatch(5, new Metrics());
    batch.halve();
    batch.halve();
    batch.halve();
    assertThat(batch.getSize()).isEqualTo(1);
    batch.grow();
    batch.grow();
    batch.grow();
    assertThat(batch.getSize()).isEqualTo(5);
  }

  @Test
  void errorsAreToldWithoutWrappersAndNul() {
    Exchange exchange = BareCamel.exchange();
    Exception wrapped =
        new CamelExecutionException(
            "wrapper",
            exchange,
            new CamelExchangeException("split", exchange, new SocketException("a\0b")));
    assertThat(Errors.className(wrapped)).isEqualTo("java.net.SocketException");
    assertThat(Errors.message(wrapped)).isEqualTo("a\\0b");
    assertThat(Errors.message(new IllegalStateException())).isEqualTo("IllegalStateException");
    assertThat(Errors.message(new IllegalStateException("x".repeat(20_000)))).hasSize(10_001);
  }

  @Test
  void theExchangesInFlightAreReadHoweverManyThereAreAndTheirOldestPartIsKnown() {
    Exchange whole = BareCamel.exchange();
    InflightRepository registry = whole.getContext().getInflightRepository();
    registry.setInflightBrowseEnabled(true);
    registry.add(whole);
    Exchange oldest = partOf(whole, "oldest");
    long begun = oldest.getClock().getCreated();
    await().pollDelay(Duration.ZERO).until(() -> System.currentTimeMillis() > begun);
    List<Exchange> parts = new ArrayList<>();
    while (System.currentTimeMillis() < begun + 40) { // of many ages
      parts.add(partOf(whole, "younger"));
    }
    Collections.shuffle(parts, new Random(7));
    parts.stream().limit(5000).forEach(registry::add);
    registry.add(oldest);
    for (int look = 0; look < 30; look++) { // each lasts long enough for ages to change meanwhile
      InFlight inFlight = new InFlight(registry);
      assertThat(inFlight.has(whole.getExchangeId())).isTrue();
      assertThat(inFlight.step(whole.getExchangeId())).isEqualTo("oldest");
    }
  }

  private static Exchange partOf(Exchange whole, String route) {
    Exchange part = BareCamel.exchange();
    part.setProperty(ExchangePropertyKey.CORRELATION_ID, whole.getExchangeId());
    part.getExchangeExtension().setFromRouteId(route);
    return part;
  }
}
