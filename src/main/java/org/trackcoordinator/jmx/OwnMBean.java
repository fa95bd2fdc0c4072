package org.trackcoordinator.jmx;

import java.lang.management.ManagementFactory;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.StandardMBean;

/**
 * Something of one instance, shown by JMX as {@code org.trackcoordinator:type=…,instance=…}, with
 * the {@link Description}s of its interface.
 */
public final class OwnMBean extends StandardMBean {

  /** The domain of all MBeans of ours. */
  public static final String DOMAIN = "org.trackcoordinator";

  private <T> OwnMBean(T shown, Class<T> type) {
    super(shown, type, true);
  }

  /**
   * Shows it from now on.
   *
   * @param type an interface whose name ends in MXBean; the rest is its name in consoles
   * @param instance the name of the instance: a process may have several
   * @return its name, for {@link #hide}
   * @throws IllegalStateException if it can't be shown
   */
  public static <T> ObjectName show(T shown, Class<T> type, String instance) {
    try {
      ObjectName name =
          new ObjectName(
              "%s:type=%s,instance=%s"
                  .formatted(
                      DOMAIN,
                      type.getSimpleName().replaceFirst("MXBean$", ""),
                      ObjectName.quote(instance)));
      server().registerMBean(new OwnMBean(shown, type), name);
      return name;
    } catch (JMException e) {
      throw new IllegalStateException(type.getSimpleName() + " can't be shown by JMX", e);
    }
  }

  /** Shows it no longer; it may be gone already. */
  public static void hide(ObjectName name) {
    try {
      if (server().isRegistered(name)) {
        server().unregisterMBean(name);
      }
    } catch (JMException e) {
      throw new IllegalStateException(name + " can't be taken away from JMX", e);
    }
  }

  private static MBeanServer server() {
    return ManagementFactory.getPlatformMBeanServer();
  }

  @Override
  protected String getDescription(MBeanInfo info) {
    return text(getMBeanInterface());
  }

  @Override
  protected String getDescription(MBeanAttributeInfo attribute) {
    String getter = (attribute.isIs() ? "is" : "get") + attribute.getName();
    return text(method(getter, 0));
  }

  @Override
  protected String getDescription(MBeanOperationInfo operation) {
    return text(method(operation.getName(), operation.getSignature().length));
  }

  @Override
  protected String getDescription(
      MBeanOperationInfo operation, MBeanParameterInfo parameter, int sequence) {
    return text(parameter(operation, sequence));
  }

  @Override
  protected String getParameterName(
      MBeanOperationInfo operation, MBeanParameterInfo parameter, int sequence) {
    return parameter(operation, sequence).getName();
  }

  @Override
  protected int getImpact(MBeanOperationInfo operation) {
    return operation.getReturnType().equals("void")
        ? MBeanOperationInfo.ACTION
        : MBeanOperationInfo.INFO;
  }

  private Parameter parameter(MBeanOperationInfo operation, int sequence) {
    return method(operation.getName(), operation.getSignature().length).getParameters()[sequence];
  }

  private Method method(String name, int parameters) {
    return Stream.of(getMBeanInterface().getMethods())
        .filter(method -> method.getName().equals(name))
        .filter(method -> method.getParameterCount() == parameters)
        .findFirst()
        .orElseThrow();
  }

  private static String text(AnnotatedElement element) {
    Description description = element.getAnnotation(Description.class);
    if (description == null) {
      throw new IllegalStateException(element + " has no description");
    }
    return description.value();
  }
}
