package io.trunkline.guard;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JVM in which {@link Measurement} runs, and which counts the same on every machine. */
final class MeasuringProcess {
  private static final List<String> FLAGS =
      List.of(
          // C2 takes allocations away when it gets to it, and never the same ones; C1 takes none.
          "-XX:TieredStopAtLevel=1",
          // Objects of the size that they have in a heap of up to 32 GB.
          "-Xmx512m",
          "-XX:+UseSerialGC",
          // The JVM would warn that another loader cannot use the archive.
          "-Xshare:off",
          // Follows one buffer in 128, chosen by chance.
          "-Dio.netty.leakDetection.level=disabled",
          "-Djava.system.class.loader=" + CountingLoader.class.getName());

  private MeasuringProcess() {}

  /** Takes some seconds. What the process complains about is on this one's stderr. */
  static Costs run() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader out = process.inputReader()) {
      Costs costs = Costs.parse(out.lines().toList());
      int status = process.waitFor();
      if (status != 0) {
        throw new IllegalStateException("the measuring process ended with " + status);
      }
      return costs;
    } finally {
      process.destroyForcibly();
    }
  }

  private static List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    // What the jars' manifests grant, and without which Netty goes other ways.
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Measurement.class.getName());
    return command;
  }
}
