package io.trunkline.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** A project of {@code examples/}, built by nothing but the JDK. */
final class Example {
  private Example() {}

  /** The jar of an example, compiled against {@code classPath} alone. */
  static Path jar(String example, List<Path> classPath) {
    try {
      Path project = Path.of("..", "examples", example, "src", "main");
      Path target = Files.createDirectories(Path.of("target", "examples", example));
      Path classes = Files.createDirectories(target.resolve("classes"));
      Path jar = target.resolve(example + ".jar");
      compile(project.resolve("java"), classPath, classes);
      List<String> arguments = new ArrayList<>(List.of("-c", "-f", jar.toString()));
      arguments.addAll(List.of("-C", classes.toString(), "."));
      if (Files.isDirectory(project.resolve("resources"))) {
        arguments.addAll(List.of("-C", project.resolve("resources").toString(), "."));
      }
      run("jar", arguments);
      return jar;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is on the tests' class path and has one of these in its path. */
  static List<Path> onClassPath(List<String> parts) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> parts.stream().anyMatch(entry.replace('\\', '/')::contains))
        .map(Path::of)
        .toList();
  }

  private static void compile(Path sources, List<Path> classPath, Path classes) throws IOException {
    String path = String.join(File.pathSeparator, classPath.stream().map(Path::toString).toList());
    List<String> arguments =
        new ArrayList<>(
            List.of("--release", "17", "-cp", path, "-proc:none", "-d", classes.toString()));
    try (Stream<Path> files = Files.walk(sources)) {
      files.filter(file -> file.toString().endsWith(".java")).forEach(f -> arguments.add("" + f));
    }
    run("javac", arguments);
  }

  private static void run(String tool, List<String> arguments) {
    int code =
        ToolProvider.findFirst(tool)
            .orElseThrow()
            .run(System.out, System.err, arguments.toArray(String[]::new));
    if (code != 0) {
      throw new AssertionError(tool + " " + arguments + " ended with " + code);
    }
  }
}
