package org.trackcoordinator.testkit.usage;

import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What an extension is told of a test. */
final class Tests {

  private Tests() {}

  static ExtensionContext succeeded() {
    return test(Optional.empty(), Set.of());
  }

  static ExtensionContext failed() {
    return test(Optional.of(new AssertionError("red")), Set.of());
  }

  static ExtensionContext tagged(String tag) {
    return test(Optional.empty(), Set.of(tag));
  }

  private static ExtensionContext test(Optional<Throwable> failure, Set<String> tags) {
    return (ExtensionContext)
        Proxy.newProxyInstance(
            Tests.class.getClassLoader(),
            new Class<?>[] {ExtensionContext.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getExecutionException" -> failure;
                  case "getTags" -> tags;
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }
}
