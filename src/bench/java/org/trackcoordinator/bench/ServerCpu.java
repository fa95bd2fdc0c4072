package org.trackcoordinator.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The CPU time of a PostgreSQL server on this machine, from /proc: its main process, those that
 * live, and those that ended and were reaped by the main one. Elsewhere there is nothing to tell.
 */
final class ServerCpu {

  private static final Path PROC = Path.of("/proc");
  private static final long MICROS_PER_TICK = 10_000; // USER_HZ is 100 on all Linux systems in use

  private static final int PARENT = 1;
  private static final int USER = 11;
  private static final int SYSTEM = 12;
  private static final int CHILDREN_USER = 13;
  private static final int CHILDREN_SYSTEM = 14;

  private final long postmaster;

  private ServerCpu(long postmaster) {
    this.postmaster = postmaster;
  }

  /**
   * @param backend the process of any session, as {@code pg_backend_pid()} tells it
   */
  static ServerCpu ofBackend(long backend) {
    try {
      String name = Files.readString(PROC.resolve(backend + "/comm"));
      return new ServerCpu(name.startsWith("postgres") ? fields(backend)[PARENT] : 0);
    } catch (IOException e) {
      return new ServerCpu(0); // another machine's, or another system
    }
  }

  /** Microseconds since the server started; empty if it can't be seen from here. */
  OptionalLong micros() {
    if (postmaster == 0) {
      return OptionalLong.empty();
    }
    try (Stream<Path> processes = Files.list(PROC)) {
      long[] main = fields(postmaster);
      long ticks = main[USER] + main[SYSTEM] + main[CHILDREN_USER] + main[CHILDREN_SYSTEM];
      for (Path process : processes.filter(ServerCpu::isProcess).toList()) {
        ticks += ticksOfChild(process);
      }
      return OptionalLong.of(ticks * MICROS_PER_TICK);
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private long ticksOfChild(Path process) {
    try {
      long[] fields = fields(Long.parseLong(process.getFileName().toString()));
      return fields[PARENT] == postmaster ? fields[USER] + fields[SYSTEM] : 0;
    } catch (IOException ended) {
      return 0;
    }
  }

  private static boolean isProcess(Path file) {
    return Character.isDigit(file.getFileName().toString().charAt(0));
  }

  /** The numbers behind the name, which may hold spaces; the state, a letter, counts as 0. */
  private static long[] fields(long process) throws IOException {
    String stat = Files.readString(PROC.resolve(process + "/stat"));
    String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    long[] numbers = new long[CHILDREN_SYSTEM + 1];
    for (int index = 1; index < numbers.length; index++) {
      numbers[index] = Long.parseLong(words[index]);
    }
    return numbers;
  }
}
