package org.trackcoordinator.coordinator;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.apache.camel.spi.RouteController;

/**
 * Stands before the route controller of a context and tells of every command that a hand gives it.
 * Camel itself tells nobody: suspending what is suspended already raises no event, and the status
 * does not say who did it.
 */
final class RouteHands implements InvocationHandler {

  /** What a hand does to routes. */
  enum Command {
    SUSPEND,
    RESUME
  }

  /** Who wants to know. */
  interface Watcher {

    /**
     * Carries a command out.
     *
     * @param route the id of a route, of all in a group if {@code group} is set, of all if both are
     *     null
     */
    Object byHand(Command command, String route, String group, Call call) throws Throwable;
  }

  /** The command itself. */
  interface Call {
    Object run() throws Throwable;
  }

  private final RouteController routes;
  private final Watcher watcher;

  private RouteHands(RouteController routes, Watcher watcher) {
    this.routes = routes;
    this.watcher = watcher;
  }

  static RouteController before(RouteController routes, Watcher watcher) {
    return (RouteController)
        Proxy.newProxyInstance(
            RouteHands.class.getClassLoader(),
            new Class<?>[] {RouteController.class},
            new RouteHands(routes, watcher));
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    Call call = () -> call(method, arguments);
    String first = arguments != null && arguments[0] instanceof String id ? id : null;
    return switch (method.getName()) {
      case "suspendRoute", "stopRoute" -> watcher.byHand(Command.SUSPEND, first, null, call);
      case "resumeRoute", "startRoute" -> watcher.byHand(Command.RESUME, first, null, call);
      case "stopRouteGroup" -> watcher.byHand(Command.SUSPEND, null, first, call);
      case "startRouteGroup" -> watcher.byHand(Command.RESUME, null, first, call);
      case "stopAllRoutes" -> watcher.byHand(Command.SUSPEND, null, null, call);
      case "startAllRoutes" -> watcher.byHand(Command.RESUME, null, null, call);
      default -> call.run();
    };
  }

  private Object call(Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(routes, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
