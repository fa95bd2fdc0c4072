package org.trackcoordinator.coordinator;

import org.apache.camel.CamelContext;
import org.apache.camel.main.Main;
import org.trackcoordinator.reload.EditableCamelContext;

/** Camel's main with a context whose routes can be replaced while it works. */
final class EditableMain extends Main {

  @Override
  protected CamelContext createCamelContext() {
    EditableCamelContext context = new EditableCamelContext();
    context.getCamelContextExtension().setRegistry(registry);
    context.getGlobalOptions().put("CamelMainClass", Coordinator.class.getName());
    return context;
  }
}
