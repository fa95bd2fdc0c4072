package org.trackcoordinator.api;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.MultiMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.ValueDefinition;
import org.apache.camel.model.rest.ParamDefinition;
import org.apache.camel.model.rest.RestDefinition;
import org.apache.camel.model.rest.RestParamType;
import org.apache.camel.model.rest.SecurityDefinition;
import org.apache.camel.model.rest.VerbDefinition;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.doors.Caller;
import org.trackcoordinator.doors.RefusedRequest;

/**
 * What one {@code rest} entry in {@code routes/api} says of itself: who may do it, and which
 * parameters it takes.
 *
 * @param role the least that may do it
 * @param path as it is declared, {@code /api/runs/{correlationId}}
 * @param parameters those of path and query, by name
 */
record Operation(Role role, String path, Map<String, Parameter> parameters) {

  /** How long the answer may be waited for, in seconds; no argument of the operation itself. */
  static final String WAIT = "wait";

  private static final JsonMapper JSON = new JsonMapper();

  /**
   * A parameter.
   *
   * @param inPath in the path, else in the query
   * @param integer a whole number, else text
   * @param allowed the values that it may have; empty for any
   */
  record Parameter(boolean inPath, boolean integer, List<String> allowed) {}

  /**
   * The entry for a method and path.
   *
   * @throws IllegalStateException if there is none, or another, or it does not say who may do it
   */
  static Operation of(CamelContext context, String method, String path) {
    List<VerbDefinition> verbs =
        ((ModelCamelContext) context)
            .getRestDefinitions().stream()
                .flatMap(
                    rest -> rest.getVerbs().stream().filter(verb -> path(rest, verb).equals(path)))
                .filter(verb -> verb.asVerb().equalsIgnoreCase(method))
                .toList();
    if (verbs.isEmpty()) {
      throw new IllegalStateException("no rest entry is for " + method + " " + path);
    } else if (verbs.size() > 1) {
      throw new IllegalStateException(
          "%s %s is in two rest entries: %s and %s"
              .formatted(method, path, verbs.get(0).getId(), verbs.get(1).getId()));
    }
    return of(verbs.get(0), path);
  }

  private static String path(RestDefinition rest, VerbDefinition verb) {
    return rest.getPath() + (verb.getPath() == null ? "" : verb.getPath());
  }

  private static Operation of(VerbDefinition verb, String path) {
    List<SecurityDefinition> security = verb.getSecurity();
    if (security == null || security.size() != 1) {
      throw new IllegalStateException(
          "rest entry %s does not say who may do it; give it security: [{key: token, scopes: reader}], or worker, or operator"
              .formatted(verb.getId()));
    }
    String scopes = security.get(0).getScopes();
    Role role =
        Stream.of(Role.values())
            .filter(known -> Caller.word(known).equals(scopes))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "rest entry %s is for the role '%s', which is none; there are reader, worker and operator"
                            .formatted(verb.getId(), scopes)));
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (ParamDefinition param : verb.getParams()) {
      parameters.put(
          param.getName(),
          new Parameter(
              param.getType() == RestParamType.path,
              "integer".equals(param.getDataType()),
              param.getAllowableValues() == null
                  ? List.of()
                  : param.getAllowableValues().stream().map(ValueDefinition::getValue).toList()));
    }
    return new Operation(role, path, parameters);
  }

  /**
   * The arguments that path and query bring, as the text of a JSON object.
   *
   * @throws RefusedRequest for a parameter that there is not, is there twice, or is no number
   */
  String arguments(Map<String, String> inPath, MultiMap query) {
    ObjectNode arguments = JSON.createObjectNode();
    inPath.forEach((name, value) -> put(arguments, name, value));
    for (String name : query.names()) {
      Parameter parameter = parameters.get(name);
      if (parameter == null || parameter.inPath()) {
        throw new RefusedRequest(
            400, "There is no parameter '" + shown(name) + "' here", "Allowed are: " + inQuery());
      } else if (query.getAll(name).size() > 1) {
        throw new RefusedRequest(400, "Parameter '" + name + "' is there twice", null);
      } else if (!name.equals(WAIT)) {
        put(arguments, name, query.get(name));
      }
    }
    return arguments.toString();
  }

  private void put(ObjectNode arguments, String name, String value) {
    Parameter parameter = parameters.get(name);
    if (parameter != null
        && !parameter.allowed().isEmpty()
        && !parameter.allowed().contains(value)) {
      throw new RefusedRequest(
          400,
          "'%s' is '%s'".formatted(name, shown(value)),
          "Allowed are: " + String.join(", ", parameter.allowed()));
    } else if (parameter != null && parameter.integer()) {
      arguments.put(name, integer(name, value));
    } else {
      arguments.put(name, value);
    }
  }

  static long wholeNumber(String name, String value) {
    if (value.startsWith("-")) {
      throw noNumber(name, value);
    }
    return integer(name, value);
  }

  /** Ids may be negative: a foreign writer numbers its events as it likes. */
  private static long integer(String name, String value) {
    if (!value.matches("-?\\d{1,19}")) {
      throw noNumber(name, value);
    }
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) { // it is too long
      throw noNumber(name, value);
    }
  }

  private static RefusedRequest noNumber(String name, String value) {
    return new RefusedRequest(
        400, "'%s' is '%s', not a whole number".formatted(name, shown(value)), null);
  }

  int parametersInPath() {
    return (int) parameters.values().stream().filter(Parameter::inPath).count();
  }

  private String inQuery() {
    String names =
        parameters.entrySet().stream()
            .filter(entry -> !entry.getValue().inPath())
            .map(Map.Entry::getKey)
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "none" : names;
  }

  private static String shown(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
