package org.trackcoordinator.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.camel.CamelContext;

/** What figures were measured on. */
final class Machine {

  private static final double QUIET = 0.25;

  private Machine() {}

  static Map<String, Object> describe() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    Map<String, Object> machine = new LinkedHashMap<>();
    machine.put("system", system.getName() + " " + system.getVersion() + " " + system.getArch());
    machine.put("processor", processor());
    machine.put("cores", system.getAvailableProcessors());
    machine.put("memoryMiB", system.getTotalMemorySize() >> 20);
    machine.put("loadAtStart", system.getSystemLoadAverage());
    return machine;
  }

  /** What the machine is at when it should be at nothing; empty if it is idle. */
  static String disturbance() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    double load = system.getSystemLoadAverage();
    return load < system.getAvailableProcessors() * QUIET
        ? ""
        : String.format(
            Locale.ROOT,
            "The load average is %.1f on %d cores: other work runs, take ratios and CPU, not hops/s.",
            load,
            system.getAvailableProcessors());
  }

  /** The resident memory of a process in MiB; NaN where /proc does not tell. */
  static double residentMebibytes(long process) throws IOException {
    Path status = Path.of("/proc", Long.toString(process), "status");
    if (!Files.exists(status)) {
      return Double.NaN;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElse(Double.NaN);
  }

  static Map<String, Object> versions() {
    Map<String, Object> versions = new LinkedHashMap<>();
    versions.put("java", System.getProperty("java.runtime.version"));
    versions.put("camel", CamelContext.class.getPackage().getImplementationVersion());
    versions.put("driver", org.postgresql.Driver.class.getPackage().getImplementationVersion());
    versions.put("heapMiB", Runtime.getRuntime().maxMemory() >> 20);
    versions.put("commit", git("rev-parse", "HEAD"));
    versions.put("changedSince", !git("status", "--porcelain", "--untracked-files=no").isEmpty());
    return versions;
  }

  private static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("-");
    } catch (IOException e) {
      return "-";
    }
  }

  private static String git(String... arguments) {
    try {
      String[] command = new String[arguments.length + 1];
      command[0] = "git";
      System.arraycopy(arguments, 0, command, 1, arguments.length);
      Process git =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String answer = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return git.waitFor() == 0 ? answer.strip() : "";
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
