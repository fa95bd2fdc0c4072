package org.trackcoordinator.coordinator;

import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.ManagementMBeansLevel;
import org.apache.camel.Producer;
import org.apache.camel.Service;
import org.apache.camel.management.DefaultManagementObjectStrategy;
import org.apache.camel.spi.DataFormat;
import org.apache.camel.spi.ManagementStrategy;
import org.apache.camel.support.LifecycleStrategySupport;

/**
 * Shows by JMX the context, its routes, its exchanges and threads, and nothing of what they are
 * made of: endpoints and what belongs to them would be four MBeans of five, with their share of
 * memory and of the time to start. The level {@code Default} of {@code jmxManagementMBeansLevel}
 * shows all.
 */
final class FewMBeans extends LifecycleStrategySupport {

  @Override
  public void onContextInitializing(CamelContext context) {
    ManagementStrategy management = context.getManagementStrategy();
    if (management.getManagementAgent() != null
        && management.getManagementAgent().getMBeansLevel() != ManagementMBeansLevel.Default) {
      management.setManagementObjectStrategy(new Shown());
    }
  }

  /** What is null is not shown. */
  private static final class Shown extends DefaultManagementObjectStrategy {

    @Override
    public Object getManagedObjectForComponent(
        CamelContext context, Component component, String name) {
      return null;
    }

    @Override
    public Object getManagedObjectForDataFormat(CamelContext context, DataFormat format) {
      return null;
    }

    @Override
    public Object getManagedObjectForEndpoint(CamelContext context, Endpoint endpoint) {
      return null;
    }

    @Override
    public Object getManagedObjectForConsumer(CamelContext context, Consumer consumer) {
      return null;
    }

    @Override
    public Object getManagedObjectForProducer(CamelContext context, Producer producer) {
      return null;
    }

    @Override
    public Object getManagedObjectForService(CamelContext context, Service service) {
      return null;
    }
  }
}
