package org.trackcoordinator.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The test needs things that not every machine has: {@code @Needs(Tool.PGBOUNCER)}. Where one is
 * missing it is skipped, and the reason says how to get it; where the system property {@code
 * tracks.require} names it ({@code -Dtracks.require=pgbouncer,psql}, or {@code all}) it fails, so
 * that what CI is to test can't go missing unnoticed.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(NeedsCondition.class)
public @interface Needs {

  /** All of them. */
  Tool[] value();
}
