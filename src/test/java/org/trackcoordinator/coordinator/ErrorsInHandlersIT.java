package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.spi.InflightRepository;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trackcoordinator.testing.CoordinatedDatabase;

/**
 * A Java error (not an exception) in the route of a handler ends its attempt, wherever it happens.
 */
@Tag("track-coordination")
class ErrorsInHandlersIT {

  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension
  static final CoordinatedDatabase database =
      CoordinatedDatabase.coordinated(ErrorsInHandlersIT::worker);

  private static volatile CountDownLatch atWork;
  private static volatile CountDownLatch retried;

  @BeforeEach
  void load() {
    atWork = new CountDownLatch(1);
    retried = new CountDownLatch(1);
    database.load(
        """
        workflow: single
        tracks:
          scan: {handler: work, retry: {maxAttempts: 2, backoff: 1ms}}
        """);
  }

  /** The worker has one slot: were it not free again, nothing else would be done any more. */
  @ParameterizedTest
  @CsvSource({
    "step, java.lang.OutOfMemoryError",
    "step, java.lang.StackOverflowError",
    "step, java.lang.NoClassDefFoundError",
    "step, java.lang.AssertionError",
    "bean, java.lang.NoClassDefFoundError",
    "expression, java.lang.StackOverflowError",
    "other route, java.lang.OutOfMemoryError",
    "part of a split, java.lang.OutOfMemoryError",
    "part beside one at work, java.lang.NoClassDefFoundError",
    "joining of a split, java.lang.NoClassDefFoundError",
    "other thread, java.lang.OutOfMemoryError",
    "after a pause, java.lang.NoClassDefFoundError",
    "queue, java.lang.StackOverflowError",
    "result, java.lang.NoClassDefFoundError",
    "result, java.lang.OutOfMemoryError",
    "header, java.lang.NoClassDefFoundError",
  })
  void anErrorEndsTheAttemptAndTheNextOneIsDone(String place, String error) {
    UUID run =
        database.startRun(
            "single", "{\"place\": \"%s\", \"error\": \"%s\"}".formatted(place, error));
    database.awaitRunsEnded(1);
    assertThat(database.chain(run))
        .containsSubsequence(
            "scan triggered",
            "scan started",
            "scan failed",
            "scan retried",
            "scan started",
            "scan completed");
    assertThat(
            database.texts(
                "select payload #>> '{error,class}' from processing_logs where event_type = 'failed'"))
        .containsExactly(error);
    assertThat(database.state(run)).isEqualTo("completed");
    for (int i = 0; i < 3; i++) {
      database.startRun("single");
    }
    database.awaitRunsEnded(4);
    await("a stop has nothing to wait for").until(ErrorsInHandlersIT::nothingIsInFlight);
    assertThat(database.audit()).isEmpty();
  }

  /** No attempt, and no part of one. */
  private static boolean nothingIsInFlight() {
    InflightRepository inFlight = database.running().camel().getInflightRepository();
    return inFlight.size("work") == 0
        && inFlight.size("fails-or-works") == 0
        && inFlight.browse().stream()
            .noneMatch(one -> one.getExchange().getProperty(RunningAttempt.PROPERTY) != null);
  }

