package org.trackcoordinator.jmx;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** On an MXBean's interface, its getters, operations and their parameters: what consoles show. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.PARAMETER})
public @interface Description {

  /** For people: a sentence, with the unit where there is one. */
  String value();
}
