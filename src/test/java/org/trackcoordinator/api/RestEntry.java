package org.trackcoordinator.api;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.model.ModelCamelContext;
import org.trackcoordinator.config.ApiToken.Role;

/**
 * A {@code rest} entry of a running instance: tests that go through all of them meet a new one by
 * themselves.
 *
 * @param path with its parameters, {@code /api/runs/{correlationId}}
 */
record RestEntry(String id, String method, String path, Role role) {

  /** A run that there is not. */
  static final String NO_RUN = "0198c1f0-7a3b-7c11-9a3e-5a3c1d2e4f60";

  private static final Pattern PARAMETER = Pattern.compile("\\{([^}]+)}");

  private static final Map<String, String> EXAMPLES =
      Map.of(
          "correlationId", NO_RUN,
          "workflow", "chain",
          "trackId", "gmail",
          "handler", "gmail",
          "eventId", "1",
          "hash", "0123456789abcdef");

  static List<RestEntry> all(CamelContext context) {
    return ((ModelCamelContext) context)
        .getRestDefinitions().stream()
            .flatMap(
                rest ->
                    rest.getVerbs().stream()
                        .map(
                            verb ->
                                new RestEntry(
                                    verb.getId(),
                                    verb.asVerb().toUpperCase(Locale.ROOT),
                                    rest.getPath() + (verb.getPath() == null ? "" : verb.getPath()),
                                    Role.valueOf(
                                        verb.getSecurity()
                                            .get(0)
                                            .getScopes()
                                            .toUpperCase(Locale.ROOT)))))
            .toList();
  }

  /** Its path with something for each parameter. */
  String target() {
    return target(EXAMPLES);
  }

  /** Its path with these for parameters. */
  String target(Map<String, String> values) {
    return PARAMETER
        .matcher(path)
        .replaceAll(
            found -> {
              String value = values.getOrDefault(found.group(1), EXAMPLES.get(found.group(1)));
              if (value == null) {
                throw new IllegalStateException(
                    "say in RestEntry what stands for {" + found.group(1) + "}");
              }
              return value;
            });
  }

  /** A request without a token. */
  RawRequest request() {
    return RawRequest.of(method, target());
  }

  @Override
  public String toString() {
    return method + " " + path;
  }
}