  private static RouteBuilder worker() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-work?handler=work&concurrency=1&lease=1h")
            .routeId("work")
            .process(ErrorsInHandlersIT::readWhatFails)
            .choice()
            .when(exchangeProperty("place").isEqualTo("step"))
            .process(ErrorsInHandlersIT::fail)
            .when(exchangeProperty("place").isEqualTo("bean"))
            .bean(ErrorsInHandlersIT.class, "fail")
            .when(exchangeProperty("place").isEqualTo("expression"))
            .setBody(exchange -> failing(exchange))
            .when(exchangeProperty("place").isEqualTo("other route"))
            .to("direct:fails")
            .when(exchangeProperty("place").isEqualTo("part of a split"))
            .split(constant(List.of(1, 2)))
            .parallelProcessing()
            .stopOnException()
            .process(ErrorsInHandlersIT::fail)
            .endChoice()
            .when(exchangeProperty("place").isEqualTo("part beside one at work"))
            .split(constant(List.of(1, 2)))
            .parallelProcessing()
            .stopOnException()
            .to("direct:fails-or-works")
            .endChoice()
            .when(exchangeProperty("place").isEqualTo("joining of a split"))
            .split(constant(List.of(1, 2)), joiningFails())
            .setBody(constant("{}"))
            .endChoice()
            .when(exchangeProperty("place").isEqualTo("other thread"))
            .to("direct:fails-elsewhere")
            .when(exchangeProperty("place").isEqualTo("after a pause"))
            .to("direct:fails-later")
            .when(exchangeProperty("place").isEqualTo("queue"))
            .to("seda:fails?waitForTaskToComplete=Always")
            .when(exchangeProperty("place").isEqualTo("result"))
            .process(exchange -> exchange.getMessage().setBody(new FailingResult(error(exchange))))
            .when(exchangeProperty("place").isEqualTo("header"))
            .process(
                exchange ->
                    exchange
                        .getMessage()
                        .setHeader("trackOutcome", new FailingText(error(exchange))))
            .otherwise()
            .process(exchange -> retried.countDown())
            .setBody(constant("{}"))
            .end();
        from("direct:fails").process(ErrorsInHandlersIT::fail);
        from("direct:fails-or-works")
            .routeId("fails-or-works")
            .process(ErrorsInHandlersIT::failOrWork);
        from("direct:fails-elsewhere").threads(2).process(ErrorsInHandlersIT::fail);
        from("direct:fails-later").delay(1).asyncDelayed().end().process(ErrorsInHandlersIT::fail);
        from("seda:fails").process(ErrorsInHandlersIT::fail);
      }
    };
  }

  /** The first attempt of those runs that say so. */
  private static void readWhatFails(Exchange exchange) throws Exception {
    JsonNode input = JSON.readTree(exchange.getMessage().getBody(String.class));
    if (exchange.getMessage().getHeader("trackAttempt", Integer.class) == 1) {
      exchange.setProperty("place", input.path("place").asText());
      exchange.setProperty("error", input.path("error").asText());
    }
  }

  private static String error(Exchange exchange) {
    return exchange.getProperty("error", String.class);
  }

  /** The bean of the route, and what its steps do. */
  public static void fail(Exchange exchange) {
    fail(error(exchange));
  }

  /** The first part fails while the second is at work, until the next attempt is. */
  private static void failOrWork(Exchange part) throws InterruptedException {
    if (part.getMessage().getBody(Integer.class) == 2) {
      atWork.countDown();
      retried.await();
    } else {
      atWork.await();
      fail(part);
    }
  }

  private static String failing(Exchange exchange) {
    fail(error(exchange));
    return "";
  }

  private static AggregationStrategy joiningFails() {
    return (before, part) -> {
      fail(error(part));
      return part;
    };
  }

  /** Throws what the JVM itself throws. */
  private static void fail(String error) {
    switch (error) {
      case "java.lang.OutOfMemoryError" -> System.out.println(new long[Integer.MAX_VALUE].length);
      case "java.lang.StackOverflowError" -> System.out.println(endless(1));
      case "java.lang.NoClassDefFoundError" -> System.out.println(unusable());
      default -> throw new AssertionError("what the route took for granted is not so");
    }
  }

  private static int endless(int depth) {
    return endless(depth + 1) + 1;
  }

  private static Object unusable() {
    try {
      return Unusable.VALUE;
    } catch (ExceptionInInitializerError first) {
      return Unusable.VALUE;
    }
  }

  /** A class that can't be initialized, as one whose library is missing. */
  private static final class Unusable {
    static final Object VALUE = Integer.valueOf("none");
  }

  /** A result that can't be written as JSON. */
  public record FailingResult(String error) {
    public String getText() {
      fail(error);
      return "";
    }
  }

  private record FailingText(String error) implements CharSequence {
    @Override
    public int length() {
      return toString().length();
    }

    @Override
    public char charAt(int index) {
      return toString().charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return toString();
    }

    @Override
    public String toString() {
      fail(error);
      return "";
    }
  }
}
