package org.trackcoordinator.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.main.MainConfigurationProperties;
import org.apache.camel.spi.Registry;
import org.apache.camel.support.DefaultRegistry;
import org.apache.camel.test.main.junit5.CamelMainTestSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.trackcoordinator.coordinator.Circuits;

/**
 * Runs the route files of the sample tracks as they stand, on their own settings; only the kamelets
 * are replaced, by ones that a test drives and watches.
 */
@Tag("e2e-track-workflow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TrackRoutes extends CamelMainTestSupport {

  static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  final Path folder =
      Path.of("target", "track-tests", getClass().getSimpleName() + "-" + UUID.randomUUID());

  Circuits circuits;

  /** Settings beyond the folders, by key. */
  Map<String, String> settings() throws Exception {
    return Map.of();
  }

  @Override
  protected CamelContext createCamelContext() throws Exception {
    var properties = new Properties();
    properties.put("drive.endpoint", "file:" + drive() + "?tempPrefix=.uploading-");
    properties.put("file-management.source", "file:" + drive());
    properties.put("file-management.target", "file:" + documents());
    properties.putAll(settings());
    camelContextConfiguration().withUseOverridePropertiesWithPropertiesComponent(properties);
    return super.createCamelContext();
  }

  @Override
  protected void configure(MainConfigurationProperties configuration) {
    configuration.withRoutesIncludePattern(
        "file:routes/errors.camel.yaml,file:routes/tracks/*.camel.yaml");
  }

  @Override
  protected String getPropertyPlaceholderLocations() {
    return "file:routes/tracks/tracks.properties,file:src/test/resources/tracks-by-hand.properties";
  }

  /** What route files refer to while they are read; Camel has no newer hook that early. */
  @Override
  @SuppressWarnings("deprecation")
  protected Registry createCamelRegistry() throws Exception {
    var defaults = new Properties();
    try (var in = Files.newInputStream(Path.of("routes/maintenance/maintenance.properties"))) {
      defaults.load(in);
    }
    circuits = new Circuits(defaults::getProperty);
    var registry = new DefaultRegistry();
    registry.bind("circuits", circuits);
    return registry;
  }

  @Override
  protected void bindToRegistry(Registry registry) {
    registry.bind("objectMapper", JSON);
  }

  Path drive() {
    return folder.resolve("drive");
  }

  Path documents() {
    return folder.resolve("documents");
  }

  /** The input of one attempt of a track: JSON text and the headers that the kamelet sets. */
  final Attempt attempt(String handler, Map<String, ?> input) {
    return new Attempt(handler, text(input), UUID.randomUUID().toString(), new HashMap<>());
  }

  /** As the kamelet does with what a route hands on. */
  static String text(Object value) {
    try {
      return value instanceof String text ? text : JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(String json) {
    try {
      return JSON.readValue(json, Map.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(json, e);
    }
  }

  /** One attempt of an activation; running it again is the next attempt with the same input. */
  final class Attempt {

    private final String handler;
    private final String input;
    final String correlationId;
    private final Map<String, Object> headers;

    private Attempt(
        String handler, String input, String correlationId, Map<String, Object> headers) {
      this.handler = handler;
      this.input = input;
      this.correlationId = correlationId;
      this.headers = headers;
    }

    Attempt in(String run) {
      return new Attempt(handler, input, run, headers);
    }

    Attempt header(String name, Object value) {
      headers.put(name, value);
      return this;
    }

    private Exchange run() {
      return template.request(
          "direct:claim-" + handler,
          exchange -> {
            exchange.getMessage().setBody(input);
            exchange.getMessage().setHeaders(new HashMap<>(headers));
            exchange.getMessage().setHeader("trackCorrelationId", correlationId);
            exchange.getMessage().setHeader("trackId", handler);
            exchange.getMessage().setHeader("trackAttempt", 1);
            exchange.getMessage().setHeader("trackIdempotencyKey", correlationId + "/" + handler);
            exchange.getMessage().setHeader("trackUserId", "tanaka");
          });
    }

    /** What the track hands on, through JSON text as to its successor. */
    Map<String, Object> result() {
      var exchange = run();
      if (exchange.getException() != null) {
        throw new AssertionError("the attempt failed", exchange.getException());
      }
      return map(text(exchange.getMessage().getBody()));
    }

    /** The exchange of an attempt that succeeded. */
    Exchange exchange() {
      var exchange = run();
      if (exchange.getException() != null) {
        throw new AssertionError("the attempt failed", exchange.getException());
      }
      return exchange;
    }

    /** Why the attempt failed, without the wrapper that a circuit breaker puts around it. */
    Exception failure() {
      var exception = run().getException();
      if (exception != null
          && exception.getClass() == RuntimeCamelException.class
          && exception.getCause() instanceof Exception cause) {
        return cause;
      }
      if (exception == null) {
        throw new AssertionError("the attempt succeeded");
      }
      return exception;
    }
  }
}
