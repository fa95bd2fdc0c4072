package org.trackcoordinator.observe;

import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

/** What the standard settings of OpenTelemetry say of traces. */
public final class TraceSettings {

  private TraceSettings() {}

  /**
   * Whether the environment says where traces are to go: an endpoint for OTLP, or the exporter by
   * name.
   */
  public static boolean areWanted(Map<String, String> environment) {
    String exporter = environment.getOrDefault("OTEL_TRACES_EXPORTER", "").strip();
    boolean named =
        !exporter.isEmpty()
            || !environment.getOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT", "").isBlank()
            || !environment.getOrDefault("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "").isBlank();
    String disabled = environment.getOrDefault("OTEL_SDK_DISABLED", "").strip();
    return named && !exporter.equals("none") && !disabled.toLowerCase(Locale.ROOT).equals("true");
  }

  /**
   * Which part of the traces without a parent is sampled, from 0 to 1.
   *
   * @param setting the value of a property, or null
   * @return empty if the sampler is none of the standard ones
   */
  static OptionalDouble ratio(UnaryOperator<String> setting) {
    String sampler = setting.apply("otel.traces.sampler");
    String part = setting.apply("otel.traces.sampler.arg");
    return switch (sampler == null ? "always_on" : sampler.replaceFirst("^parentbased_", "")) {
      case "always_on" -> OptionalDouble.of(1);
      case "always_off" -> OptionalDouble.of(0);
      case "traceidratio" -> OptionalDouble.of(part == null ? 1 : Double.parseDouble(part));
      default -> OptionalDouble.empty();
    };
  }
}
