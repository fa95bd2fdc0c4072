package org.trackcoordinator.coordinator;

import java.util.function.Supplier;
import javax.sql.DataSource;
import org.apache.camel.CamelContext;
import org.trackcoordinator.contact.Contact;
import org.trackcoordinator.observe.Metrics;

/**
 * What the parts of an instance find around them.
 *
 * @param instance its name
 * @param pool for the routes; its sessions have {@code track.own} set
 * @param connections gives the connection that listens; not pooled
 * @param contact what is known of the database's being there
 * @param camel the context, once it is made
 */
record Surroundings(
    String instance,
    DataSource pool,
    DataSource connections,
    Contact contact,
    Metrics metrics,
    Supplier<CamelContext> camel) {

  /** A setting, from any source of properties. */
  String property(String key) {
    return camel.get().resolvePropertyPlaceholders("{{" + key + "}}");
  }
}
