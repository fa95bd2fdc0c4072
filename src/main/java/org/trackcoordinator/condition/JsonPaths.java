package org.trackcoordinator.condition;

import com.jayway.jsonpath.JsonPath;
import org.apache.camel.CamelContext;
import org.apache.camel.Predicate;
import org.apache.camel.model.language.JsonPathExpression;

/**
 * JSONPath as a condition: true where the path leads to something other than false, null or an
 * empty list. A path that leads nowhere is false, not an error.
 */
final class JsonPaths {

  private JsonPaths() {}

  /**
   * @throws RuntimeException if it is no JSONPath
   */
  static Predicate compile(String path, CamelContext camel) {
    JsonPath.compile(path); // Camel would find out only when it is evaluated
    JsonPathExpression expression = new JsonPathExpression(path);
    expression.setSuppressExceptions("true");
    expression.setAllowSimple("false");
    expression.setAllowEasyPredicate("false");
    return expression.createPredicate(camel);
  }
}
