package org.trackcoordinator.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.function.Supplier;

/** Bounds by the thread's own CPU time, which a busy machine does not stretch. */
public final class CpuTime {

  private CpuTime() {}

  /** What the work gives, after a check that it took no longer. */
  public static <T> T atMost(Duration limit, Supplier<T> work) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime();
    T result = work.get();
    assertThat(Duration.ofNanos(threads.getCurrentThreadCpuTime() - before)).isLessThan(limit);
    return result;
  }
}
