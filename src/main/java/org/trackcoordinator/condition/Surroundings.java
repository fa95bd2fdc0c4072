package org.trackcoordinator.condition;

import org.apache.camel.CamelContext;
import org.apache.camel.TypeConverter;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.PropertiesSource;
import org.apache.camel.support.DefaultRegistry;

/**
 * The Camel context that conditions are evaluated in: one without routes, whose type converter
 * compares numbers as they are. That can't be changed for the routes of users.
 */
final class Surroundings extends DefaultCamelContext {

  private Surroundings() {
    super(false);
  }

  /**
   * @param source whose beans and properties it has too; null: none
   */
  static CamelContext of(CamelContext source) {
    Surroundings camel = new Surroundings();
    camel.getCamelContextExtension().setName("conditions");
    if (source != null) {
      camel.setApplicationContextClassLoader(source.getApplicationContextClassLoader());
      camel.getCamelContextExtension().setRegistry(new DefaultRegistry(source.getRegistry()));
      camel.getPropertiesComponent().addPropertiesSource(propertiesOf(source));
    }
    camel.build();
    return camel;
  }

  @Override
  public TypeConverter getTypeConverter() {
    return new ExactNumbers(super.getTypeConverter());
  }

  private static PropertiesSource propertiesOf(CamelContext source) {
    return new PropertiesSource() {
      @Override
      public String getName() {
        return "of the coordinator";
      }

      @Override
      public String getProperty(String name) {
        return source.getPropertiesComponent().resolveProperty(name).orElse(null);
      }
    };
  }
}
