package org.trackcoordinator.management;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.jolokia.json.JSONObject;

/**
 * Says in a list of MBeans which operations its reader may call, as Hawtio looks for it before it
 * offers one: {@code canInvoke} of each, by its name ({@code op}) and by its signature ({@code
 * opByString}).
 */
final class CallableOperations {

  private static final String MAY_CALL = "canInvoke";

  private CallableOperations() {}

  /**
   * Adds it.
   *
   * @param list MBeans by their domain and the rest of their name; other values stay as they are
   * @param mayCall whether an operation may be called that is asked for by this text
   */
  static void tell(Map<?, ?> list, BiPredicate<ObjectName, String> mayCall) {
    list.forEach(
        (domain, beans) ->
            asMap(beans)
                .forEach((rest, bean) -> tellOf(domain + ":" + rest, asMap(bean), mayCall)));
  }

  private static void tellOf(
      String name, Map<String, Object> bean, BiPredicate<ObjectName, String> mayCall) {
    if (bean.get("op") == null) {
      return;
    }
    try {
      ObjectName called = new ObjectName(name);
      JSONObject bySignature = new JSONObject();
      asMap(bean.get("op"))
          .forEach(
              (operation, forms) -> {
                boolean byName = mayCall.test(called, operation);
                for (Object form :
                    forms instanceof Collection<?> several ? several : List.of(forms)) {
                  String signature = operation + parameters(asMap(form));
                  boolean may = byName || mayCall.test(called, signature);
                  asMap(form).put(MAY_CALL, may);
                  bySignature.put(signature, Map.of(MAY_CALL, may));
                }
              });
      bean.put("opByString", bySignature);
    } catch (MalformedObjectNameException e) {
      // a list in another form, that Hawtio does not ask for
    }
  }

  private static String parameters(Map<String, Object> form) {
    Collection<?> all = form.get("args") instanceof Collection<?> list ? list : List.of();
    return all.stream()
        .map(parameter -> String.valueOf(asMap(parameter).get("type")))
        .collect(Collectors.joining(",", "(", ")"));
  }

  private static Map<String, Object> asMap(Object value) {
    return value instanceof JSONObject map ? map : new JSONObject(); // cut off, say, by maxDepth
  }
}
