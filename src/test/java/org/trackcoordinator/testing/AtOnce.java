package org.trackcoordinator.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/** Tasks on threads of their own, let go at the same moment. */
public final class AtOnce {

  private AtOnce() {}

  /** What a thread does. */
  public interface Task<T> {
    T run() throws Exception;
  }

  /**
   * Runs task 0 to n-1 and returns their results in this order.
   *
   * @throws Exception the first failure, after all have ended
   */
  public static <T> List<T> run(int n, IntFunction<Task<T>> tasks) throws Exception {
    CyclicBarrier barrier = new CyclicBarrier(n);
    ExecutorService threads = Executors.newFixedThreadPool(n);
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        Task<T> task = tasks.apply(i);
        futures.add(
            threads.submit(
                () -> {
                  barrier.await();
                  return task.run();
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
